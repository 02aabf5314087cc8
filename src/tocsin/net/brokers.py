"""What the clients of message brokers share: whom they may ask, whom they trust, and how they fail."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tocsin.core.brokers import Broker, Message, hosts
from tocsin.kit.errors import BadInput, TocsinError
from tocsin.net.http import Network, NotAllowedError, Resolve, check_address, resolve

CONNECT_SECONDS = 10.0

Take = Callable[[Sequence[Message]], Awaitable[None]]
"""Stores messages, in order; when it returns they are on disk."""
Connected = Callable[[], Awaitable[None]]


class BrokerAway(TocsinError):
    """The broker cannot be listened to; the message says why."""

    code = "BROKER_AWAY"


@dataclass(frozen=True)
class Target:
    """A broker to listen to."""

    broker: Broker
    """With its password in clear."""
    group: str
    allowed: Sequence[Network]
    """Private networks that may be asked."""
    resolve: Resolve = resolve


class Client(Protocol):
    """Speaks to one kind of broker."""

    async def consume(self, target: Target, take: Take, connected: Connected) -> None:
        """Hand over every message, and tell the broker so after it was taken, until cancelled. Raises BrokerAway."""
        ...

    async def forget(self, target: Target) -> None:
        """Let the broker keep nothing for us any more. Raises BrokerAway."""
        ...


async def check(target: Target) -> list[tuple[str, int]]:
    """The servers, if all of them may be asked. Raises BrokerAway."""
    try:
        servers = hosts(target.broker.servers)
        for host, port in servers:
            await check_host(target, host, port)
    except BadInput as wrong:
        raise BrokerAway(wrong.message) from None
    return servers


async def check_host(target: Target, host: str, port: int) -> None:
    """Refuse a host with an address that may not be asked. Raises BrokerAway."""
    try:
        for address in await target.resolve(host, port):
            check_address(address, target.allowed)
    except (NotAllowedError, OSError, UnicodeError) as wrong:
        raise BrokerAway(f"{host}: {wrong}") from None


def context(broker: Broker) -> ssl.SSLContext | None:
    """Whom to trust; None without TLS. Raises BrokerAway for a certificate that cannot be read."""
    if not broker.tls:
        return None
    try:
        return ssl.create_default_context(cadata=broker.certificate or None)
    except (ssl.SSLError, ValueError) as wrong:
        raise BrokerAway(f"the certificate cannot be read: {wrong}") from None

"""Listening to Kafka, by aiokafka (an extra: it is imported when it is needed).

What was taken is committed for the consumer group after it was stored, so that what is not stored is handed
over again. A group that is new begins at the end of its topics: old messages must not ring.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from tocsin.core.brokers import Message
from tocsin.net.brokers import (
    CONNECT_SECONDS,
    BrokerAway,
    Connected,
    Take,
    Target,
    check,
    check_host,
    context,
)

MOST_AT_ONCE = 500
TURN_MS = 1_000
LOOK_EVERY_TURNS = 15
"""After how many turns without a message it is asked whether the broker is still there."""


class KafkaClient:
    """Listens to Kafka."""

    async def consume(self, target: Target, take: Take, connected: Connected) -> None:
        """See `net.brokers.Client`."""
        try:
            import aiokafka  # noqa: PLC0415 - an extra
        except ModuleNotFoundError:
            raise BrokerAway("Kafka needs the package aiokafka: pip install 'tocsin[kafka]'") from None
        servers = await check(target)
        options = _options(target, servers)
        consumer = aiokafka.AIOKafkaConsumer(
            *target.broker.topics,
            **options,
            group_id=target.group,
            enable_auto_commit=False,
            auto_offset_reset="latest",
        )
        # It says every tenth of a second what we say once.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)

        async def look() -> None:
            async with asyncio.timeout(CONNECT_SECONDS):
                await _look_around(aiokafka.AIOKafkaClient(**options), target)

        try:
            await look()
            await consumer.start()
            await connected()
            await _follow(consumer, take, look)
        except aiokafka.errors.KafkaConnectionError as wrong:
            raise BrokerAway(
                f"no server answers as it should; check TLS and the password, too: {wrong}"
            ) from None
        except (aiokafka.errors.KafkaError, OSError, TimeoutError) as wrong:
            raise BrokerAway(str(wrong) or type(wrong).__name__) from None
        finally:
            await _stopped(asyncio.create_task(consumer.stop()))

    async def forget(self, target: Target) -> None:
        """Nothing is kept: a group is a row of numbers, which Kafka drops by itself."""
        del target


async def _stopped(stop: asyncio.Task[None]) -> None:
    """Wait for a consumer to leave its group; without a broker it may take for ever, or break."""
    done, _ = await asyncio.wait({stop}, timeout=CONNECT_SECONDS)
    if done and not stop.cancelled():
        stop.exception()  # it is of no interest, and asyncio wants somebody to have looked
    stop.cancel()


async def _look_around(client: Any, target: Target) -> None:
    """Every broker of the cluster may be asked, and has the topics. Raises BrokerAway."""
    try:
        await client.bootstrap()
        for broker in client.cluster.brokers():
            await check_host(target, broker.host, broker.port)
        known = (await client.fetch_all_metadata()).topics()
    finally:
        await client.close()
    missing = set(target.broker.topics) - known
    if missing:
        raise BrokerAway(f"there is no topic {', '.join(sorted(missing))}")


async def _follow(consumer: Any, take: Take, look: Callable[[], Awaitable[None]]) -> None:
    """Take in what comes, until cancelled. The consumer does not say when its brokers are gone: `look` does."""
    quiet = 0
    begun = False
    while True:
        found = await consumer.getmany(timeout_ms=TURN_MS, max_records=MOST_AT_ONCE)
        records = [record for of_partition in found.values() for record in of_partition]
        if records:
            await take([_message(record) for record in records])
        if records or not begun:
            # At first as well: a group without a place in a topic would begin at its end again.
            await consumer.commit()
            begun = bool(consumer.assignment())
        quiet = 0 if records else quiet + 1
        if quiet >= LOOK_EVERY_TURNS:
            await look()
            quiet = 0


def _message(record: Any) -> Message:
    # The time goes in too: in a topic that was made anew the same offset is another message.
    place = f"{record.topic}/{record.partition}/{record.offset}/{record.timestamp}"
    return Message(
        topic=record.topic,
        body=record.value or b"",
        key=(record.key or b"").decode("utf-8", "replace"),
        id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"kafka:{place}")),
    )


def _options(target: Target, servers: list[tuple[str, int]]) -> dict[str, Any]:
    broker = target.broker
    tls = context(broker)
    protocol = ("SASL_" if broker.username else "") + ("PLAINTEXT" if tls is None else "SSL")
    options: dict[str, Any] = {
        "bootstrap_servers": [f"[{h}]:{p}" if ":" in h else f"{h}:{p}" for h, p in servers],
        "client_id": "tocsin",
        "request_timeout_ms": int(CONNECT_SECONDS * 1_000),
        "security_protocol": protocol,
        "ssl_context": tls,
    }
    if broker.username:
        options["sasl_mechanism"] = broker.mechanism
        options["sasl_plain_username"] = broker.username
        options["sasl_plain_password"] = broker.password
    return options

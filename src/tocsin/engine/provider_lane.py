"""A provider's lane: its own queue, its own limit in flight, its own pauses, and its access token."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tocsin.auth.callback_tokens import callback_url
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.providers import ChannelProvider, Takes
from tocsin.engine.deliveries import Leased, Sender, ask
from tocsin.engine.messages import compose
from tocsin.engine.outcomes import Result, fail, settle_results
from tocsin.plugins import AccessToken, Answer, HttpAnswer, Provider, Request, Sending, providers
from tocsin.store import leases
from tocsin.store import providers as stored
from tocsin.store.database import Transaction

MOST_IN_FLIGHT = 32
_TOKEN_RESERVE = timedelta(seconds=30)
"""A token is renewed before it runs out on its way."""


def takes(provider: ChannelProvider, address: str) -> bool:
    """Whether the provider's plugin carries messages to an address."""
    plugin = providers().get((provider.channel, provider.type))
    return plugin is not None and plugin.takes(address)


@dataclass(kw_only=True)
class ProviderLane(Sender):
    """Sends what its provider is to send."""

    provider: ChannelProvider
    plugin: Provider
    config: Any
    most_in_flight: int = MOST_IN_FLIGHT
    broken: str = ""
    """Why its settings cannot be used: then the next provider is."""
    takes: Takes = takes
    _token: AccessToken | None = None
    _token_until: datetime | None = None
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def name(self) -> str:
        """Channel, type and number."""
        return f"{self.provider.channel} {self.provider.type} {self.provider.id}"

    def lease(self, limit: int) -> list[Leased]:
        """What is due on the provider, unless it pauses."""
        due = self.look()
        if due is None or due > self.db.clock.now():
            # Every lane is woken by every page: only those that have something take the writer's turn.
            return []
        with self.db.write() as tx:
            route(tx, self.provider.channel, self.takes)
            if pause := stored.paused(tx, (self.provider.id,)).get(self.provider.id):
                stored.postpone(tx, self.provider.id, *pause)
                return []
            leased = leases.lease(tx, (self.provider.channel,), limit, self.provider.id)
            messages = compose(tx, leased, self.where) if leased else {}
        return [(n, messages[n.id]) for n in leased]

    def settle(self, results: Sequence[Result]) -> None:
        """Store what became of it; what failed goes on to the next provider, if there is one."""
        with self.db.write() as tx:
            sent = [n for n, _ in results]
            others = stored.others(tx, sent, self.takes, reports=self.plugin.reports)
            settle_results(tx, results, self.chance, others)

    def look(self) -> datetime | None:
        """When the provider, or its method, has something to do next."""
        with self.db.read() as tx:
            due = leases.next_due(tx, (self.provider.channel,), self.provider.id)
            unrouted = stored.next_unrouted(tx, self.provider.channel)
            pause = stored.paused(tx, (self.provider.id,)).get(self.provider.id)
        if due is not None and pause is not None:
            due = max(due, pause[0])
        return min((at for at in (due, unrouted) if at is not None), default=None)

    async def attempt(self, message: Message) -> Receipt:
        """Render, perform, read; with an access token that ran out unexpectedly, once more."""
        if self.broken:
            return Receipt(outcome="PERMANENT", answer=self.broken)
        had = self._token
        answer = await self._attempt(message)
        if isinstance(answer, HttpAnswer) and answer.status == 401 and had is not None and self._token is had:
            self._token = None
            answer = await self._attempt(message)
        return answer if isinstance(answer, Receipt) else self.plugin.read(answer)

    async def _attempt(self, message: Message) -> Answer | Receipt:
        token = await self._access_token()
        if isinstance(token, Receipt):
            return token
        sending = Sending(
            callback_url=callback_url(self.where.public_url, self.where.secret, self.provider.id),
            access_token=token,
            entropy=self.chance.bytes(32),
        )

        def render() -> Request:
            return self.plugin.render(message, self.config, sending)

        return await ask(self.perform, render, message)

    async def _access_token(self) -> str | Receipt:
        """The token that the provider wants with every request, fetched when there is none that lasts."""
        if not self.plugin.asks_token:
            return ""
        async with self._asking:
            now = self.db.clock.now()
            if self._token is not None and self._token_until is not None and now < self._token_until:
                return self._token.text
            answer = await self.perform(self.plugin.authorize(self.config, now))
            found = self.plugin.read_token(answer)
            if isinstance(found, Receipt):
                return found
            self._token = found
            self._token_until = now + timedelta(seconds=found.lasts_seconds) - _TOKEN_RESERVE
            return found.text


def route(tx: Transaction, method: str, takes: Takes = takes) -> int:
    """Give what is due to the first provider; what none takes has failed. Says how much that was."""
    nowhere = stored.route(tx, method, takes)
    for n in nowhere:
        fail(tx, n, Receipt(outcome="PERMANENT", answer=stored.NO_PROVIDER))
    return len(nowhere)

"""Asking providers what people answered, where the provider cannot call us. One process at a time asks each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from tocsin.auth.provider_params import opened, plugin_of
from tocsin.auth.vault import CannotOpen
from tocsin.core.providers import ChannelProvider
from tocsin.engine.callbacks import Callbacks
from tocsin.engine.deliveries import Perform
from tocsin.kit.chance import Chance, token
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.plugins import Callback, Request
from tocsin.store import facts, providers
from tocsin.store.database import Database

PAUSE = timedelta(seconds=0.5)
"""After an answer, so that a provider that does not wait for news is not asked all the time."""
LEASE = timedelta(seconds=30)
"""How long one process asks before another may: longer than one question takes."""

log = structlog.get_logger()


@dataclass(kw_only=True)
class Poller:
    """Waits for what people do, at every provider that is to be asked."""

    db: Database
    perform: Perform
    callbacks: Callbacks
    chance: Chance
    _after: dict[int, str] = field(default_factory=dict)
    """By provider, what was heard. Not kept: after a restart the provider tells the last once more."""
    _name: str = ""
    _heard: bool = False
    """Whether anybody answered the last time."""

    async def step(self) -> int:
        """Ask every such provider once; how many answered."""
        wanted = await asyncio.to_thread(self._wanted)
        heard = await asyncio.gather(*(self._ask(*each) for each in wanted))
        self._heard = any(heard)
        return sum(heard)

    async def next_due(self) -> datetime | None:
        """Soon while anybody answers; else when the loop comes by."""
        return self.db.clock.now() + PAUSE if self._heard else None

    def _wanted(self) -> list[tuple[ChannelProvider, Any, Request]]:
        with self.db.read() as tx:
            found = providers.active(tx)
        asked = []
        for provider in found:
            try:
                config = opened(self.callbacks.vault, provider)
            except (BadInput, CannotOpen):
                # Its lane says so.
                continue
            request = plugin_of(provider).poll(self._after.get(provider.id, ""), config)
            if request is not None and self._claim(provider):
                asked.append((provider, config, request))
        return asked

    def _claim(self, provider: ChannelProvider) -> bool:
        """Whether this process is the one that asks."""
        self._name = self._name or token(self.chance, 12)
        fact = f"polling {provider.id}"
        with self.db.write() as tx:
            held = facts.get(tx, fact)
            if held and held["by"] != self._name and from_micros(held["until"]) > tx.now:
                return False
            facts.put(tx, fact, {"by": self._name, "until": to_micros(tx.now + LEASE)})
        return True

    async def _ask(self, provider: ChannelProvider, config: Any, request: Request) -> bool:
        plugin, after = plugin_of(provider), self._after.get(provider.id, "")
        answer = await self.perform(request)
        updates = plugin.polled(answer, after, config, self.db.clock.now())
        if updates is None:
            said = plugin.read(answer).answer
            log.warning("provider does not say what it heard", provider=provider.id, answer=said)
            return False
        for callback in updates.callbacks:
            await self._take(provider, config, callback)
        self._after[provider.id] = updates.after
        return True

    async def _take(self, provider: ChannelProvider, config: Any, callback: Callback) -> None:
        try:
            taken = await asyncio.to_thread(self.callbacks.take, provider, callback)
        except (BadInput, Forbidden) as wrong:
            log.warning("not understood", provider=provider.id, reason=wrong.message)
            return
        answering = plugin_of(provider).reply_by(taken.reply, config)
        if answering is not None:
            await self.perform(answering)
        await self.callbacks.redraw(taken)

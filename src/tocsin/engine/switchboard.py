"""The providers' lanes, kept in step with the settings; and what no lane sees: reports that never came.

A provider that is added, changed or switched off takes effect with the commit of that change: its lane
starts, is replaced, or ends when what it had begun is settled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from tocsin.auth.provider_params import opened, plugin_of
from tocsin.auth.vault import CannotOpen, Vault
from tocsin.core.delivery import Failover, unreported
from tocsin.core.providers import ChannelProvider
from tocsin.engine import ready_made, trials
from tocsin.engine.deliveries import Perform
from tocsin.engine.loops import Loop
from tocsin.engine.messages import Addresses
from tocsin.engine.provider_lane import ProviderLane, route, takes
from tocsin.kit.chance import Chance
from tocsin.kit.errors import BadInput
from tocsin.plugins import channels
from tocsin.store import leases, notifications, providers, receipts
from tocsin.store import trials as stored_trials
from tocsin.store.database import Database

TOPIC = "providers"
_AT_ONCE = 200

log = structlog.get_logger()


@dataclass
class _Line:
    """A lane at work."""

    lane: ProviderLane
    loop: Loop
    task: asyncio.Task[None]
    stop: asyncio.Event


@dataclass(kw_only=True)
class Switchboard:
    """Every provider's lane in this process."""

    db: Database
    perform: Perform
    where: Addresses
    chance: Chance
    vault: Vault
    _lines: dict[tuple[int, int], _Line] = field(default_factory=dict)
    _ending: set[asyncio.Task[None]] = field(default_factory=set)

    def loops(self) -> Sequence[Loop]:
        """The lanes' loops, for the health report."""
        return [line.loop for line in self._lines.values()]

    def prepare(self) -> None:
        """Set up what needs no account, and what users of older releases lack."""
        ready_made.set_up(self.db, self.vault, self.chance, self.where)
        with self.db.write() as tx:
            stored_trials.adopt(tx)

    async def step(self) -> int:
        """Keep the lanes in step with the settings, and do what is nobody's."""
        found = await asyncio.to_thread(self._configured)
        wanted = {(p.id, p.version): p for p in found}
        for key in [key for key in self._lines if key not in wanted]:
            self._end(self._lines.pop(key))
        for key, provider in wanted.items():
            if key not in self._lines:
                self._begin(key, provider)
        return await asyncio.to_thread(step, self.db)

    async def next_due(self) -> datetime | None:
        """When the next report or test page is due."""

        def look() -> datetime | None:
            with self.db.read() as tx:
                times = (receipts.next_report(tx), stored_trials.next_due(tx))
            return min((at for at in times if at is not None), default=None)

        return await asyncio.to_thread(look)

    async def close(self) -> None:
        """End every lane when what it has begun is settled."""
        for key in list(self._lines):
            self._end(self._lines.pop(key))
        if self._ending:
            await asyncio.wait(tuple(self._ending))

    def _configured(self) -> list[ChannelProvider]:
        with self.db.read() as tx:
            return providers.active(tx)

    def _begin(self, key: tuple[int, int], provider: ChannelProvider) -> None:
        config, broken = self._config(provider)
        lane = ProviderLane(
            db=self.db,
            perform=self.perform,
            where=self.where,
            chance=self.chance,
            provider=provider,
            plugin=plugin_of(provider),
            config=config,
            broken=broken,
        )
        loop = Loop(
            name=f"deliveries {lane.name}",
            db=self.db,
            topic=f"deliveries:{provider.channel}",
            step=lane.step,
            next_due=lane.next_due,
            clock=self.db.clock,
        )
        stop = asyncio.Event()
        task = asyncio.create_task(loop.run(stop), name=loop.name)
        self._lines[key] = _Line(lane, loop, task, stop)

    def _config(self, provider: ChannelProvider) -> tuple[Any, str]:
        """The plugin's settings, or why they cannot be used."""
        try:
            return opened(self.vault, provider), ""
        except (BadInput, CannotOpen) as wrong:
            log.warning("provider cannot be used", provider=provider.id, reason=str(wrong))
            return None, f"the settings of {provider.name!r} cannot be used: {wrong}"

    def _end(self, line: _Line) -> None:
        line.stop.set()

        async def finish() -> None:
            await line.task
            await line.lane.drain()

        task = asyncio.create_task(finish(), name=f"ending {line.loop.name}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def step(db: Database) -> int:
    """Overdue delivery reports, pages that no lane serves, test pages: one transaction."""
    with db.write() as tx:
        late = receipts.unreported(tx, _AT_ONCE)
        others = providers.others(tx, late, takes, reports=True)
        unwanted = notifications.no_longer_wanted(tx, [n.id for n in late])
        nobody = Failover()
        settled = [unreported(n, nobody if n.id in unwanted else others[n.id], tx.now) for n in late]
        leases.settle(tx, settled)
        for n in settled:
            if n.state == "SENT" and n.purpose in notifications.PAGING and n.incident_id is not None:
                notifications.hasten(tx, n)
        tx.wake(*{f"deliveries:{n.method}" for n in settled})
        served = {p.channel for p in providers.active(tx)} | channels().keys()
        failed = sum(route(tx, method) for method in providers.methods_due(tx, served))
        return len(late) + failed + trials.send_due(tx)

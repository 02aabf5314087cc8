"""The engine of one process: every loop started, watched and drained."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from tocsin.engine import duties, escalations, heartbeats, look_outs, watchdog
from tocsin.engine.broker_sources import BrokerSources
from tocsin.engine.calendars import CalendarReader
from tocsin.engine.connections import OutwardLane
from tocsin.engine.deliveries import Lane
from tocsin.engine.ingest import Ingest, drain_step
from tocsin.engine.loops import Loop
from tocsin.engine.mailbox import MailboxReader
from tocsin.engine.polling import Poller
from tocsin.engine.switchboard import Switchboard
from tocsin.kit.clock import monotonic
from tocsin.kit.value import encode
from tocsin.store import incidents
from tocsin.store.database import Database
from tocsin.telemetry import LOOP_BEAT

DRAIN_SECONDS = 8.0
STALE_BEAT_SECONDS = 30.0

log = structlog.get_logger()


@dataclass
class Engine:
    """Runs the loops over a database until told to stop."""

    db: Database
    ingest: Ingest
    lanes: tuple[Lane, ...]
    outward: OutwardLane | None = None
    """None where nothing is carried to other products (tests)."""
    calendars: CalendarReader | None = None
    """None where no calendars are read (tests)."""
    mailbox: MailboxReader | None = None
    """None unless there is a mailbox to empty."""
    poller: Poller | None = None
    """Asks providers that cannot call us; None where there are none."""
    brokers: BrokerSources | None = None
    """None where nobody listens to message brokers (tests)."""
    switchboard: Switchboard | None = None
    """The providers' lanes; None where there are none."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    loops: tuple[Loop, ...] = ()
    report_: watchdog.Report | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _intake: asyncio.Task[None] | None = None
    _intake_stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Start every loop."""
        await asyncio.to_thread(heartbeats.start_listening, self.db)
        if self.switchboard:
            await asyncio.to_thread(self.switchboard.prepare)
        self.loops = tuple(self._make())
        self._tasks = [asyncio.create_task(loop.run(self.stopping), name=loop.name) for loop in self.loops]
        self._intake = asyncio.create_task(self.ingest.run(self._intake_stop), name="ingest")

    async def stop(self) -> None:
        """Finish what has begun, within some seconds. What is not finished is still in the database."""
        self.stopping.set()
        self._intake_stop.set()
        begun = asyncio.get_running_loop().time()
        # First the loops, so that they begin nothing new; then what they have begun.
        await self._finish([*self._tasks, *([self._intake] if self._intake else [])], DRAIN_SECONDS)
        left = DRAIN_SECONDS - (asyncio.get_running_loop().time() - begun)
        drains = [lane.drain() for lane in self.lanes]
        if self.brokers:
            drains.append(self.brokers.close())
        if self.outward:
            drains.append(self.outward.drain())
        if self.switchboard:
            drains.append(self.switchboard.close())
        await self._finish([asyncio.create_task(drain) for drain in drains], max(left, 0.1))

    async def _finish(self, tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            log.warning("not finished in time: picked up at the next start", task=task.get_name())
            task.cancel()

    def report(self) -> Mapping[str, Any]:
        """What /readyz says: whether the loops beat, and what is overdue."""
        now = monotonic()
        loops = [*self.loops, *(self.switchboard.loops() if self.switchboard else ())]
        beats = {loop.name: round(now - loop.beat, 3) for loop in loops}
        for name, age in beats.items():
            LOOP_BEAT.labels(name).set(age)
        failing = {loop.name: loop.failing for loop in loops if loop.failing}
        ready = bool(beats) and not failing and max(beats.values()) < STALE_BEAT_SECONDS
        overdue = encode(watchdog.Report, self.report_) if self.report_ else {}
        return {
            "ready": ready,
            "loops": beats,
            "failing": failing,
            "spooledBytes": self.ingest.spool.size(),
            **overdue,
        }

    def _make(self) -> list[Loop]:
        made = [
            self._loop(
                "escalations", "escalations", _in_thread(escalations.step, self.db), self._next_escalation
            ),
            self._loop(
                "heartbeats", "heartbeats", _in_thread(heartbeats.step, self.db), self._next_heartbeat
            ),
            self._loop("duties", "duties", _in_thread(duties.step, self.db), self._next_duty),
            self._loop("look-outs", "look-outs", _in_thread(look_outs.step, self.db), self._next_look_out),
            self._loop("spool", "spool", _in_thread(drain_step, self.ingest), _later),
            self._loop("watchdog", "watchdog", self._watch, _later),
        ]
        made += [
            self._loop(
                f"deliveries {lane.channel.method}",
                f"deliveries:{lane.channel.method}",
                lane.step,
                lane.next_due,
            )
            for lane in self.lanes
        ]
        if self.calendars:
            reader = self.calendars
            made.append(self._loop("calendars", "calendars", reader.step, reader.next_due))
        if self.mailbox:
            made.append(self._loop("mailbox", "mailbox", self.mailbox.step, self.mailbox.next_due))
        if self.poller:
            made.append(self._loop("polling", "providers", self.poller.step, self.poller.next_due))
        if self.brokers:
            made.append(self._loop("brokers", "brokers", self.brokers.step, self.brokers.next_due))
        if self.outward:
            made.append(self._loop("connections", "connections", self.outward.step, self.outward.next_due))
        if self.switchboard:
            made.append(
                self._loop("providers", "providers", self.switchboard.step, self.switchboard.next_due)
            )
        return made

    def _loop(
        self,
        name: str,
        topic: str,
        step: Callable[[], Awaitable[int]],
        next_due: Callable[[], Awaitable[datetime | None]],
    ) -> Loop:
        return Loop(name=name, db=self.db, topic=topic, step=step, next_due=next_due, clock=self.db.clock)

    async def _next_escalation(self) -> datetime | None:
        def look() -> datetime | None:
            with self.db.read() as tx:
                return incidents.next_due(tx)

        return await asyncio.to_thread(look)

    async def _next_heartbeat(self) -> datetime | None:
        return await asyncio.to_thread(heartbeats.next_due, self.db)

    async def _next_duty(self) -> datetime | None:
        return await asyncio.to_thread(duties.next_due, self.db)

    async def _next_look_out(self) -> datetime | None:
        return await asyncio.to_thread(look_outs.next_due, self.db)

    async def _watch(self) -> int:
        # What was due while we were down is late by no fault of the loops: they have just begun on it.
        before, self.report_ = self.report_, await asyncio.to_thread(watchdog.look, self.db)
        if before is not None:
            await asyncio.to_thread(watchdog.tell, self.db, self.report_)
            await asyncio.to_thread(watchdog.tell_set_back, self.db, before, self.report_)
        return 0


def _in_thread(step: Callable[[Any], int], argument: Any) -> Callable[[], Awaitable[int]]:
    async def run() -> int:
        return await asyncio.to_thread(step, argument)

    return run


async def _later() -> datetime | None:
    return None

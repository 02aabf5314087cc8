"""How every loop runs: step until nothing is due, then sleep until the next due time or a wake-up.

A step that fails is logged and tried again after a pause; it never ends the loop. One of the engine's two
broad `except` is here; the other is in `deliveries`, around one attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from tocsin.kit.clock import Clock, monotonic
from tocsin.store.database import Database, DatabaseAway

LONGEST_SLEEP_SECONDS = 5.0
"""A backstop for a lost wake-up, and the beat by which a loop shows that it lives."""
PAUSE_AFTER_FAILURE_SECONDS = 0.5

log = structlog.get_logger()


@dataclass
class Loop:
    """One loop: `step` does what is due and says how much that was; `next_due` when to come back."""

    name: str
    db: Database
    topic: str
    step: Callable[[], Awaitable[int]]
    next_due: Callable[[], Awaitable[datetime | None]]
    clock: Clock
    beat: float = field(default_factory=monotonic)
    failing: str | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until `stopping`; a step that has begun is finished."""
        woken = asyncio.Event()
        running = asyncio.get_running_loop()

        def wake() -> None:
            running.call_soon_threadsafe(woken.set)

        undo = self.db.on(self.topic, wake)
        stop_waiter = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                woken.clear()
                pause = await self._turn()
                if pause > 0:
                    await _first_of(pause, woken, stop_waiter)
        finally:
            undo()
            stop_waiter.cancel()

    async def _turn(self) -> float:
        """One step; the seconds to sleep after it.

        Looking for what is due next costs a reader's transaction; another step, only to find nothing,
        would cost a writer's, just when the deliveries want theirs.
        """
        self.beat = monotonic()
        try:
            worked = await self.step() > 0
            due = await self.next_due()
            self.failing = None
        except DatabaseAway as away:
            if self.failing != str(away):
                log.warning("database away", loop=self.name, reason=str(away))
            self.failing = str(away)
            return PAUSE_AFTER_FAILURE_SECONDS
        except Exception as fault:
            self.failing = repr(fault)
            log.exception("step failed", loop=self.name)
            return PAUSE_AFTER_FAILURE_SECONDS
        if due is None:
            return LONGEST_SLEEP_SECONDS
        ahead = (due - self.clock.now()).total_seconds() / self.clock.scale
        if worked and ahead <= 0:
            return 0
        return min(max(ahead, 0.001), LONGEST_SLEEP_SECONDS)


async def _first_of(seconds: float, woken: asyncio.Event, stopped: asyncio.Task[bool]) -> None:
    waiter = asyncio.create_task(woken.wait())
    await asyncio.wait({waiter, stopped}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()

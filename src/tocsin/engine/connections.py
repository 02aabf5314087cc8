"""The outward loop: lease errands, ask the other products, settle. At least once, each incident in order.

A connection is a lane of its own: a product that answers slowly, or not at all, holds up nobody else's.
No transaction is open while the network works.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog

from tocsin.core import connections as core
from tocsin.core.connections import LEASE, Outcome, settle
from tocsin.core.people import SYSTEM
from tocsin.engine.occasions import Outward, Ready, Settled, prepare
from tocsin.engine.settling import Settling
from tocsin.kit.chance import Chance
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import replace
from tocsin.plugins import Answer, Request, reaching
from tocsin.store import documents, errands, log
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import CONNECTIONS
from tocsin.telemetry import ERRANDS

MOST_IN_FLIGHT = 256
MOST_REQUESTS = 12
"""How many requests one errand may make."""
ERRAND_SECONDS = LEASE.total_seconds() * 0.75

log_lines = structlog.get_logger()

Perform = Callable[[Request], Awaitable[Answer]]
Ended = tuple[core.Errand, Outcome]
"""A try, and how it ended."""


def lease_step(db: Database, outward: Outward, limit: int, busy: tuple[int, ...] = ()) -> list[Ready]:
    """Take what is due; what needs no asking is settled at once."""
    with db.write() as tx:
        leased = errands.lease(tx, limit, busy)
        prepared = [prepare(tx, outward, errand) for errand in leased]
        _store(
            tx, [(one.errand, one.outcome) for one in prepared if isinstance(one, Settled)], outward.chance
        )
    return [one for one in prepared if isinstance(one, Ready)]


def settle_step(db: Database, outward: Outward, ended: Sequence[Ended]) -> None:
    """Store how tries ended, but not of those that somebody else has taken up meanwhile."""
    with db.write() as tx:
        held = errands.still_held(tx, [errand for errand, _ in ended])
        _store(tx, [(errand, outcome) for errand, outcome in ended if errand.id in held], outward.chance)


def _store(tx: Transaction, ended: Sequence[Ended], chance: Chance) -> None:
    if not ended:
        return
    names = {
        c.id: c.name for c in documents.many(tx, CONNECTIONS, [e.connection_id for e, _ in ended]).values()
    }
    after = [settle(errand, outcome, tx.now, chance.unit()) for errand, outcome in ended]
    errands.save(tx, after)
    lines: list[log.NewEntry] = []
    for errand, (_, outcome) in zip(after, ended, strict=True):
        if errand.incident_id is None:
            continue
        write = partial(_line, errand, errand.incident_id, names[errand.connection_id])
        if outcome.remote is not None and (
            channel := _remember(tx, errand, errand.incident_id, outcome.remote)
        ):
            lines.append(write("ChannelAttached", channel=channel))
        if errand.state == "DONE":
            lines.append(write("ConnectionSucceeded"))
        if errand.state == "FAILED":
            lines.append(write("ConnectionFailed", reason=errand.answer))
    log.append(tx, lines)
    tx.wake("connections")


def _remember(tx: Transaction, errand: core.Errand, incident_id: int, there: core.Remote) -> str:
    """Keep what the incident is over there from now on; says which channel it has to itself since just now."""
    channel = core.new_channel(errands.remote(tx, errand.connection_id, incident_id), there)
    errands.set_remote(tx, errand.connection_id, incident_id, there)
    return channel


def _line(errand: core.Errand, incident_id: int, name: str, kind: str, **more: str) -> log.NewEntry:
    """What came of it, for the timeline and the other connections."""
    said = {"connectionId": errand.connection_id, "connection": name, "trigger": errand.trigger, **more}
    by = replace(SYSTEM, connection_id=errand.connection_id)
    return log.NewEntry(incident_id=incident_id, type=kind, by=by, vars=said)


async def run(ready: Ready, perform: Perform) -> Outcome:
    """Ask the other product until the type says how it ended."""
    answers: tuple[Answer, ...] = ()
    for _ in range(MOST_REQUESTS):
        try:
            step = ready.kind.proceed(ready.given, answers)
        except (TocsinError, TypeError, ValueError, LookupError, AttributeError) as fault:
            log_lines.exception("a connection type failed", errand=ready.errand.id)
            return Outcome(kind="PERMANENT", answer=f"cannot go on: {fault}")
        if isinstance(step, Outcome):
            return step
        answers = (*answers, await perform(reaching(step, ready.private_targets)))
    return Outcome(kind="PERMANENT", answer=f"no end after {MOST_REQUESTS} requests")


@dataclass
class OutwardLane:
    """The loop's way to the network, with a few places for each connection."""

    db: Database
    outward: Outward
    perform: Perform
    in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    _under_way: Counter[int] = field(default_factory=Counter)
    _settling: Settling[Ended] = field(init=False)

    def __post_init__(self) -> None:
        """However many settle at once."""
        self._settling = Settling(partial(settle_step, self.db, self.outward))

    async def step(self) -> int:
        """Lease what fits and start on it; says how much that was."""
        free = MOST_IN_FLIGHT - len(self.in_flight)
        if free <= 0:
            await asyncio.wait(self.in_flight, return_when=asyncio.FIRST_COMPLETED)
            return 1
        leased = await asyncio.to_thread(lease_step, self.db, self.outward, free, self._busy())
        for ready in leased:
            self._under_way[ready.errand.connection_id] += 1
            task = asyncio.create_task(self._go(ready))
            self.in_flight.add(task)
            task.add_done_callback(self.in_flight.discard)
        return len(leased)

    async def next_due(self) -> datetime | None:
        """When there is something to do next."""

        def look() -> datetime | None:
            with self.db.read() as tx:
                return errands.next_due(tx, self._busy())

        return await asyncio.to_thread(look)

    async def drain(self) -> None:
        """Wait for everything under way to be settled."""
        while self.in_flight:
            await asyncio.wait(tuple(self.in_flight))

    def _busy(self) -> tuple[int, ...]:
        return tuple(i for i, count in self._under_way.items() if count >= errands.PER_CONNECTION)

    async def _go(self, ready: Ready) -> None:
        try:
            async with asyncio.timeout(ERRAND_SECONDS):
                outcome = await run(ready, self.perform)
        except TimeoutError:
            outcome = Outcome(kind="TEMPORARY", answer=f"no end within {ERRAND_SECONDS:.0f} seconds")
        finally:
            self._under_way[ready.errand.connection_id] -= 1
        ERRANDS.labels(ready.kind.type, outcome.kind).inc()
        await self._settling.add((ready.errand, outcome))

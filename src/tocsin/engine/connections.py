"""The outward loop: lease errands, ask the other products, settle. At least once, each incident in order.

A connection is a lane of its own: a product that answers slowly, or not at all, holds up nobody else's.
No transaction is open while the network works.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from tocsin.core import connections as core
from tocsin.core.connections import LEASE, Outcome, settle
from tocsin.core.people import SYSTEM
from tocsin.engine.occasions import Outward, Ready, Settled, prepare
from tocsin.kit.chance import Chance
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import replace
from tocsin.plugins import Answer, Request, reaching
from tocsin.store import documents, errands, log
from tocsin.store.database import Contended, Database, DatabaseAway, Transaction
from tocsin.store.kinds import CONNECTIONS
from tocsin.telemetry import ERRANDS

MOST_IN_FLIGHT = 256
MOST_REQUESTS = 12
"""How many requests one errand may make."""
ERRAND_SECONDS = LEASE.total_seconds() * 0.75
SETTLE_RETRY_SECONDS = 0.5

log_lines = structlog.get_logger()

Perform = Callable[[Request], Awaitable[Answer]]


def lease_step(db: Database, outward: Outward, limit: int, busy: tuple[int, ...] = ()) -> list[Ready]:
    """Take what is due; what needs no asking is settled at once."""
    with db.write() as tx:
        leased = errands.lease(tx, limit, busy)
        prepared = [prepare(tx, outward, errand) for errand in leased]
        for one in prepared:
            if isinstance(one, Settled):
                _store(tx, one.errand, one.outcome, outward.chance)
    return [one for one in prepared if isinstance(one, Ready)]


def settle_step(db: Database, outward: Outward, errand: core.Errand, outcome: Outcome) -> None:
    """Store how a try ended, unless somebody else has taken it up meanwhile."""
    with db.write() as tx:
        if errands.still_held(tx, errand):
            _store(tx, errand, outcome, outward.chance)


def _store(tx: Transaction, errand: core.Errand, outcome: Outcome, chance: Chance) -> None:
    after = settle(errand, outcome, tx.now, chance.unit())
    errands.save(tx, [after])
    if errand.incident_id is not None:
        if outcome.remote is not None:
            _remember(tx, errand, errand.incident_id, outcome.remote)
        if after.state in {"DONE", "FAILED"}:
            said = {"reason": after.answer} if after.state == "FAILED" else {}
            kind = "ConnectionFailed" if said else "ConnectionSucceeded"
            _tell(tx, errand, errand.incident_id, kind, **said)
    tx.wake("connections")


def _remember(tx: Transaction, errand: core.Errand, incident_id: int, there: core.Remote) -> None:
    """What the incident is over there from now on; a channel of its own is news."""
    channel = core.new_channel(errands.remote(tx, errand.connection_id, incident_id), there)
    errands.set_remote(tx, errand.connection_id, incident_id, there)
    if channel:
        _tell(tx, errand, incident_id, "ChannelAttached", channel=channel)


def _tell(tx: Transaction, errand: core.Errand, incident_id: int, kind: str, **more: str) -> None:
    """What came of it, for the timeline and the other connections."""
    name = documents.get(tx, CONNECTIONS, errand.connection_id, deleted=True).name
    said = {"connectionId": errand.connection_id, "connection": name, "trigger": errand.trigger, **more}
    by = replace(SYSTEM, connection_id=errand.connection_id)
    log.append(tx, [log.NewEntry(incident_id=incident_id, type=kind, by=by, vars=said)])


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
        while True:
            try:
                await asyncio.to_thread(settle_step, self.db, self.outward, ready.errand, outcome)
            except (DatabaseAway, Contended) as away:
                log_lines.warning("cannot settle yet", reason=str(away))
                await asyncio.sleep(SETTLE_RETRY_SECONDS)
            else:
                return

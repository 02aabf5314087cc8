"""The delivery lanes, one per channel: lease, send, settle.

At least once: an attempt is written down before anything is sent; if this process dies, its lease
runs out and the attempt is made again. A lease number fences off a late answer. No transaction is
open while the network works.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from tocsin.core.delivery import LEASE, Notification, Receipt, settle
from tocsin.core.incidents import Unreached
from tocsin.core.messages import Message
from tocsin.engine.messages import Addresses, compose
from tocsin.kit.chance import Chance
from tocsin.kit.value import replace
from tocsin.plugins import Answer, Channel, NetworkFailure, Request
from tocsin.store import decisions, incidents, notifications, people, reached
from tocsin.store.database import Contended, Database, DatabaseAway, Transaction
from tocsin.telemetry import LATENCY, PAGES

MOST_IN_FLIGHT = 64
ATTEMPT_SECONDS = LEASE.total_seconds() * 0.75
"""An attempt is given up before its lease runs out and somebody else makes the next."""
SETTLE_RETRY_SECONDS = 0.5

log = structlog.get_logger()

Perform = Callable[[Request], Awaitable[Answer]]
Leased = tuple[Notification, Message]
Result = tuple[Notification, Receipt]


def lease_step(db: Database, channel: Channel, where: Addresses, limit: int) -> list[Leased]:
    """Take what is due, with the message to send for each."""
    with db.write() as tx:
        leased = notifications.lease(tx, (channel.method,), limit)
        if not leased:
            return []
        messages = compose(tx, leased, where)
    return [(n, messages[n.id]) for n in leased]


def settle_step(db: Database, results: Sequence[Result], chance: Chance) -> None:
    """Store the outcomes of attempts, and let what failed move on: next rule, next level, fallback."""
    with db.write() as tx:
        held = notifications.held(tx, [(n.id, n.attempts) for n, _ in results])
        mine = [(held[n.id], receipt) for n, receipt in results if n.id in held]
        notifications.finish(tx, [(n.id, n.attempts, r.outcome, r.answer) for n, r in mine])
        late = _late(tx, mine)
        settled = [settle(n, receipt, tx.now, chance.unit()) for n, receipt in mine]
        notifications.settle(tx, [_dropped(s.notification, late) for s in settled])
        for outcome, (_, receipt) in zip(settled, mine, strict=True):
            if outcome.failed:
                _failed(tx, outcome.notification, receipt)


def _late(tx: Transaction, mine: Sequence[Result]) -> set[int]:
    unsure = [n.id for n, r in mine if r.outcome in ("TEMPORARY", "UNKNOWN")]
    return notifications.no_longer_wanted(tx, unsure) if unsure else set()


def _dropped(n: Notification, late: set[int]) -> Notification:
    """A page that would be tried again, but that nobody needs any more."""
    if n.state == "SCHEDULED" and n.id in late:
        return replace(n, state="CANCELLED", due_at=None, reason=notifications.NO_LONGER_WANTED)
    return n


def fail(tx: Transaction, n: Notification, receipt: Receipt) -> None:
    """A notification that had left came back: it never arrived."""
    failed = replace(n, state="FAILED", due_at=None, reason=receipt.answer)
    notifications.settle(tx, [failed])
    _failed(tx, failed, receipt)


def _failed(tx: Transaction, failed: Notification, receipt: Receipt) -> None:
    """Go on at once: the person's next rule, else the next level, else the fallback."""
    log.warning("delivery failed", notification=failed.id, answer=receipt.answer)
    if receipt.bounced and failed.contact_id is not None:
        people.set_contact_state(tx, failed.contact_id, "BOUNCED", receipt.answer)
    if failed.purpose not in notifications.PAGING or failed.incident_id is None:
        return
    if notifications.hasten(tx, failed):
        return
    if incidents.get(tx, failed.incident_id).escalation.generation != failed.generation:
        # The escalation has started anew since: its own pages speak for it.
        return
    _, level_alive, _ = reached.reach(tx, (failed.incident_id,)).get(failed.incident_id, (False,) * 3)
    if not level_alive:
        decisions.perform(tx, failed.incident_id, Unreached(reason=receipt.answer))


@dataclass
class Lane:
    """One channel's way to the network."""

    db: Database
    channel: Channel
    perform: Perform
    sender: str
    where: Addresses
    chance: Chance
    in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    _results: list[Result] = field(default_factory=list)
    _settling: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def step(self) -> int:
        """Lease what fits and start sending it; says how much that was."""
        free = MOST_IN_FLIGHT - len(self.in_flight)
        if free <= 0:
            await asyncio.wait(self.in_flight, return_when=asyncio.FIRST_COMPLETED)
            return 1
        leased = await asyncio.to_thread(lease_step, self.db, self.channel, self.where, free)
        for notification, message in leased:
            task = asyncio.create_task(self._deliver(notification, message))
            self.in_flight.add(task)
            task.add_done_callback(self.in_flight.discard)
        return len(leased)

    async def next_due(self) -> datetime | None:
        """When the lane has something to do next."""

        def look() -> datetime | None:
            with self.db.read() as tx:
                return notifications.next_due(tx, (self.channel.method,))

        return await asyncio.to_thread(look)

    async def drain(self) -> None:
        """Wait for everything in flight to be settled."""
        while self.in_flight:
            await asyncio.wait(tuple(self.in_flight))

    async def _deliver(self, notification: Notification, message: Message) -> None:
        answer = await self._answer(message)
        receipt = self.channel.read(answer)
        PAGES.labels(self.channel.method, receipt.outcome).inc()
        if notification.attempts == 1:
            waited = (self.db.clock.now() - message.sent_at).total_seconds()
            LATENCY.labels(self.channel.method).observe(max(waited, 0))
        await self._settle(notification, receipt)

    async def _answer(self, message: Message) -> Answer:
        try:
            request = self.channel.render(message, self.sender)
        except (TypeError, ValueError, LookupError, UnicodeError) as fault:
            log.exception("rendering failed", notification=message.notification_id)
            return NetworkFailure(reason=f"the message could not be rendered: {fault}", sent="NO")
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await self.perform(request)
        except TimeoutError:
            reason = f"no answer within {ATTEMPT_SECONDS:.0f} seconds"
            return NetworkFailure(reason=reason, sent="MAYBE")

    async def _settle(self, notification: Notification, receipt: Receipt) -> None:
        """Outcomes that arrive while one transaction runs share the next."""
        self._results.append((notification, receipt))
        async with self._settling:
            batch, self._results = self._results, []
            while batch:
                try:
                    await asyncio.to_thread(settle_step, self.db, batch, self.chance)
                    batch = []
                except (DatabaseAway, Contended) as away:
                    log.warning("cannot settle yet", reason=str(away))
                    await asyncio.sleep(SETTLE_RETRY_SECONDS)

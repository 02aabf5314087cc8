"""The delivery lanes, one per channel: lease, send, settle.

At least once: an attempt is written down before anything is sent; if this process dies, its lease
runs out and the attempt is made again. A lease number fences off a late answer. No transaction is
open while the network works.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from tocsin.core.delivery import LEASE, Notification, Receipt
from tocsin.core.messages import Message
from tocsin.engine.messages import Addresses, compose
from tocsin.engine.outcomes import Result, settle_results
from tocsin.engine.settling import Settling
from tocsin.kit.chance import Chance
from tocsin.plugins import Answer, Channel, NetworkFailure, Request
from tocsin.store import leases
from tocsin.store.database import Database
from tocsin.telemetry import LATENCY, PAGES

MOST_IN_FLIGHT = 64
ATTEMPT_SECONDS = LEASE.total_seconds() * 0.75
"""An attempt is given up before its lease runs out and somebody else makes the next."""

log = structlog.get_logger()

Perform = Callable[[Request], Awaitable[Answer]]
Leased = tuple[Notification, Message]


def lease_step(db: Database, channel: Channel, where: Addresses, limit: int) -> list[Leased]:
    """Take what is due, with the message to send for each."""
    with db.write() as tx:
        leased = leases.lease(tx, (channel.method,), limit)
        if not leased:
            return []
        messages = compose(tx, leased, where)
    return [(n, messages[n.id]) for n in leased]


def settle_step(db: Database, results: Sequence[Result], chance: Chance) -> None:
    """Store the outcomes of attempts, and let what failed move on: next rule, next level, fallback."""
    with db.write() as tx:
        settle_results(tx, results, chance, {})


@dataclass(kw_only=True)
class Sender(ABC):
    """A lane: leases what is due on one way to the network, sends it, settles the outcome.

    Every way has its own, with its own limit of messages in flight, so that a slow one delays no other.
    """

    db: Database
    perform: Perform
    where: Addresses
    chance: Chance
    most_in_flight: int = MOST_IN_FLIGHT
    in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    _settling: Settling[Result] = field(init=False)

    def __post_init__(self) -> None:
        """However many settle at once."""
        self._settling = Settling(self.settle)

    @property
    @abstractmethod
    def name(self) -> str:
        """What the log and the metrics call it."""

    @abstractmethod
    def lease(self, limit: int) -> list[Leased]:
        """Take what is due. Runs in a thread."""

    @abstractmethod
    def settle(self, results: Sequence[Result]) -> None:
        """Store what became of it. Runs in a thread."""

    @abstractmethod
    def look(self) -> datetime | None:
        """When there is something to do next. Runs in a thread."""

    @abstractmethod
    async def attempt(self, message: Message) -> Receipt:
        """Send one message."""

    async def step(self) -> int:
        """Lease what fits and start sending it; says how much that was."""
        free = self.most_in_flight - len(self.in_flight)
        if free <= 0:
            await asyncio.wait(self.in_flight, return_when=asyncio.FIRST_COMPLETED)
            return 1
        leased = await asyncio.to_thread(self.lease, free)
        for notification, message in leased:
            task = asyncio.create_task(self._deliver(notification, message))
            self.in_flight.add(task)
            task.add_done_callback(self.in_flight.discard)
        return len(leased)

    async def next_due(self) -> datetime | None:
        """When the lane has something to do next."""
        return await asyncio.to_thread(self.look)

    async def drain(self) -> None:
        """Wait for everything in flight to be settled."""
        while self.in_flight:
            await asyncio.wait(tuple(self.in_flight))

    async def _deliver(self, notification: Notification, message: Message) -> None:
        try:
            receipt = await self.attempt(message)
        except Exception as fault:
            # A plugin's fault, or one of ours: without an outcome the page would be sent, unseen, for ever.
            log.exception("attempt failed", lane=self.name, notification=notification.id)
            # Only its name: its words may hold what nobody is to read in the ledger.
            receipt = Receipt(outcome="UNKNOWN", answer=f"the attempt failed: {type(fault).__name__}")
        PAGES.labels(notification.method, receipt.outcome).inc()
        if notification.attempts == 1:
            waited = (self.db.clock.now() - message.sent_at).total_seconds()
            LATENCY.labels(notification.method).observe(max(waited, 0))
        await self._settling.add((notification, receipt))


@dataclass(kw_only=True)
class Lane(Sender):
    """A built-in channel's lane."""

    channel: Channel
    sender: str

    @property
    def name(self) -> str:
        """The channel."""
        return self.channel.method

    def lease(self, limit: int) -> list[Leased]:
        """Everything that is due on the channel."""
        return lease_step(self.db, self.channel, self.where, limit)

    def settle(self, results: Sequence[Result]) -> None:
        """There is only one way: no other is tried."""
        settle_step(self.db, results, self.chance)

    def look(self) -> datetime | None:
        """When the channel has something to do next."""
        with self.db.read() as tx:
            return leases.next_due(tx, (self.channel.method,))

    async def attempt(self, message: Message) -> Receipt:
        """Render, perform, read."""

        def render() -> Request:
            return self.channel.render(message, self.sender)

        return self.channel.read(await ask(self.perform, render, message))


async def ask(perform: Perform, render: Callable[[], Request], message: Message) -> Answer:
    """The answer to the request that `render` makes; a message that cannot be rendered gets none."""
    try:
        request = render()
    except (TypeError, ValueError, LookupError, UnicodeError) as fault:
        log.exception("rendering failed", notification=message.notification_id)
        return NetworkFailure(reason=f"the message could not be rendered: {fault}", sent="NO")
    try:
        async with asyncio.timeout(ATTEMPT_SECONDS):
            return await perform(request)
    except TimeoutError:
        reason = f"no answer within {ATTEMPT_SECONDS:.0f} seconds"
        return NetworkFailure(reason=reason, sent="MAYBE")

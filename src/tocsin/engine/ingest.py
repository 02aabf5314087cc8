"""The way in: group commit. Whoever waits while one transaction runs shares the next.

An answer means that the payload is on disk: in the database, or in the spool while that is away.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from tocsin.channels.mail_source import read_mail
from tocsin.core import mail_source
from tocsin.core.events import AlertSource, Event, unrecognised
from tocsin.core.heartbeats import Heard, Signal
from tocsin.core.mail_rules import MailRules
from tocsin.engine import heartbeats, subscriptions
from tocsin.engine.spool import Spool
from tocsin.engine.subscriptions import Ask
from tocsin.integrations import dropin
from tocsin.kit.chance import Chance
from tocsin.kit.errors import BadInput, Conflict, Overloaded, TocsinError
from tocsin.kit.value import dumps
from tocsin.plugins import Inbound, integrations
from tocsin.store.database import Contended, Database, DatabaseAway
from tocsin.store.intake import Outcome, Parse, Payload, take_in
from tocsin.telemetry import BATCH, EVENTS, PINGS, SPOOLED

MOST_WAITING = 20_000
MOST_PER_BATCH = 500
CONFLICT_RETRIES = 5
PING_PATIENCE_SECONDS = 10.0
"""How long a ping waits for the database before its sender is told to come again."""

log = structlog.get_logger()

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class Batcher(Generic[Item, Result]):
    """Collects items while `work` runs on the batch before."""

    work: Callable[[list[Item]], Awaitable[Sequence[Result]]]
    waiting: deque[tuple[Item, asyncio.Future[Result]]] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, item: Item) -> Result:
        """Hand in an item and wait for its result. Raises Overloaded when too many wait."""
        if len(self.waiting) >= MOST_WAITING:
            raise Overloaded("too much is waiting to be stored; try again in a few seconds")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self.waiting.append((item, future))
        self.arrived.set()
        return await future

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping`, and then until nothing waits."""
        stop = asyncio.create_task(stopping.wait())
        while self.waiting or not stopping.is_set():
            if not self.waiting:
                self.arrived.clear()
                arrival = asyncio.create_task(self.arrived.wait())
                await asyncio.wait({arrival, stop}, return_when=asyncio.FIRST_COMPLETED)
                arrival.cancel()
                continue
            batch = [self.waiting.popleft() for _ in range(min(len(self.waiting), MOST_PER_BATCH))]
            await self._run(batch)
        stop.cancel()

    async def _run(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        # Whatever goes wrong is the end of this batch, and not of all later ones.
        work = self.work([item for item, _ in batch])
        (done,) = await asyncio.gather(work, return_exceptions=True)
        if isinstance(done, BaseException):
            _refuse(batch, _refusal(done))
            return
        for (_, future), result in zip(batch, done, strict=True):
            if not future.done():
                future.set_result(result)


def _refusal(fault: BaseException) -> TocsinError:
    """What the senders are told. The disk is full, or worse: nothing is stored, so nothing may be promised."""
    if isinstance(fault, TocsinError):
        return fault
    log.error("cannot store", exc_info=fault)
    why = fault.strerror if isinstance(fault, OSError) and fault.strerror else type(fault).__name__
    return Overloaded(f"nothing can be stored now: {why}")


def _refuse(batch: Sequence[tuple[Any, asyncio.Future[Any]]], reason: TocsinError) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(reason)


class Ingest:
    """The intake of one process: events and pings."""

    def __init__(
        self, db: Database, spool: Spool, chance: Chance, parse: Parse | None = None, ask: Ask | None = None
    ) -> None:
        """`parse` reads payloads; by default as the registered integrations do. `ask` asks web servers."""
        self.db = db
        self.ask = ask
        self.parse = parse or parse_registered
        self.spool = spool
        self.chance = chance
        self.draining = threading.Lock()
        self.events: Batcher[Payload, Outcome] = Batcher(self._store)
        self.pings: Batcher[Signal, Heard] = Batcher(self._hear)

    async def receive(self, payload: Payload) -> Outcome:
        """Store and process a payload; durable when this returns. Raises Overloaded."""
        outcome = await self.events.put(payload)
        if self.ask and outcome.source_id and subscriptions.asks(outcome):
            await subscriptions.confirm(self.db, self.ask, payload, outcome.source_id)
        return outcome

    async def ping(self, signal: Signal) -> Heard:
        """Note what a job says; what became of it. Raises Overloaded."""
        return await self.pings.put(signal)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping`, then finish what waits."""
        await asyncio.gather(self.events.run(stopping), self.pings.run(stopping))

    async def _store(self, payloads: list[Payload]) -> Sequence[Outcome]:
        BATCH.observe(len(payloads))
        return await asyncio.to_thread(store_or_spool, self, payloads)

    async def _hear(self, signals: list[Signal]) -> Sequence[Heard]:
        PINGS.inc(len(signals))
        deadline = asyncio.get_running_loop().time() + PING_PATIENCE_SECONDS
        while True:
            try:
                return await asyncio.to_thread(heartbeats.ping_step, self.db, signals, self.chance)
            except (DatabaseAway, Contended, Conflict, IntegrityError) as away:
                # All but the first: another process heard, or made, the same at the same moment.
                if asyncio.get_running_loop().time() > deadline:
                    raise Overloaded(f"the database is away: {away}") from away
                await asyncio.sleep(0.2)


_FAULTS = (
    AssertionError,
    AttributeError,
    BadInput,
    Contended,
    IntegrityError,
    DataError,
    ArithmeticError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What one odd payload may provoke; the database being away is none of them."""


def store_or_spool(ingest: Ingest, payloads: Sequence[Payload]) -> Sequence[Outcome]:
    """One batch: stored together; each alone if one of them cannot be; spooled if the database is away."""
    try:
        drain_step(ingest)  # what waits came first: an end must not overtake its beginning
        return _together(ingest, payloads)
    except DatabaseAway as away:
        log.warning("database away: spooling", payloads=len(payloads), reason=str(away))
        return _spooled(ingest, payloads)
    except _FAULTS:
        if len(payloads) > 1:
            log.exception("a batch failed; storing its payloads one by one")
            return [outcome for p in payloads for outcome in store_or_spool(ingest, (p,))]
        log.exception("a payload could not be processed; it is kept in the spool")
        return _spooled(ingest, payloads)


def drain_step(ingest: Ingest) -> int:
    """Take back what was spooled, in order; how much it was. Raises DatabaseAway while that lasts."""
    if not ingest.spool.size():
        return 0
    with ingest.draining:
        return _drain(ingest)


def _drain(ingest: Ingest) -> int:
    taken = 0
    for batch in ingest.spool.batches(MOST_PER_BATCH):
        try:
            _together(ingest, batch)
        except _FAULTS:
            _each_alone(ingest, batch)
        taken += len(batch)
    return taken


def _each_alone(ingest: Ingest, batch: Sequence[Payload]) -> None:
    """One payload that cannot be processed must not hold up the others: it is set aside, not lost."""
    for payload in batch:
        try:
            _together(ingest, (payload,))
        except _FAULTS:
            log.exception("a spooled payload could not be processed; it is set aside", key=payload.key[:12])
            ingest.spool.set_aside(payload)


def parse_registered(source: AlertSource, payload: Payload) -> tuple[Event, ...]:
    """Read a payload by its dialect, else by its source's integration.

    What the integration does not recognise opens an incident as it is. Raises NothingToReport, and BadInput for a body without content or in our own JSON.
    """
    if payload.content_type == mail_source.CONTENT_TYPE and source.integration_type in mail_source.TYPES:
        return (mail_source.event_of(source, source.mail or MailRules(), read_mail(payload.body)),)
    inbound = Inbound(
        body=payload.body,
        content_type=payload.content_type,
        query=payload.query,
        headers=payload.headers,
        at=payload.at,
    )
    if dropin.speaks(payload.dialect):
        return dropin.parse(payload.dialect, inbound, request_id=payload.spool_id or "")
    integration = integrations().get(payload.dialect or source.integration_type)
    if integration is None:
        raise BadInput.at("", f"a source of type {source.integration_type} takes no events")
    try:
        return integration.parse(inbound)
    except BadInput as wrong:
        if integration.strict or not (payload.body.strip() or payload.query):
            raise
        return (unrecognised(integration.name, payload.body or dumps(payload.query).encode(), wrong.message),)


def _together(ingest: Ingest, payloads: Sequence[Payload]) -> Sequence[Outcome]:
    for attempt in range(CONFLICT_RETRIES):
        try:
            with ingest.db.write() as tx:
                outcomes = take_in(tx, payloads, ingest.parse, ingest.chance)
        except (IntegrityError, Contended):
            # Another process opened or answered an incident with the same key at the same moment.
            if attempt + 1 == CONFLICT_RETRIES:
                raise
        else:
            effects = Counter(taken.verdict.effect for outcome in outcomes for taken in outcome.taken)
            for effect, count in effects.items():
                EVENTS.labels(effect).inc(count)
            return outcomes
    raise AssertionError("unreachable")


def _spooled(ingest: Ingest, payloads: Sequence[Payload]) -> Sequence[Outcome]:
    ingest.spool.put(payloads, ingest.db.clock.now())
    SPOOLED.inc(len(payloads))
    return [Outcome(source_id=0, spooled=True) for _ in payloads]

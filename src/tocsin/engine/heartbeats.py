"""Heartbeats: pings heard, silences turned into incidents, and the silence ended.

A silence is an event of its source, and so is its end: they go the way of every other event, with
the source's own rules for grouping, and its event log shows them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tocsin.core.events import AlertSource, Event
from tocsin.core.heartbeats import Beat, Heard, HeartbeatMonitor, Signal, heard, ignored, missed
from tocsin.core.people import Actor
from tocsin.integrations.api import integration
from tocsin.kit.chance import Chance, SystemChance
from tocsin.kit.value import dumps, replace, value
from tocsin.plugins import Inbound
from tocsin.store import documents, facts, heartbeat_monitors, heartbeats, intake, log, maintenance, sources
from tocsin.store.database import Database, Transaction
from tocsin.store.heartbeats import NewPing
from tocsin.store.kinds import MONITORS, SOURCES

BATCH = 200
INCIDENT_KEY = "heartbeat"
"""The key of the incident that the silence of a source opens; that of a monitor adds its id."""
LISTENING_PAUSE_SECONDS = 12.0
"""A pause longer than this in our listening means that pings may have gone unheard."""


def ping_step(db: Database, signals: Sequence[Signal], chance: Chance | None = None) -> list[Heard]:
    """Note signals, in order; what became of each."""
    with db.write() as tx:
        book = _Book(tx, signals, chance or SystemChance())
        results = [book.process(signal) for signal in signals]
        book.store()
    return results


def step(db: Database) -> int:
    """Turn silences that have lasted too long into incidents; how many rows were looked at."""
    with db.write() as tx:
        since = facts.listening_since(tx, LISTENING_PAUSE_SECONDS)
        due = heartbeats.due(tx, BATCH)
        ends = maintenance.maintained(tx, {beat.source_id for beat in due})
        # In maintenance silence means nothing: it is judged when that is over.
        judged = [
            replace(beat, due_at=ends[beat.source_id])
            if beat.source_id in ends
            else missed(beat, tx.now, since)
            for beat in due
        ]
        heartbeats.save(tx, judged)
        down = (beat for beat in judged if beat.state == "OVERDUE" and beat.due_at is None)
        _report(tx, [_Flip(beat=beat, down=True) for beat in down])
    return len(due)


def start_listening(db: Database) -> None:
    """This process starts: until now nobody may have heard the pings."""
    with db.write() as tx:
        facts.listening_since(tx, 0.0)


def next_due(db: Database) -> datetime | None:
    """When the next silence becomes one too many."""
    with db.read() as tx:
        return heartbeats.next_due(tx)


@value
class _Flip:
    """A heartbeat that went down or came back, or failed once more."""

    beat: Beat
    down: bool
    said: str = ""
    """What its last ping said."""


class _Book:
    """The heartbeats of one batch of signals, and what has yet to be stored."""

    def __init__(self, tx: Transaction, signals: Sequence[Signal], chance: Chance) -> None:
        self.tx = tx
        self.chance = chance
        self.found = heartbeats.held(tx, signals)
        self.now: dict[int, Beat] = {}
        self.pings: list[NewPing] = []
        self.flips: list[_Flip] = []
        self.sooner = False

    def process(self, signal: Signal) -> Heard:
        """Note one signal."""
        meant = self.found.of(signal)
        created = False
        if not meant and signal.slug is not None and signal.create:
            meant, created = self._create(signal.key, signal.slug)
            if created and not meant:
                return "FULL"
        if len(meant) != 1:
            return "AMBIGUOUS" if meant else "UNKNOWN"
        before = self.now.get(meant[0].id, meant[0])
        after = heard(before, signal, self.tx.now)
        self.now[after.id] = after
        self._keep(before, after, signal)
        failed = signal.kind == "FAIL" and not ignored(after.plan, signal)
        if failed or (before.state == "OVERDUE") != (after.state == "OVERDUE"):
            said = signal.body[:500].decode("utf-8", "replace")
            self.flips.append(_Flip(beat=after, down=after.state == "OVERDUE", said=said))
        self.sooner |= after.due_at is not None and (before.due_at is None or after.due_at < before.due_at)
        return "CREATED" if created else "HEARD"

    def store(self) -> None:
        """Store what is noted."""
        heartbeats.save(self.tx, self.now.values())
        heartbeats.keep(self.tx, self.pings)
        _report(self.tx, self.flips)
        if self.sooner:
            self.tx.wake("heartbeats")

    def _create(self, key: str, slug: str) -> tuple[list[Beat], bool]:
        source = sources.by_keys(self.tx, [key]).get(key)
        if source is None or source.integration_type == "HEARTBEAT":
            return [], False
        beat = heartbeat_monitors.by_ping(self.tx, source, slug, self.chance)
        made = [beat] if beat else []
        self.found.by_slug[key, slug] = made
        return made, True

    def _keep(self, before: Beat, after: Beat, signal: Signal) -> None:
        took = signal.duration_ms
        if before.started_at is not None and after.started_at is None:
            took = int((self.tx.now - before.started_at).total_seconds() * 1000)
        kind = "IGNORED" if ignored(after.plan, signal) else signal.kind
        self.pings.append(
            NewPing(beat_id=after.id, number=after.pings, kind=kind, signal=signal, duration_ms=took)
        )


def _report(tx: Transaction, flips: Sequence[_Flip]) -> None:
    """Hand flips over as events of their sources, in order."""
    if not flips:
        return
    known = documents.many(tx, SOURCES, {flip.beat.source_id for flip in flips}, deleted=False)
    monitors = documents.many(tx, MONITORS, {f.beat.monitor_id for f in flips if f.beat.monitor_id})
    told = [flip for flip in flips if flip.beat.source_id in known]
    payloads = [_payload(known[flip.beat.source_id], monitors, flip) for flip in told]
    outcomes = intake.take_in(tx, payloads, _parse, SystemChance())
    for flip, outcome in zip(told, outcomes, strict=True):
        _note(tx, known[flip.beat.source_id], flip, outcome)
    unheard = [
        flip.beat for flip, outcome in zip(told, outcomes, strict=True) if flip.down and _put_off(outcome)
    ]
    ends = maintenance.maintained(tx, {beat.source_id for beat in unheard})
    for beat in unheard:
        heartbeats.tell_at(tx, beat.id, ends[beat.source_id])


def _put_off(outcome: intake.Outcome) -> bool:
    """Whether nobody heard of it because of maintenance: then it is told when that is over."""
    return any(taken.verdict.code == "IN_MAINTENANCE" for taken in outcome.taken)


def _parse(source: AlertSource, payload: intake.Payload) -> tuple[Event, ...]:
    """Our own events are written as the event API has them, whatever the source's type."""
    del source
    return integration.parse(Inbound(body=payload.body))


def _payload(source: AlertSource, monitors: dict[int, HeartbeatMonitor], flip: _Flip) -> intake.Payload:
    monitor = monitors.get(flip.beat.monitor_id) if flip.beat.monitor_id else None
    name = monitor.name if monitor else source.name
    wanted = monitor.summary if monitor else source.heartbeat.summary if source.heartbeat else ""
    key = f"{INCIDENT_KEY}-{monitor.id}" if monitor else INCIDENT_KEY
    event: dict[str, str] = {"eventType": "RESOLVE", "incidentKey": key, "summary": f"{name} is heard again"}
    if flip.down:
        summary = wanted or f"Heartbeat {name} is overdue"
        event = {"eventType": "ALERT", "incidentKey": key, "summary": summary, "details": _details(flip)}
    body = dumps(event).encode()
    return intake.Payload(
        key=source.integration_key, body=body, content_type="application/json", dialect=integration.type
    )


def _note(tx: Transaction, source: AlertSource, flip: _Flip, outcome: intake.Outcome) -> None:
    by = Actor(kind="SOURCE", id=source.id, name=source.name, via="ENGINE" if flip.down else "EVENT")
    kind = "HeartbeatOverdue" if flip.down else "HeartbeatResolved"
    numbers: Iterable[int | None] = (taken.verdict.incident_id for taken in outcome.taken)
    log.append(tx, [log.NewEntry(incident_id=number, type=kind, by=by) for number in numbers if number])


def _details(flip: _Flip) -> str:
    beat, plan = flip.beat, flip.beat.plan
    last = f"{beat.last_ping_at:%Y-%m-%d %H:%M:%S} UTC" if beat.last_ping_at else "never"
    every = f"at {plan.cron} ({plan.timezone})" if plan.cron else f"every {plan.interval_sec} seconds"
    grace = f", with {plan.grace_sec} seconds of grace" if plan.grace_sec else ""
    text = f"A ping is expected {every}{grace}. The last one came: {last}."
    if beat.reason == "FAILED":
        text = f"The job said that it failed. {text}"
    elif beat.reason == "OVERRAN" and beat.started_at:
        text = f"The run that started at {beat.started_at:%H:%M:%S} UTC has not ended in time. {text}"
    return f"{text}\n\n{flip.said}" if flip.said else text

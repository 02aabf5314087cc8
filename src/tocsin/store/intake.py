"""From received payloads to incidents, many in one transaction.

Every payload of a known source is kept with its outcome, also one that cannot be read. Whoever
calls this commits; on PostgreSQL another process may open the same incident at the same moment,
then the unique index refuses the whole batch and the caller runs it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tocsin.core.events import (
    BY_KEY_ONLY,
    AlertSource,
    Event,
    Near,
    NothingToReport,
    OpenIncident,
    Verdict,
    fold_summary,
    open_incident,
    receive,
    routing_keys,
    without_nul,
)
from tocsin.core.incidents import Accept, AssignToPolicy, Command, Incident, Resolve, fold
from tocsin.core.people import Actor
from tocsin.core.policies import EscalationPolicy
from tocsin.core.source_rules import Shaped, from_anything
from tocsin.kit.chance import Chance, short_key
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import field, replace, value
from tocsin.store import (
    decisions,
    documents,
    events,
    incidents,
    log,
    maintenance,
    policies,
    sources,
    support_hours,
)
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES
from tocsin.store.shaping import Shaping


@value
class Payload:
    """A body that came for an integration key."""

    key: str
    body: bytes
    content_type: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name; only those that an integration asks for."""
    at: datetime | None = None
    """When it came, if that was before this transaction (out of the spool)."""
    spool_id: str | None = None
    """Of a payload that was spooled, or whose sender will ask for it: stored once, whatever happens."""
    dialect: str = ""
    """Another product's, in which it is written (integrations.dropin); "" for that of the source's type."""


@value
class Taken:
    """What became of one event of a payload."""

    verdict: Verdict
    event_type: str
    incident_key: str


@value
class Outcome:
    """What became of a payload."""

    source_id: int | None
    """None: no source has this key, and nothing was kept."""
    taken: tuple[Taken, ...] = ()
    problems: tuple[Problem, ...] = ()
    """Why it could not be read; it is kept all the same."""
    spooled: bool = False
    """The database is away: kept on disk, to be processed when it is back."""

    @property
    def unknown(self) -> bool:
        """Whether no source has the payload's key."""
        return self.source_id is None and not self.spooled


_KEPT = Outcome(source_id=0, spooled=True)
"""Of a payload that was sent once more: it is stored, and that is all that is to be said."""

Parse = Callable[[AlertSource, Payload], tuple[Event, ...]]


def take_in(tx: Transaction, payloads: Sequence[Payload], parse: Parse, chance: Chance) -> list[Outcome]:
    """Process payloads in order. `parse` reads one as events, or raises BadInput."""
    known, maintained = sources.arriving(tx, {payload.key for payload in payloads})
    done = events.spooled(tx, [p.spool_id for p in payloads if p.spool_id])
    shaping = Shaping(tx)
    read = [_read(known.get(p.key), p, parse, shaping) for p in payloads if p.spool_id not in done]
    work = [(r.source, part.event) for r in read if r.source for part in r.parts if not part.dropped]
    book = _Book(tx, work, chance, maintained)
    outcomes = iter([book.process(r) for r in read])
    book.flush()
    shaping.keep()
    return [_KEPT if p.spool_id in done else next(outcomes) for p in payloads]


def open_by_hand(tx: Transaction, incident: Incident, by: Actor) -> Incident:
    """Store an incident that a person reports; its escalation runs like any other."""
    incidents.insert(tx, [incident])
    log.append(tx, [log.NewEntry(incident_id=incident.id, type="IncidentCreatedByUser", by=by)])
    tx.wake("escalations", "log")
    return incident


def report(tx: Transaction, source: AlertSource, event: Event, by: Actor, chance: Chance) -> Incident:
    """Open the incident of an ALERT that somebody reports for a source."""
    policy = documents.get(tx, POLICIES, source.policy_id)
    hours = support_hours.of_source(tx, source)
    number, key = tx.next_id("incidents"), short_key(chance)
    return open_by_hand(
        tx, open_incident(number, source, policy, event, key=key, now=tx.now, hours=hours), by
    )


@value
class _Read:
    payload: Payload
    source: AlertSource | None
    parts: tuple[Shaped, ...] = ()
    problems: tuple[Problem, ...] = ()
    nothing: NothingToReport | None = None
    """It was understood, and nothing follows from it."""


def _read(source: AlertSource | None, payload: Payload, parse: Parse, shaping: Shaping) -> _Read:
    if source is None:
        return _Read(payload=payload, source=None)
    try:
        found = parsed(source, payload, parse)
        if b"\0" in payload.body or b"\\u0000" in payload.body:
            found = tuple(without_nul(event) for event in found)
    except BadInput as wrong:
        return _Read(payload=payload, source=source, problems=tuple(wrong.problems))
    except NothingToReport as nothing:
        return _Read(payload=payload, source=source, nothing=nothing)
    if not found:
        return _Read(payload=payload, source=source, problems=(Problem("", "the payload holds no event"),))
    parts = shaping.shape(source, found, payload.body, payload.at)
    return _Read(payload=payload, source=source, parts=parts)


def parsed(source: AlertSource, payload: Payload, parse: Parse) -> tuple[Event, ...]:
    """The events in a payload; where the source's rules can read any payload, also one that `parse` cannot.

    Raises BadInput.
    """
    try:
        return parse(source, payload)
    except BadInput:
        if source.rules is None or not source.rules.read_anything:
            raise
        return (from_anything(payload.body),)


def _rejected(reason: str) -> Verdict:
    return Verdict(effect="REJECT", reason=reason)


def _came_with(payload: Payload) -> Mapping[str, Any] | None:
    """What is needed to read the payload again, besides its body."""
    if not (payload.query or payload.headers or payload.dialect):
        return None
    return {"query": dict(payload.query), "headers": dict(payload.headers), "dialect": payload.dialect}


class _Book:
    """What this batch knows and has yet to store."""

    def __init__(
        self,
        tx: Transaction,
        work: Sequence[tuple[AlertSource, Event]],
        chance: Chance,
        maintained: set[int],
    ) -> None:
        self.tx = tx
        self.chance = chance
        self.by_id: dict[int, OpenIncident] = {}
        self.by_key: dict[tuple[int, str], OpenIncident] = {}
        self.grouping: defaultdict[int, list[OpenIncident]] = defaultdict(list)
        self._load(work)
        by_id = {source.id: source for source, _ in work}
        self.hours = support_hours.of_sources(tx, by_id.values())
        self.windows = maintenance.of_sources(tx, maintained & set(by_id))
        self.policies = documents.many(tx, POLICIES, {source.policy_id for source, _ in work})
        self.free_ids = iter(self._reserve(work))
        self.routed: dict[tuple[str, ...], EscalationPolicy | None] = {}
        """By routing keys."""
        self.pending: dict[int, Command] = {}
        """What is to be done to incidents, together when all that is noted is stored."""
        self.freed: defaultdict[int, set[str]] = defaultdict(set)
        """The keys of those among them that are resolved then, by source."""
        self.new_incidents: list[Incident] = []
        self.new_events: list[events.NewEvent] = []
        self.new_entries: list[log.NewEntry] = []

    def _load(self, work: Sequence[tuple[AlertSource, Event]]) -> None:
        keys: defaultdict[int, set[str]] = defaultdict(set)
        for source, event in work:
            keys[source.id].add(fold(event.key))
        for source in {source.id: source for source, _ in work}.values():
            for candidate in reversed(incidents.candidates(self.tx, source, keys[source.id])):
                self._note(source, candidate)

    def _reserve(self, work: Iterable[tuple[AlertSource, Event]]) -> list[int]:
        fresh = sum(
            event.event_type == "ALERT" and (source.id, fold(event.key)) not in self.by_key
            for source, event in work
        )
        return self.tx.ids("incidents", fresh)

    def process(self, read: _Read) -> Outcome:
        """Decide and note everything about one payload."""
        if read.source is None:
            return Outcome(source_id=None)
        if read.problems:
            reason = "; ".join(map(str, read.problems))
            self._keep(read.source, read.payload, Event(event_type="ALERT"), _rejected(reason))
            return Outcome(source_id=read.source.id, problems=read.problems)
        if read.nothing:
            verdict = Verdict(effect="DROP", code=read.nothing.code, reason=read.nothing.message)
            self._keep(read.source, read.payload, Event(event_type="ALERT"), verdict)
            dropped = Taken(verdict=verdict, event_type="ALERT", incident_key="")
            return Outcome(source_id=read.source.id, taken=(dropped,))
        # The spool's id is unique: the first event carries it for the whole payload.
        first, *others = read.parts
        taken = [self._part(read.source, read.payload, first)]
        if others:
            rest = replace(read.payload, spool_id=None)
            taken.extend(self._part(read.source, rest, part) for part in others)
        return Outcome(source_id=read.source.id, taken=tuple(taken))

    def _part(self, source: AlertSource, payload: Payload, part: Shaped) -> Taken:
        if not part.dropped:
            return self._event(source, payload, part.event)
        verdict = Verdict(effect="DROP", code="EVENT_FILTERED", reason=part.dropped)
        self._keep(source, payload, part.event, verdict)
        return Taken(verdict=verdict, event_type=part.event.event_type, incident_key=part.event.key.strip())

    def _near(self, source: AlertSource, at: datetime) -> Near:
        windows = self.windows.get(source.id, ())
        until = maintenance.until(windows, at) if windows else None
        return Near(now=at, hours=self.hours.get(source.id), maintained_until=until)

    def _event(self, source: AlertSource, payload: Payload, event: Event) -> Taken:
        freed = self.freed.get(source.id)
        joins = event.event_type == "ALERT" and source.incident_creation not in BY_KEY_ONLY
        if freed and (joins or fold(event.key) in freed):
            self.flush()  # What is resolved stands in the log before what would have belonged to it.
        same = self.by_key.get((source.id, fold(event.key)))
        candidates = ((same,) if same else ()) + tuple(self.grouping[source.id])
        verdict = receive(source, event, candidates, self._near(source, payload.at or self.tx.now))
        key = event.key.strip()
        if verdict.effect == "OPEN":
            key = key or short_key(self.chance)
            verdict = replace(verdict, incident_id=self._open(source, event, key, payload.at))
        elif verdict.effect == "APPEND" and event.event_type == "ALERT":
            self._reroute(source, event, verdict)
        self._keep(source, payload, event, verdict)
        if verdict.effect in ("ACCEPT", "RESOLVE") and same is not None:
            self._answer(source, same, verdict.effect)
        self._comments(source, event, verdict)
        return Taken(verdict=verdict, event_type=event.event_type, incident_key=key)

    def _open(self, source: AlertSource, event: Event, key: str, at: datetime | None) -> int:
        policy = self._routed(event) or self.policies[source.policy_id]
        # One more than reserved, when an incident was resolved and opened again within this batch.
        number = next(self.free_ids, None) or self.tx.next_id("incidents")
        now, hours = at or self.tx.now, self.hours.get(source.id)
        incident = open_incident(number, source, policy, event, key=key, now=now, hours=hours)
        self.new_incidents.append(incident)
        candidate = OpenIncident(
            id=incident.id,
            key_fold=fold(key),
            summary_fold=fold_summary(incident.summary),
            status="PENDING",
            policy_id=policy.id,
            summary=incident.summary,
            reported_at=incident.reported_at,
        )
        self._note(source, candidate)
        return incident.id

    def _routed(self, event: Event) -> EscalationPolicy | None:
        keys = routing_keys(event)
        if keys and keys not in self.routed:
            self.routed[keys] = policies.by_routing_key(self.tx, keys)
        return self.routed.get(keys)

    def _reroute(self, source: AlertSource, event: Event, verdict: Verdict) -> None:
        """A routing key on a later ALERT hands the open incident to that policy (reference EV-9)."""
        policy = self._routed(event)
        if policy is None or verdict.incident_id is None:
            return
        current = self.by_id[verdict.incident_id]
        if current.policy_id != policy.id:
            by = Actor(kind="SOURCE", id=source.id, name=source.name, via="EVENT")
            self._perform(current.id, AssignToPolicy(by=by, policy=policy))
            self._note(source, replace(current, policy_id=policy.id, status="PENDING"))

    def _answer(self, source: AlertSource, current: OpenIncident, effect: str) -> None:
        by = Actor(kind="SOURCE", id=source.id, name=source.name, via="EVENT")
        if effect == "ACCEPT":
            self._perform(current.id, Accept(by=by))
            self._note(source, replace(current, status="ACCEPTED"))
        else:
            self._perform(current.id, Resolve(by=by))
            self.freed[source.id].add(current.key_fold)
            del self.by_key[source.id, current.key_fold]
            self.grouping[source.id] = [c for c in self.grouping[source.id] if c.id != current.id]

    def _comments(self, source: AlertSource, event: Event, verdict: Verdict) -> None:
        number = verdict.incident_id
        if number is None:
            return
        said = [(c.creator or source.name, c.content) for c in event.comments]
        if event.event_type == "COMMENT" and not said and event.summary:
            said.append((source.name, event.summary))
        if said:
            self._settle(number)
        for creator, text in said:
            by = Actor(kind="SOURCE", id=source.id, name=creator, via="EVENT")
            entry = log.NewEntry(incident_id=number, type="CommentAdded", by=by, vars={"text": text})
            self.new_entries.append(entry)

    def _perform(self, incident_id: int, command: Command) -> None:
        self._settle(incident_id)
        self.pending[incident_id] = command

    def _settle(self, incident_id: int | None) -> None:
        """What is to be done to an incident comes before what follows in its timeline."""
        if incident_id in self.pending:
            self.flush()

    def _note(self, source: AlertSource, current: OpenIncident) -> None:
        """Remember an open incident as it is now."""
        known = current.id in self.by_id
        self.by_id[current.id] = self.by_key[source.id, current.key_fold] = current
        if source.incident_creation in BY_KEY_ONLY:
            return
        if known:
            others = self.grouping[source.id]
            self.grouping[source.id] = [current if c.id == current.id else c for c in others]
        else:
            self.grouping[source.id].insert(0, current)

    def _keep(self, source: AlertSource, payload: Payload, event: Event, verdict: Verdict) -> None:
        self._settle(verdict.incident_id)
        self.new_events.append(
            events.NewEvent(
                source_id=source.id,
                incident_id=verdict.incident_id,
                at=payload.at or self.tx.now,
                event_type=event.event_type,
                key=event.key.strip(),
                summary=event.summary,
                effect=verdict.effect,
                reason=verdict.reason,
                content_type=payload.content_type,
                raw=payload.body,
                spool_id=payload.spool_id,
                came_with=_came_with(payload),
            )
        )

    def flush(self) -> None:
        """Store what is noted: incidents before the events and entries that point to them, and what changes them last."""
        if self.new_incidents:
            incidents.insert(self.tx, self.new_incidents)
            self.tx.wake("escalations")
        events.insert(self.tx, self.new_events)
        log.append(self.tx, self.new_entries)
        self.new_incidents, self.new_events, self.new_entries = [], [], []
        if self.pending:
            # Somebody may have answered between our look and our lock: the state they made stands.
            decisions.perform_each(self.tx, self.pending)
            self.pending, self.freed = {}, defaultdict(set)

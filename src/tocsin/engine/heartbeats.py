"""Heartbeats: pings heard, silences turned into incidents, and the silence ended."""

from __future__ import annotations

from datetime import datetime

from tocsin.core.events import AlertSource, Event, open_incident
from tocsin.core.heartbeats import Beat, missed, pinged
from tocsin.core.incidents import Resolve
from tocsin.core.people import Actor
from tocsin.kit.errors import Refused
from tocsin.store import decisions, documents, facts, heartbeats, incidents, log
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import POLICIES, SOURCES

BATCH = 200
INCIDENT_KEY = "heartbeat"
"""The key of the one incident that silence opens, folded."""
LISTENING_PAUSE_SECONDS = 12.0
"""A pause longer than this in our listening means that pings may have gone unheard."""


def ping_step(db: Database, keys: set[str]) -> dict[str, bool]:
    """Note pings; which of the keys are known."""
    with db.write() as tx:
        found = heartbeats.by_keys(tx, keys)
        late = [beat for beat in found.values() if beat.state == "OVERDUE"]
        heartbeats.save(tx, [pinged(beat, tx.now) for beat in found.values()])
        for beat in late:
            _end(tx, beat)
        if any(beat.due_at is None for beat in found.values()):
            tx.wake("heartbeats")
    return {key: key in found for key in keys}


def step(db: Database) -> int:
    """Turn silences that have lasted too long into incidents; how many rows were looked at."""
    with db.write() as tx:
        since = facts.listening_since(tx, LISTENING_PAUSE_SECONDS)
        due = heartbeats.due(tx, BATCH)
        judged = [missed(beat, tx.now, since) for beat in due]
        heartbeats.save(tx, judged)
        for beat in judged:
            if beat.state == "OVERDUE":
                _begin(tx, beat)
    return len(due)


def start_listening(db: Database) -> None:
    """This process starts: until now nobody may have heard the pings."""
    with db.write() as tx:
        facts.listening_since(tx, 0.0)


def next_due(db: Database) -> datetime | None:
    """When the next silence becomes one too many."""
    with db.read() as tx:
        return heartbeats.next_due(tx)


def _begin(tx: Transaction, beat: Beat) -> None:
    source = documents.get(tx, SOURCES, beat.source_id, deleted=True)
    if any(c.key_fold == INCIDENT_KEY for c in incidents.candidates(tx, source, {INCIDENT_KEY})):
        return
    policy = documents.get(tx, POLICIES, source.policy_id, deleted=True)
    event = Event(event_type="ALERT", summary=_summary(source), details=_details(beat))
    incident = open_incident(tx.next_id("incidents"), source, policy, event, key=INCIDENT_KEY, now=tx.now)
    incidents.insert(tx, [incident])
    by = Actor(kind="SOURCE", id=source.id, name=source.name, via="ENGINE")
    log.append(tx, [log.NewEntry(incident_id=incident.id, type="HeartbeatOverdue", by=by)])
    tx.wake("escalations")


def _end(tx: Transaction, beat: Beat) -> None:
    source = documents.get(tx, SOURCES, beat.source_id, deleted=True)
    by = Actor(kind="SOURCE", id=source.id, name=source.name, via="EVENT")
    own = [c for c in incidents.candidates(tx, source, {INCIDENT_KEY}) if c.key_fold == INCIDENT_KEY]
    for candidate in own:
        log.append(tx, [log.NewEntry(incident_id=candidate.id, type="HeartbeatResolved", by=by)])
        try:
            decisions.perform(tx, candidate.id, Resolve(by=by))
        except Refused:
            continue


def _summary(source: AlertSource) -> str:
    wanted = source.heartbeat.summary if source.heartbeat else ""
    return wanted or f"Heartbeat {source.name} is overdue"


def _details(beat: Beat) -> str:
    last = f"{beat.last_ping_at:%Y-%m-%d %H:%M:%S} UTC" if beat.last_ping_at else "never"
    return f"A ping is expected every {beat.interval_sec} seconds. The last one came: {last}."

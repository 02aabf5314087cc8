"""What a payload would do, done to nothing: replay of received events, preview of new settings."""

from __future__ import annotations

from datetime import datetime

from tocsin.core.events import (
    AlertSource,
    Event,
    Near,
    NothingToReport,
    Verdict,
    priority_of,
    receive,
    routing_keys,
)
from tocsin.core.incidents import Priority, fold
from tocsin.core.source_rules import Shaped
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value
from tocsin.store import events, incidents, intake, maintenance, policies, support_hours
from tocsin.store.database import Transaction
from tocsin.store.events import StoredEvent
from tocsin.store.intake import Parse, Payload
from tocsin.store.shaping import Shaping


@value
class Rehearsed:
    """What one event would do."""

    verdict: Verdict
    event: Event
    """As the source's rules leave it."""
    priority: Priority
    policy_id: int


def replay(tx: Transaction, source: AlertSource, event: StoredEvent, parse: Parse) -> list[Rehearsed]:
    """What the payload of a stored event would do now, byte for byte as it came."""
    return rehearse(tx, source, received(tx, source, event, tx.now), parse)


def received(tx: Transaction, source: AlertSource, event: StoredEvent, at: datetime) -> Payload:
    """The payload of a stored event, byte for byte as it came, as if it came at that instant."""
    body, came_with = events.as_sent(tx, event.id)
    return Payload(key=source.integration_key, body=body, content_type=event.content_type, at=at, **came_with)


def rehearse(tx: Transaction, source: AlertSource, payload: Payload, parse: Parse) -> list[Rehearsed]:
    """What the events of a payload would do now, each alone. Nothing is stored, and no counter counts."""
    try:
        found = intake.parsed(source, payload, parse)
    except BadInput as wrong:
        return [_unread(source, Verdict(effect="REJECT", code=wrong.code, reason=wrong.message))]
    except NothingToReport as nothing:
        return [_unread(source, Verdict(effect="DROP", code=nothing.code, reason=nothing.message))]
    shaped = Shaping(tx).shape(source, found, payload.body)
    return [_rehearsed(tx, source, each) for each in shaped]


def _unread(source: AlertSource, verdict: Verdict) -> Rehearsed:
    event = Event(event_type="ALERT")
    return Rehearsed(verdict=verdict, event=event, priority="HIGH", policy_id=source.policy_id)


def _rehearsed(tx: Transaction, source: AlertSource, shaped: Shaped) -> Rehearsed:
    event = shaped.event
    hours = support_hours.of_source(tx, source)
    verdict = Verdict(effect="DROP", code="EVENT_FILTERED", reason=shaped.dropped)
    if not shaped.dropped:
        windows = maintenance.of_sources(tx, (source.id,)).get(source.id, ())
        near = Near(now=tx.now, hours=hours, maintained_until=maintenance.until(windows, tx.now))
        candidates = incidents.candidates(tx, source, {fold(event.key)}, lock=False)
        verdict = receive(source, event, tuple(candidates), near)
    keys = routing_keys(event)
    routed = policies.by_routing_key(tx, keys) if keys else None
    return Rehearsed(
        verdict=verdict,
        event=event,
        priority=priority_of(source, event, tx.now, hours),
        policy_id=routed.id if routed else source.policy_id,
    )

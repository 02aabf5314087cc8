"""What an alert source received: its event log, replay against the settings as they are, preview of others."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body, Path, Query

from tocsin.api import source_rules_wire
from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Instant, Number, Paging, Reference
from tocsin.api.routing import Resource
from tocsin.api.source_rules_wire import RulesWire
from tocsin.api.sources import find
from tocsin.core.doors import MAX_BODY
from tocsin.core.events import AlertSource, EventType
from tocsin.core.events import Effect as Outcome
from tocsin.core.incidents import Link, Priority, ServiceRef, Severity
from tocsin.core.policies import Ref
from tocsin.core.source_rules import checked
from tocsin.kit.value import Ge, Le, MaxLen, replace, value
from tocsin.store import documents, events
from tocsin.store.database import Transaction
from tocsin.store.events import Search, StoredEvent
from tocsin.store.intake import Payload
from tocsin.store.kinds import POLICIES
from tocsin.store.rehearsal import Rehearsed, rehearse, replay

source_events = Resource("alert-sources")
EventId = Annotated[Number, Path()]


@value
class RehearsedWire:
    """What one event would do, and what would come of it."""

    effect: Outcome
    """OPEN, APPEND, ACCEPT, RESOLVE, COMMENT, DROP or REJECT."""
    code: str | None = None
    reason: str | None = None
    incident_id: int | None = None
    """The open incident that it concerns."""
    event_type: EventType
    summary: str | None = None
    details: str | None = None
    incident_key: str | None = None
    priority: Priority
    severity: Severity | None = None
    escalation_policy: Ref
    routing_key: str | None = None
    links: tuple[Link, ...] = ()
    services: tuple[ServiceRef, ...] = ()
    labels: dict[str, str] | None = None
    custom_details: dict[str, Any] | None = None


@value
class Replay:
    """What a received payload would do now. Nothing was done."""

    event_id: int | None = None
    at: datetime | None = None
    """When it came."""
    results: tuple[RehearsedWire, ...]
    """One for each event of the payload."""


@value
class PreviewDraft(RulesWire):
    """Settings to be tried; without any, those that the source has."""

    payload: Annotated[str, MaxLen(MAX_BODY)] | None = None
    """A body to try them on, instead of what the source received last."""
    count: Annotated[int, Ge(1), Le(20)] = 5
    """On how many of its events."""


@source_events.get("/{id}/events", "VIEW_KEYS")
def list_alert_source_events(
    call: Call,
    reference: Reference,
    *,
    page: Paging,
    effect: Annotated[list[Outcome] | None, Query(max_length=10)] = None,
    event_type: Annotated[list[EventType] | None, Query(alias="event-type", max_length=10)] = None,
    q: Annotated[str, Query(max_length=255, description="A part of the key, the summary or the reason")] = "",
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    until: Annotated[Instant | None, Query()] = None,
) -> list[StoredEvent]:
    """What the source sent, newest first, with what became of it and why; also what could not be read."""
    wanted = Search(
        effects=tuple(effect or ()), event_types=tuple(event_type or ()), text=q, from_=from_, until=until
    )
    with call.read() as tx:
        return events.listing(tx, find(tx, call, reference).id, page.start, page.count, wanted)


@source_events.get("/{id}/events/{event_id}", "VIEW_KEYS")
def get_alert_source_event(call: Call, reference: Reference, event_id: EventId) -> StoredEvent:
    """One event of the source."""
    with call.read() as tx:
        return events.get(tx, find(tx, call, reference).id, event_id)


@source_events.post("/{id}/events/{event_id}/replay", "VIEW_KEYS", status_code=200)
def replay_alert_source_event(call: Call, reference: Reference, event_id: EventId) -> Replay:
    """What the event would do now, with the settings as they are. Nothing is done."""
    with call.read() as tx:
        source = find(tx, call, reference)
        return _replayed(tx, call, source, events.get(tx, source.id, event_id))


@source_events.post("/{id}/preview", "CONFIGURE", status_code=200)
def preview_alert_source(
    call: Call, reference: Reference, body: Annotated[PreviewDraft, Body()]
) -> list[Replay]:
    """What other settings would make of the source's last events, or of a given payload. Nothing is done."""
    wanted = source_rules_wire.rules(body)
    with call.read() as tx:
        source = find(tx, call, reference)
        if wanted is not None:
            source = replace(source, rules=checked(wanted))
        if body.payload is not None:
            payload = Payload(key=source.integration_key, body=body.payload.encode("utf-8", "replace"))
            found = rehearse(tx, source, payload, call.deployment.intake.parse)
            return [Replay(results=_results(tx, found))]
        return [_replayed(tx, call, source, event) for event in events.listing(tx, source.id, 0, body.count)]


def _replayed(tx: Transaction, call: Calling, source: AlertSource, event: StoredEvent) -> Replay:
    found = replay(tx, source, event, call.deployment.intake.parse)
    return Replay(event_id=event.id, at=event.at, results=_results(tx, found))


def _results(tx: Transaction, found: list[Rehearsed]) -> tuple[RehearsedWire, ...]:
    policies = documents.many(tx, POLICIES, {each.policy_id for each in found})
    return tuple(_shown(each, policies[each.policy_id].name) for each in found)


def _shown(each: Rehearsed, policy: str) -> RehearsedWire:
    event, verdict = each.event, each.verdict
    return RehearsedWire(
        effect=verdict.effect,
        code=verdict.code or None,
        reason=verdict.reason or None,
        incident_id=verdict.incident_id,
        event_type=event.event_type,
        summary=event.summary or None,
        details=event.details or None,
        incident_key=event.key or None,
        priority=each.priority,
        severity=event.severity,
        escalation_policy=Ref(id=each.policy_id, name=policy),
        routing_key=event.routing_key or None,
        links=event.links,
        services=event.services,
        labels=dict(event.labels) or None,
        custom_details=dict(event.custom_details) if event.custom_details is not None else None,
    )

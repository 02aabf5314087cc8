"""The event API: what a tool or script sends that speaks our own JSON, in both its dialects.

`/api/v1` says apiKey and incidentKey, `/api` says integrationKey and alertKey; either is taken
everywhere. A field that is null is absent, and one that we do not know is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from tocsin.core.events import Event, EventType
from tocsin.core.incidents import Comment, Image, Link, Priority, ServiceRef, Severity
from tocsin.core.source_settings import MAX_SERVICES
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, decode_json, dumps, value
from tocsin.plugins import Inbound, Integration


@value
class _Wire:
    """The JSON of an event."""

    event_type: EventType
    summary: str | None = None
    details: str | None = None
    alert_key: str | int | None = None
    incident_key: str | int | None = None
    priority: Priority | None = None
    images: tuple[Image, ...] | None = None
    links: tuple[Link, ...] | None = None
    labels: dict[str, Any] | None = None
    custom_details: dict[str, Any] | None = None
    comments: tuple[Comment, ...] | None = None
    routing_key: str | None = None
    severity: Severity | None = None
    services: Annotated[tuple[ServiceRef, ...], MaxLen(MAX_SERVICES)] | None = None


@value
class _Keys:
    """Where the key of the alert source may stand."""

    integration_key: Any = None
    api_key: Any = None


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The one event in the body.

    Raises BadInput with the paths of wrong fields, an absent summary of an ALERT and an
    absent key of any other event among them.
    """
    wire = decode_json(_Wire, inbound.body)
    key = wire.incident_key if wire.alert_key is None else wire.alert_key
    event = Event(
        event_type=wire.event_type,
        summary=wire.summary or "",
        details=wire.details or "",
        key="" if key is None else str(key),
        priority=wire.priority,
        images=wire.images or (),
        links=wire.links or (),
        labels=_texts(wire.labels) if wire.labels else {},
        custom_details=wire.custom_details,
        comments=wire.comments or (),
        routing_key=wire.routing_key or "",
        severity=wire.severity,
        services=wire.services or (),
    )
    _require(event, inbound.body)
    return (event,)


def key_in(body: bytes) -> str | None:
    """The key of the alert source that a body names, if any; None also for a body that is no JSON."""
    try:
        keys = decode_json(_Keys, body)
    except BadInput:
        return None
    for key in (keys.integration_key, keys.api_key):
        if isinstance(key, str) and key.strip():
            return key.strip()
    return None


def _require(event: Event, body: bytes) -> None:
    if event.event_type == "ALERT" and not event.summary.strip():
        raise BadInput.at("summary", "an ALERT needs a summary")
    if event.event_type != "ALERT" and not event.key.strip():
        # The dialect shows only in what else was sent.
        name = "incidentKey" if b'"incidentKey"' in body or b'"apiKey"' in body else "alertKey"
        raise BadInput.at(name, f"{event.event_type} needs the key of the event that opened it")


def _texts(labels: Mapping[str, Any]) -> dict[str, str]:
    """Labels are texts; numbers and the like are written as JSON writes them."""
    return {
        name: label if isinstance(label, str) else dumps(label)
        for name, label in labels.items()
        if label is not None
    }


integration = Integration(
    type="API",
    name="API",
    parse=parse,
    opens="eventType ALERT",
    accepts="eventType ACCEPT",
    resolves="eventType RESOLVE",
    aliases=("push",),
    strict=True,
)

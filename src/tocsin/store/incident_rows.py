"""Incidents: rows <-> values."""

from __future__ import annotations

from typing import Any

from tocsin.core.incidents import Escalation, Image, Incident, Link, ServiceRef, Severity, fold
from tocsin.kit.value import decode, encode, field, value
from tocsin.store.database import Row


@value
class _Extras:
    severity: Severity | None = None
    services: tuple[ServiceRef, ...] = ()
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    custom_details: dict[str, Any] | None = None


_PLAIN = (
    "id",
    "source_id",
    "summary",
    "details",
    "key",
    "priority",
    "status",
    "reported_at",
    "accepted_at",
    "accepted_by",
    "accepted_by_type",
    "resolved_at",
    "resolved_by",
    "resolved_by_type",
    "assigned_to",
    "auto_resolve_at",
    "raise_at",
    "version",
)
_PLACE = ("policy_id", "policy_version", "phase", "cycle", "level", "generation", "due_at")
_FIXED = ("id", "source_id", "key", "reported_at")
"""What never changes, besides the extras."""


def row_of(incident: Incident) -> dict[str, Any]:
    """The row of a new incident."""
    return {**_columns(incident), "key_fold": fold(incident.key), "extras": _extras(incident)}


def changing(incident: Incident) -> dict[str, Any]:
    """The columns of its row that may change."""
    return {name: said for name, said in _columns(incident).items() if name not in _FIXED}


def incident_of(row: Row) -> Incident:
    """An incident out of its row."""
    extras = decode(_Extras, row.extras) if row.extras else _Extras()
    return Incident(
        **{name: getattr(row, name) for name in _PLAIN},
        escalation=Escalation(**{name: getattr(row, name) for name in _PLACE}),
        severity=extras.severity,
        services=extras.services,
        images=extras.images,
        links=extras.links,
        labels=extras.labels,
        custom_details=extras.custom_details,
    )


def _columns(incident: Incident) -> dict[str, Any]:
    row = {name: getattr(incident, name) for name in _PLAIN}
    row.update((name, getattr(incident.escalation, name)) for name in _PLACE)
    return row


def _extras(incident: Incident) -> Any:
    several = (incident.images, incident.links, incident.labels, incident.custom_details, incident.services)
    if not any(several) and incident.severity is None:
        return None
    extras = _Extras(
        severity=incident.severity,
        services=incident.services,
        images=incident.images,
        links=incident.links,
        labels=dict(incident.labels),
        custom_details=dict(incident.custom_details) if incident.custom_details is not None else None,
    )
    return encode(_Extras, extras)

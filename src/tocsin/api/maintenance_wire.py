"""Maintenance windows on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from tocsin.core.maintenance import (
    MAX_MEMBERS,
    MaintenanceWindow,
    Notices,
    Recurrence,
    in_force,
    next_start,
    state,
)
from tocsin.core.policies import Ref
from tocsin.core.recurrence import localised, zone
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, replace, value
from tocsin.store import documents
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES

_FIRST_YEAR, _LAST_YEAR = 1971, 2199


@value
class MaintenanceWindowWire:
    """A time in which alert sources open no incidents."""

    id: int | None = None
    summary: Annotated[str, MinLen(1), MaxLen(255)]
    description: Annotated[str, MaxLen(20_000)] | None = None
    timezone: Annotated[str, MaxLen(64)] = "UTC"
    start: datetime
    """Sent without an offset it is local time of the zone."""
    end: datetime
    """Of the first time, if it recurs."""
    alert_sources: Annotated[tuple[Ref, ...], MaxLen(MAX_MEMBERS)] = ()
    services: Annotated[tuple[Ref, ...], MaxLen(MAX_MEMBERS)] = ()
    notifications: Notices | None = None
    recurrence: Recurrence | None = None
    """Ours: how it comes again."""
    created_by: str | None = None
    state: Literal["OPEN", "CLOSED"] | None = None
    """OPEN while it lasts or is still to come."""
    active_until: datetime | None = None
    """When it ends, while it lasts."""
    next_start: datetime | None = None
    """When it next begins."""


def shown(tx: Transaction, found: Iterable[MaintenanceWindow]) -> list[MaintenanceWindowWire]:
    """Windows as the API shows them."""
    found = list(found)
    sources = documents.many(tx, SOURCES, {i for w in found for i in w.source_ids}, deleted=False)
    return [
        MaintenanceWindowWire(
            id=window.id,
            summary=window.summary,
            description=window.description or None,
            timezone=window.timezone,
            start=window.start,
            end=window.end,
            alert_sources=tuple(Ref(id=i, name=sources[i].name) for i in window.source_ids if i in sources),
            services=tuple(Ref(id=i) for i in window.service_ids),
            notifications=window.notifications,
            recurrence=window.recurrence,
            created_by=window.created_by or None,
            state=state(window, tx.now),
            active_until=in_force(window, tx.now),
            next_start=next_start(window, tx.now),
        )
        for window in found
    ]


def read(wire: MaintenanceWindowWire, before: MaintenanceWindow | None, by: str) -> MaintenanceWindow:
    """What `wire` makes of a window (of none: a new one). Raises BadInput."""
    in_zone = zone(wire.timezone)
    recurrence = wire.recurrence
    moments = {"start": wire.start, "end": wire.end}
    if recurrence is not None and recurrence.until is not None:
        moments["recurrence.until"] = recurrence.until
    for field, moment in moments.items():
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise BadInput.at(field, f"use an instant between {_FIRST_YEAR} and {_LAST_YEAR}")
    instants = {field: localised(moment, in_zone) for field, moment in moments.items()}
    if recurrence is not None:
        recurrence = replace(recurrence, until=instants.get("recurrence.until"))
    return MaintenanceWindow(
        id=before.id if before else 0,
        summary=wire.summary,
        description=wire.description or "",
        timezone=wire.timezone,
        start=instants["start"],
        end=instants["end"],
        source_ids=tuple(dict.fromkeys(ref.id for ref in wire.alert_sources)),
        service_ids=tuple(dict.fromkeys(ref.id for ref in wire.services)),
        notifications=wire.notifications,
        recurrence=recurrence,
        created_by=before.created_by if before else by,
    )

"""Support hours on the wire: as a resource of their own, and on a source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from tocsin.core.events import AlertSource
from tocsin.core.schedules import Day
from tocsin.core.support_hours import (
    MAX_EXCEPTIONS,
    SupportDay,
    SupportException,
    SupportHours,
    checked,
)
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, MaxLen, MinLen, value

Days = Mapping[Day, SupportDay | None]
Exceptions = Annotated[tuple[SupportException, ...], MaxLen(MAX_EXCEPTIONS)]


@value
class SupportHoursWire:
    """When a team is there. A day that is left out has no support."""

    id: int | None = None
    name: Annotated[str, MinLen(1), MaxLen(255)]
    timezone: Annotated[str, MaxLen(64)]
    support_days: Days
    exceptions: Exceptions | None = None
    """Left out of lists."""


@value
class SourceHoursWire:
    """The support hours of a source: an id, or hours of its own."""

    id: Annotated[int, Ge(1)] | None = None
    name: Annotated[str, MaxLen(255)] | None = None
    timezone: Annotated[str, MaxLen(64)] | None = None
    auto_raise_incidents: bool | None = None
    support_days: Days | None = None
    exceptions: Exceptions | None = None


def shown(hours: SupportHours, *, listed: bool = False) -> SupportHoursWire:
    """Support hours as the API shows them."""
    return SupportHoursWire(
        id=hours.id,
        name=hours.name,
        timezone=hours.timezone,
        support_days={name: day for name, day in hours.support_days.items() if day},
        exceptions=None if listed else hours.exceptions,
    )


def stored(wire: SupportHoursWire, number: int = 0) -> SupportHours:
    """Support hours as they are kept."""
    return SupportHours(
        id=number,
        name=wire.name,
        timezone=wire.timezone,
        support_days=wire.support_days,
        exceptions=wire.exceptions or (),
    )


def of_source(source: AlertSource, spelt_out: SupportHours | None) -> SourceHoursWire | None:
    """What a source says: its id, as it was written; its own hours; `spelt_out` for those who know no ids."""
    hours = spelt_out or source.own_hours
    if source.support_hours_id is not None and hours is None:
        return SourceHoursWire(id=source.support_hours_id)
    if hours is None:
        return None
    return SourceHoursWire(
        id=source.support_hours_id,
        timezone=hours.timezone,
        auto_raise_incidents=source.auto_raise,
        support_days={name: day for name, day in hours.support_days.items() if day},
        exceptions=hours.exceptions or None,
    )


def read(wire: SourceHoursWire | None) -> tuple[int | None, SupportHours | None]:
    """The id, or the hours of its own, that a source is given. Raises BadInput."""
    if wire is None:
        return None, None
    if wire.id is not None:
        return wire.id, None
    if wire.timezone is None:
        raise BadInput.at("supportHours.timezone", "name the time zone, for example Europe/Berlin")
    own = SupportHours(
        name=wire.name or "-",
        timezone=wire.timezone,
        support_days=wire.support_days or {},
        exceptions=wire.exceptions or (),
    )
    return None, checked(own, "supportHours")

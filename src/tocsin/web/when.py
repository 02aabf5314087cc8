"""Local times as forms send them, and as they show them."""

from __future__ import annotations

from datetime import date, datetime, time

from tocsin.core.recurrence import localised, zone
from tocsin.kit.errors import BadInput


def instant_in(text: str, zone_name: str) -> datetime | None:
    """The instant of a `datetime-local` field, None for what is none."""
    try:
        return localised(datetime.fromisoformat(text.strip()), zone(zone_name))
    except (ValueError, OverflowError, BadInput):
        return None


def midnight(day: date, zone_name: str) -> datetime:
    """The instant at which a day begins in a zone."""
    return localised(datetime.combine(day, time()), zone(zone_name))


def field_of(at: datetime, zone_name: str) -> str:
    """An instant as a `datetime-local` field shows it."""
    return f"{at.astimezone(zone(zone_name).info):%Y-%m-%dT%H:%M}"

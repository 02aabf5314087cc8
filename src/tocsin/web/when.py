"""Local times as forms send them, and as they show them."""

from __future__ import annotations

from datetime import UTC, datetime

from tocsin.web.clockwork import zone


def instant_in(text: str, zone_name: str) -> datetime | None:
    """The instant of a `datetime-local` field, None for what is none.

    A doubled local time is its first occurrence; a missing one is as long after the gap's start as
    it was after it.
    """
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone(zone_name))
    try:
        return local.astimezone(UTC)
    except OverflowError:
        return None


def field_of(at: datetime, zone_name: str) -> str:
    """An instant as a `datetime-local` field shows it."""
    return f"{at.astimezone(zone(zone_name)):%Y-%m-%dT%H:%M}"

"""Maintenance: while it lasts, the sources it names open no incidents.

A window is one stretch of time, or recurs: every so often from its first time on (`every`), or on days of the
week. What it does to an event is decided in `core.events`: only the opening of an incident is suppressed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from tocsin.core.recurrence import DAY, MONDAY, WEEK, Turns, Windows, Zone, period, windows, zone
from tocsin.core.schedules import Day
from tocsin.core.support_hours import DAYS
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.languages import msgid

MAX_MEMBERS = 50


@value
class Recurrence:
    """How a window comes again. Ours: the product knows one-off windows only."""

    every: Annotated[str, MaxLen(32)] | None = None
    """An ISO 8601 period from one beginning to the next, on the wall: `P1D`, `P1W`, `P1M`."""
    days: Annotated[tuple[Day, ...], MaxLen(7)] = ()
    """Days of the week on which it begins, at the local time of its first beginning."""
    until: datetime | None = None
    """No window begins from then on."""


@value
class Notices:
    """Whom to tell of a window, and when: kept for those who show it to subscribers."""

    at_creation: bool = False
    at_start: bool = False
    at_end: bool = False


@value
class MaintenanceWindow:
    """A time of maintenance, and of what."""

    id: int = 0
    summary: Annotated[str, MinLen(1), MaxLen(255)]
    description: Annotated[str, MaxLen(20_000)] = ""
    timezone: Annotated[str, MaxLen(64)] = "UTC"
    start: datetime
    end: datetime
    """Of the first time, if it recurs."""
    source_ids: Annotated[tuple[int, ...], MaxLen(MAX_MEMBERS)] = ()
    service_ids: Annotated[tuple[int, ...], MaxLen(MAX_MEMBERS)] = ()
    notifications: Notices | None = None
    recurrence: Recurrence | None = None
    created_by: str = ""
    version: int = 0


def checked(window: MaintenanceWindow) -> MaintenanceWindow:
    """The window, if it can be kept. Raises BadInput naming what is wrong."""
    wrong: list[Problem] = []
    try:
        zone(window.timezone)
    except BadInput as refused:
        raise BadInput.at("timezone", refused.problems[0].message) from None
    if not (window.source_ids or window.service_ids):
        wrong.append(Problem("alertSources", "name at least one"))
    if window.end <= window.start:
        wrong.append(Problem("end", msgid("the window ends before it begins")))
    if window.recurrence:
        wrong.extend(_wrong_recurrence(window, window.recurrence))
    if wrong:
        raise BadInput(*wrong)
    return window


def _wrong_recurrence(window: MaintenanceWindow, recurrence: Recurrence) -> list[Problem]:
    if (recurrence.every is None) == (not recurrence.days):
        return [Problem("recurrence", "say either every (P1W) or days ([SATURDAY])")]
    try:
        gap = _shortest_gap(window, recurrence)
    except BadInput as refused:
        return [Problem("recurrence.every", refused.problems[0].message)]
    if to_micros(window.end) - to_micros(window.start) > gap:
        return [Problem("end", msgid("the window is longer than the time to its next beginning"))]
    return []


def _shortest_gap(window: MaintenanceWindow, recurrence: Recurrence) -> int:
    """How long it is, at the least, from one beginning to the next."""
    if recurrence.every is not None:
        turns = _turns(window, recurrence.every)
        return turns.start(1) - turns.start(0)
    places = sorted({DAYS.index(day) for day in recurrence.days})
    return DAY * min(later - place for place, later in zip(places, [*places[1:], places[0] + 7], strict=True))


def in_force(window: MaintenanceWindow, at: datetime) -> datetime | None:
    """When the maintenance of an instant ends; None if there is none at that instant."""
    begins = _begun(window, to_micros(at))
    if begins is None:
        return None
    ends = begins + to_micros(window.end) - to_micros(window.start)
    return from_micros(ends) if to_micros(at) < ends else None


def closes_at(window: MaintenanceWindow) -> datetime | None:
    """When it is over for good; None if it never is."""
    if window.recurrence is None:
        return window.end
    if window.recurrence.until is None:
        return None
    last = _begun(window, to_micros(window.recurrence.until) - 1)
    length = window.end - window.start
    return max(window.end, from_micros(last) + length) if last is not None else window.end


def next_start(window: MaintenanceWindow, after: datetime) -> datetime | None:
    """When it next begins after an instant, or None."""
    if after < window.start:
        return window.start
    if window.recurrence is None:
        return None
    begins = _next(window, window.recurrence, to_micros(after))
    until = window.recurrence.until
    return from_micros(begins) if until is None or begins < to_micros(until) else None


def state(window: MaintenanceWindow, now: datetime) -> Literal["OPEN", "CLOSED"]:
    """OPEN while it lasts or is still to come."""
    closes = closes_at(window)
    return "OPEN" if closes is None or now < closes else "CLOSED"


def _begun(window: MaintenanceWindow, at: int) -> int | None:
    """The last beginning at or before an instant; None before the first."""
    first = to_micros(window.start)
    if at < first:
        return None
    recurrence = window.recurrence
    if recurrence is None:
        return first
    if recurrence.until is not None:
        at = max(min(at, to_micros(recurrence.until) - 1), first)
    if recurrence.every is not None:
        turns = _turns(window, recurrence.every)
        return max(turns.start(turns.number(at)), first)
    begun = [start for start, _ in _days(window, recurrence).within(at - WEEK - DAY, at + 1) if start <= at]
    return max((start for start in begun if start >= first), default=first)


def _next(window: MaintenanceWindow, recurrence: Recurrence, after: int) -> int:
    if recurrence.every is not None:
        turns = _turns(window, recurrence.every)
        number = turns.number(after) + 1
        while turns.start(number) <= after:
            number += 1
        return turns.start(number)
    return next(s for s, _ in _days(window, recurrence).within(after, after + 3 * WEEK) if s > after)


def _turns(window: MaintenanceWindow, every: str) -> Turns:
    return Turns(zone(window.timezone), to_micros(window.start), period(every))


def _days(window: MaintenanceWindow, recurrence: Recurrence) -> Windows:
    """Moments of the week at which it begins: windows of a microsecond, which never touch."""
    in_zone: Zone = zone(window.timezone)
    opens = (in_zone.wall(to_micros(window.start)) - MONDAY) % DAY
    begins = [DAYS.index(day) * DAY + opens for day in dict.fromkeys(recurrence.days)]
    found = windows(in_zone, WEEK, [(begin, begin + 1) for begin in begins])
    assert found is not None, "moments leave something out"
    return found

"""Shifts out of a calendar that people keep elsewhere.

Whom an event is for: its attendee, else an e-mail address in its title, else the title as a user name;
without case. Where events overlap, the one that began later holds, as a replacement entered over a long
shift should; so at most one person is on call. Names that nobody here has are listed, never dropped
silently. A calendar that names no zone is read as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, vText

from tocsin.core.incidents import fold
from tocsin.core.policies import UserRef
from tocsin.core.recurrence import Zone, localised, zone
from tocsin.core.schedules import Shift
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value

MOST_BYTES = 1_048_576
MOST_SHIFTS = 2_000
MOST_NAMES = 100
BEHIND = timedelta(days=31)
AHEAD = timedelta(days=366)
"""How far a calendar is read, before and after now."""
_ADDRESS = re.compile(r"[^@\s,;:<>\"()\[\]]+@[^@\s,;:<>\"()\[\]]+")
_TOO_OFTEN = {"SECONDLY", "MINUTELY", "HOURLY"}


@value
class Reading:
    """What a calendar says."""

    shifts: tuple[Shift, ...]
    """In order, none overlapping another."""
    unknown: tuple[str, ...] = ()
    """Names that no user has, as they are written."""


def read(raw: bytes, since: datetime, until: datetime, users: Mapping[str, int]) -> Reading:
    """The shifts that share time with the window, whole; `users` are ids by folded e-mail address and user name.

    Raises BadInput for what is no calendar, or one that is too large to be meant.
    """
    if len(raw) > MOST_BYTES:
        raise BadInput.at("calendar", f"a calendar may have {MOST_BYTES} bytes")
    try:
        calendar = Calendar.from_ical(raw)
        _refuse_floods(calendar)
        _tell_apart(calendar)
        found = list(_meant(calendar, since, until))
    except BadInput:
        raise
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as wrong:
        raise BadInput.at("calendar", f"is no iCalendar file that can be read: {wrong}") from None
    unknown: dict[str, None] = {}
    spans = []
    for start, end, names in found:
        user_id = next((users[fold(name)] for name in names if fold(name) in users), None)
        if user_id is None:
            unknown.setdefault(names[0] if names else "(no title)")
        else:
            spans.append((start, end, user_id))
    return Reading(shifts=tuple(_untangled(spans)), unknown=tuple(unknown)[:MOST_NAMES])


_Span = tuple[datetime, datetime, int]


def _refuse_floods(calendar: Any) -> None:
    """A rule of one shift a second has no end that we would live to see."""
    for event in calendar.walk("VEVENT"):
        rules = event.get("RRULE", ())
        for rule in rules if isinstance(rules, list) else [rules]:
            often = {str(f).upper() for f in (rule.get("FREQ", ()) if rule else ())}
            if often & _TOO_OFTEN:
                raise BadInput.at("calendar", "an event repeats more often than daily")


def _tell_apart(calendar: Any) -> None:
    """Some programs give several events one id: the library would drop all but the first without a word."""
    seen: set[tuple[str, int]] = set()
    for number, event in enumerate(calendar.walk("VEVENT")):
        if "UID" not in event or "RECURRENCE-ID" in event:
            continue
        # Of versions of one event the library takes the last.
        key = str(event["UID"]), int(event.get("SEQUENCE", 0))
        if key in seen:
            event["UID"] = vText(f"{key[0]} {number}")
        seen.add(key)


def _meant(
    calendar: Any, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, tuple[str, ...]]]:
    """What takes place between the instants: from, until, and the names it may be for."""
    in_zone = _zone(calendar)
    count = 0
    # A day more on both sides: an event without a zone is compared as if it were UTC.
    for event in recurring_ical_events.of(calendar).after(since - timedelta(days=1)):
        begins, ends = event["DTSTART"].dt, _end(event)
        start, end = _instant(begins, in_zone), _instant(ends, in_zone)
        if start >= until + timedelta(days=1):
            return
        if str(event.get("STATUS", "")).upper() == "CANCELLED" or not start < end:
            continue
        # Whole, not cut to the window: read again later, they are the same shifts.
        if start < until and end > since:
            yield start, end, _names(event)
        count += 1
        if count > MOST_SHIFTS:
            raise BadInput.at("calendar", f"has more than {MOST_SHIFTS} shifts")


def _end(event: Any) -> date:
    if "DTEND" in event:
        ends: date = event["DTEND"].dt
        return ends
    begins: date = event["DTSTART"].dt
    return begins if isinstance(begins, datetime) else begins + timedelta(days=1)


def _zone(calendar: Any) -> Zone:
    try:
        return zone(str(calendar.get("X-WR-TIMEZONE", "UTC")).strip())
    except BadInput:
        # The library would refuse the whole calendar for it.
        del calendar["X-WR-TIMEZONE"]
        return zone("UTC")


def _instant(moment: date, in_zone: Zone) -> datetime:
    """A date is its midnight; local times follow the rules of `core.recurrence`."""
    if not isinstance(moment, datetime):
        return localised(datetime.combine(moment, time()), in_zone)
    if isinstance(moment.tzinfo, ZoneInfo):
        return localised(moment.replace(tzinfo=None), zone(moment.tzinfo.key))
    return localised(moment, in_zone)


def _names(event: Any) -> tuple[str, ...]:
    attendees = event.get("ATTENDEE", ())
    written = [str(a) for a in (attendees if isinstance(attendees, list) else [attendees])]
    title = str(event.get("SUMMARY", "")).strip()
    found = [found for text in (*written, title) for found in _ADDRESS.findall(text)]
    return tuple(dict.fromkeys((*found, title)))[:20] if title or found else ()


def _untangled(spans: list[_Span]) -> Iterator[Shift]:
    """One person at any instant: of events that overlap the one that began later."""
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    waiting = sorted(spans, reverse=True)
    running: list[_Span] = []
    last: Shift | None = None
    for start, end in pairwise(edges):
        while waiting and waiting[-1][0] <= start:
            running.append(waiting.pop())
        running = [span for span in running if span[1] > start]
        if not running:
            continue
        user_id = max(running)[2]
        if last is not None and last.end == start and last.user.id == user_id:
            last = Shift(user=last.user, start=last.start, end=end)
            continue
        if last is not None:
            yield last
        last = Shift(user=UserRef(id=user_id), start=start, end=end)
    if last is not None:
        yield last

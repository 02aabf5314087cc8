"""Support hours: when a team is there, week by week, with exceptions for holidays.

Exceptions are whole local days, both ends included; where they overlap the later one in the list counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from heapq import merge
from typing import Annotated, Literal

from tocsin.core.recurrence import DAY, WEEK, Windows, time_of_day, windows, zone
from tocsin.core.schedules import Day
from tocsin.kit.clock import EPOCH, from_micros, to_micros
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import MaxLen, MinLen, field, value
from tocsin.languages import msgid

DAYS: tuple[Day, ...] = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
MAX_EXCEPTIONS = 500
LOOK_AHEAD = 400 * DAY
"""How far the next beginning or end is looked for; beyond, there is none."""
_FIRST, _LAST = date(1971, 1, 2), date(2199, 12, 30)


@value
class SupportDay:
    """Hours of one day of the week. An end at or before the start lies on the next day."""

    start: Annotated[str, MaxLen(8)]
    """`08:00`"""
    end: Annotated[str, MaxLen(8)]
    """`17:00`, at the latest `24:00`"""


@value
class SupportException:
    """Days that are not like their weekday."""

    name: Annotated[str, MaxLen(255)]
    start: date
    """The first day."""
    end: date
    """The last day."""
    support_status: Literal["DURING", "OUTSIDE"]
    """DURING: support all day; OUTSIDE: none."""


@value
class SupportHours:
    """When a team is there. A day that is left out has no support."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    timezone: Annotated[str, MaxLen(64)]
    support_days: Mapping[Day, SupportDay | None] = field(default_factory=dict)
    exceptions: Annotated[tuple[SupportException, ...], MaxLen(MAX_EXCEPTIONS)] = ()
    version: int = 0


def checked(hours: SupportHours, path: str = "") -> SupportHours:
    """The hours, if they can be kept. Raises BadInput for an unknown zone, wrong times, days in the wrong order."""
    under = f"{path}." if path else ""
    wrong = [*_wrong_zone(hours, under), *_wrong_days(hours, under)]
    for place, exception in enumerate(hours.exceptions):
        if exception.end < exception.start:
            wrong.append(
                Problem(f"{under}exceptions.{place}.end", msgid("the last day lies before the first"))
            )
        elif exception.start < _FIRST or exception.end > _LAST:
            wrong.append(Problem(f"{under}exceptions.{place}.start", msgid("use days from 1971 to 2199")))
    if wrong:
        raise BadInput(*wrong)
    return hours


def covers(hours: SupportHours, at: datetime) -> bool:
    """Whether an instant lies within support hours."""
    return _ready(hours).covers(to_micros(at))


def next_change(hours: SupportHours, after: datetime) -> datetime | None:
    """When support next begins or ends after an instant; None if it does not within the coming year."""
    ready, instant = _ready(hours), to_micros(after)
    now = ready.covers(instant)
    for boundary in ready.boundaries(instant):
        if ready.covers(boundary) is not now:
            return from_micros(boundary)
    return None


class _Ready:
    """Support hours, ready to be asked."""

    def __init__(self, hours: SupportHours) -> None:
        in_zone = zone(hours.timezone)
        parts = [
            _part(place, day) for place, name in enumerate(DAYS) if (day := hours.support_days.get(name))
        ]
        self.always = False
        self.weekly: Windows | None = None
        if parts:
            self.weekly = windows(in_zone, WEEK, parts)
            self.always = self.weekly is None
        self.exceptions = [
            (
                in_zone.instant(_midnight(e.start)),
                in_zone.instant(_midnight(e.end) + DAY),
                e.support_status == "DURING",
            )
            for e in reversed(hours.exceptions)
        ]

    def covers(self, instant: int) -> bool:
        """Whether an instant, in microseconds, lies within."""
        for start, end, during in self.exceptions:
            if start <= instant < end:
                return during
        if self.weekly is None:
            return self.always
        return any(True for _ in self.weekly.within(instant, instant + 1))

    def boundaries(self, after: int) -> Iterator[int]:
        """The instants at which something begins or ends, in order."""
        ends = sorted(instant for start, end, _ in self.exceptions for instant in (start, end))
        soon = (instant for instant in ends if after < instant <= after + LOOK_AHEAD)
        return merge(soon, self._weekly_boundaries(after))

    def _weekly_boundaries(self, after: int) -> Iterator[int]:
        if self.weekly is not None:
            for window in self.weekly.within(after, after + LOOK_AHEAD):
                yield from (instant for instant in window if instant > after)


@lru_cache(maxsize=512)
def _remembered(
    timezone: str, days: tuple[tuple[Day, SupportDay | None], ...], exceptions: tuple[SupportException, ...]
) -> _Ready:
    return _Ready(SupportHours(name="-", timezone=timezone, support_days=dict(days), exceptions=exceptions))


def _ready(hours: SupportHours) -> _Ready:
    return _remembered(hours.timezone, tuple(hours.support_days.items()), hours.exceptions)


def _part(place: int, day: SupportDay) -> tuple[int, int]:
    start, end = time_of_day(day.start), time_of_day(day.end)
    return place * DAY + start, place * DAY + (end if end > start else end + DAY)


def _midnight(day: date) -> int:
    return (day.toordinal() - EPOCH.toordinal()) * DAY


def _wrong_zone(hours: SupportHours, under: str) -> Iterator[Problem]:
    try:
        zone(hours.timezone)
    except BadInput as refused:
        yield Problem(f"{under}timezone", refused.problems[0].message)


def _wrong_days(hours: SupportHours, under: str) -> Iterator[Problem]:
    for name, day in hours.support_days.items():
        for end in ("start", "end") if day else ():
            try:
                time_of_day(getattr(day, end))
            except BadInput as refused:
                yield Problem(f"{under}supportDays.{name}.{end}", refused.problems[0].message)

"""The only wall-clock arithmetic there is.

Rules: a local time that a clock change skips is the first instant after the gap; one that happens twice
is its first occurrence. Both follow from one sentence: a local time has come when the clock on the wall
first shows it, or more. Month ends clamp and keep their anchor: 31 Jan, 28 Feb, 31 Mar.

Instants and wall readings are microseconds since 1970 here (a reading: as if the wall were UTC):
whole numbers are exact, and several times as fast as `datetime`. Every question is answered from its
place in the calendar, never by counting from an anchor.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.kit.clock import EPOCH, from_micros, to_micros
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value

HOUR = 3_600_000_000
DAY = 24 * HOUR
WEEK = 7 * DAY
MONDAY = 4 * DAY
"""The wall reading of a Monday's midnight: 5 January 1970."""
_EPOCH_DAY = EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_KEPT_DAYS = 20_000
_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(\d+)H)?", re.ASCII)
_TIME = re.compile(r"(\d\d):(\d\d)(?::00)?", re.ASCII)
_MOST_HOURS = 24 * 366 * 5


class Zone:
    """A time zone: what a clock on the wall shows at an instant, and when it first shows a reading."""

    __slots__ = ("_days", "_utc_days", "info", "name")

    def __init__(self, info: ZoneInfo) -> None:
        self.info = info
        self.name = info.key
        self._days: dict[int, int | None] = {}
        self._utc_days: dict[int, int | None] = {}

    def wall(self, instant: int) -> int:
        """The reading at an instant."""
        day = instant // DAY
        try:
            offset = self._utc_days[day]
        except KeyError:
            first, last = self._offset(day * DAY), self._offset((day + 1) * DAY)
            offset = first if first == last else None
            _keep(self._utc_days, day, offset)
        return instant + (self._offset(instant) if offset is None else offset)

    def instant(self, wall: int) -> int:
        """The first instant at which the wall shows `wall` or more."""
        day = wall // DAY
        try:
            offset = self._days[day]
        except KeyError:
            offset = self._look_at(day)
        return wall - offset if offset is not None else self._on_a_day_of_change(wall)

    def changes(self, start: int, end: int) -> Iterator[int]:
        """The instants in [start, end) at which the clock is changed."""
        while start < end:
            step = min(start + 2 * DAY, end)
            if self._offset(start) != self._offset(step):
                yield self._change(start, step)
            start = step

    def _look_at(self, day: int) -> int | None:
        """The offset of a local day, or None when the clock is changed in it."""
        midnight, next_midnight = _reading(day * DAY), _reading((day + 1) * DAY)
        offsets = {
            self.info.utcoffset(reading.replace(fold=fold))
            for reading in (midnight, next_midnight)
            for fold in (0, 1)
        }
        offset = _micros(offsets.pop()) if len(offsets) == 1 else None
        _keep(self._days, day, offset)
        return offset

    def _on_a_day_of_change(self, wall: int) -> int:
        reading = _reading(wall)
        before = wall - _micros(self.info.utcoffset(reading))
        if self.wall(before) == wall:
            return before
        after = wall - _micros(self.info.utcoffset(reading.replace(fold=1)))
        return self._change(after, before)

    def _change(self, low: int, high: int) -> int:
        """The first instant after `low` whose offset is another; there is one until `high`."""
        offset = self._offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high

    def _offset(self, instant: int) -> int:
        return _micros(from_micros(instant).astimezone(self.info).utcoffset())


@lru_cache(maxsize=1_000)
def zone(name: str) -> Zone:
    """The zone with that IANA name. Raises BadInput for a name that is none."""
    try:
        return Zone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput.at(
            "timezone", f"unknown time zone {name!r}: use an IANA name, Europe/Berlin"
        ) from None


@value
class Period:
    """How long a turn is: months, or hours on the wall (a day is 24 of them, also when the clock is changed)."""

    months: int = 0
    hours: int = 0


@lru_cache(maxsize=1_000)
def period(text: str) -> Period:
    """Read `PT12H`, `P1D`, `P2W`, `P1M`. Raises BadInput."""
    matched = _PERIOD.fullmatch(text)
    years, months, weeks, days, hours = (int(n or 0) for n in matched.groups()) if matched else (0,) * 5
    found = Period(months=12 * years + months, hours=hours + 24 * (days + 7 * weeks))
    if (found.months > 0) == (found.hours > 0) or found.months > 60 or found.hours > _MOST_HOURS:
        wanted = "hours, days and weeks, or months, at most five years: PT12H, P1D, P2W, P1M"
        raise BadInput.at("rotation", f"{text!r} is no ISO 8601 period of {wanted}")
    return found


class Turns:
    """An endless row of turns, counted from an anchor on the wall: turn 0 begins there, turn -1 before."""

    __slots__ = ("_anchor", "_months", "_step", "zone")

    def __init__(self, in_zone: Zone, anchor: int, length: Period) -> None:
        self.zone = in_zone
        self._anchor = in_zone.wall(anchor)
        self._months = length.months
        self._step = length.hours * HOUR

    def start(self, number: int) -> int:
        """When that turn begins. One that lies in a gap of the wall begins and ends at the same instant."""
        if self._months:
            return self.zone.instant(_months_later(self._anchor, number * self._months))
        return self.zone.instant(self._anchor + number * self._step)

    def number(self, instant: int) -> int:
        """The turn that an instant lies in."""
        wall = self.zone.wall(instant)
        if self._months:
            number = _months_between(self._anchor, wall) // self._months
            if self.start(number) > instant:
                number -= 1
        else:
            number = (wall - self._anchor) // self._step
        # While the wall repeats itself, it has shown more already than it shows now.
        while self.start(number + 1) <= instant:
            number += 1
        return number


class CountedTurns(Turns):
    """Turns that count only some days of the week; the others belong to the turn before them.

    A day begins at the anchor's time of day.
    """

    __slots__ = ("_before", "_days", "_places")

    def __init__(self, in_zone: Zone, anchor: int, length: Period, parts: Iterable[tuple[int, int]]) -> None:
        super().__init__(in_zone, anchor, length)
        if self._months or self._step % DAY:
            raise BadInput.at("rotation", "turns that skip days are whole days long: P1D, P7D")
        self._days = self._step // DAY
        spread = [(opens, closes if closes > opens else closes + WEEK) for opens, closes in parts]
        self._places = [day for day in range(7) if self._open(day, spread)]
        self._before = [sum(place < day for place in self._places) for day in range(7)]

    def start(self, number: int) -> int:
        """When that turn begins: on a day that counts."""
        weeks, place = divmod(number * self._days, len(self._places))
        return self.zone.instant(self._anchor + (7 * weeks + self._places[place]) * DAY)

    def number(self, instant: int) -> int:
        """The turn that an instant lies in."""
        weeks, day = divmod((self.zone.wall(instant) - self._anchor) // DAY, 7)
        counted = weeks * len(self._places) + self._before[day] + (day in self._places)
        number = (counted - 1) // self._days
        while self.start(number + 1) <= instant:
            number += 1
        return number

    def _open(self, day: int, parts: list[tuple[int, int]]) -> bool:
        begins = (self._anchor - MONDAY + day * DAY) % WEEK
        return any(
            opens + shift < begins + DAY and closes + shift > begins
            for opens, closes in parts
            for shift in (-WEEK, 0, WEEK)
        )


class Windows:
    """Windows of the day or week, endlessly repeated; those that touch are one."""

    __slots__ = ("_cycle", "_parts", "_starts", "_zone")

    def __init__(self, in_zone: Zone, cycle: int, parts: tuple[tuple[int, int], ...]) -> None:
        self._zone = in_zone
        self._cycle = cycle
        self._parts = parts
        self._starts = [start for start, _ in parts]

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The windows that share an instant with [start, end), whole."""
        instant = self._zone.instant
        cycle, part = divmod(self._first(start), len(self._parts))
        base = MONDAY + cycle * self._cycle
        while True:
            for first, last in self._parts[part:]:
                opens = instant(base + first)
                if opens >= end:
                    return
                closes = instant(base + last)
                if opens < closes:
                    yield opens, closes
            part = 0
            base += self._cycle

    def _first(self, instant: int) -> int:
        """The number of the first window that closes after `instant`."""
        cycle, place = divmod(self._zone.wall(instant) - MONDAY, self._cycle)
        number = cycle * len(self._parts) + bisect_right(self._starts, place) - 1
        while self._closes(number) > instant:
            number -= 1
        while self._closes(number) <= instant:
            number += 1
        return number

    def _closes(self, number: int) -> int:
        cycle, part = divmod(number, len(self._parts))
        return self._zone.instant(MONDAY + cycle * self._cycle + self._parts[part][1])


def windows(in_zone: Zone, cycle: int, parts: Iterable[tuple[int, int]]) -> Windows | None:
    """Windows from their places in the cycle (DAY, or WEEK from Monday on); None when they leave nothing out.

    A window that closes no later than it opens runs into the next cycle.
    """
    spread = sorted((opens, closes if closes > opens else closes + cycle) for opens, closes in parts)
    joined: list[tuple[int, int]] = []
    for opens, closes in spread:
        if joined and opens <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(closes, joined[-1][1])
        else:
            joined.append((opens, closes))
    # The last ones may run into the next cycle's first ones.
    while len(joined) > 1 and joined[-1][1] >= joined[0][0] + cycle:
        _, closes = joined.pop(0)
        joined[-1] = joined[-1][0], max(closes + cycle, joined[-1][1])
    if joined[-1][1] - joined[-1][0] >= cycle:
        return None
    return Windows(in_zone, cycle, tuple(joined))


@lru_cache(maxsize=10_000)
def time_of_day(text: str) -> int:
    """Read `15:00` (up to `24:00`). Raises BadInput."""
    matched = _TIME.fullmatch(text)
    hours, minutes = (int(part) for part in matched.groups()) if matched else (99, 99)
    if hours * 60 + minutes > 24 * 60 or minutes > 59:
        raise BadInput.at("time", f"{text!r} is no time of day: write 15:00")
    return (hours * 60 + minutes) * 60_000_000


def localised(moment: datetime, in_zone: Zone) -> datetime:
    """The instant of a moment that may have come without an offset: then it is local time."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return from_micros(in_zone.instant(to_micros(moment.replace(tzinfo=UTC))))


def local(instant: datetime, in_zone: Zone) -> datetime:
    """The instant as the zone's clocks show it."""
    return instant.astimezone(in_zone.info)


def _keep(days: dict[int, int | None], day: int, offset: int | None) -> None:
    """A day without a change has one offset: None for the others."""
    if len(days) >= _KEPT_DAYS:
        days.clear()
    days[day] = offset


def _reading(wall: int) -> datetime:
    return from_micros(wall).replace(tzinfo=None)


def _micros(offset: timedelta | None) -> int:
    return (offset or timedelta()) // _MICROSECOND


def _months_between(anchor: int, wall: int) -> int:
    first, second = _date(anchor), _date(wall)
    return 12 * (second.year - first.year) + second.month - first.month


def _months_later(anchor: int, months: int) -> int:
    first = _date(anchor)
    years, month = divmod(first.month - 1 + months, 12)
    year = first.year + years
    day = min(first.day, monthrange(year, month + 1)[1])
    return (date(year, month + 1, day).toordinal() - _EPOCH_DAY) * DAY + anchor % DAY


def _date(wall: int) -> date:
    return date.fromordinal(_EPOCH_DAY + wall // DAY)

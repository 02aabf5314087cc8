"""A schedule made ready for questions: lines (a layer, or the shifts by hand) that yield pieces.

A piece is a stretch of time, in microseconds, with who has it and why. `core.on_call` asks the lines.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from tocsin.core.policies import UserRef
from tocsin.core.recurrence import DAY, WEEK, CountedTurns, Turns, period, time_of_day, windows, zone
from tocsin.core.schedules import Day, Layer, Restriction, Schedule, Shift, TimeOfWeek
from tocsin.kit.clock import to_micros
from tocsin.kit.errors import BadInput

DAYS: tuple[Day, ...] = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_BEGINS = {day: number * DAY for number, day in enumerate(DAYS)}
EVER = 1 << 62
"""Later than every instant."""


class Piece(NamedTuple):
    """Somebody's stretch of time."""

    start: int
    end: int
    user: UserRef
    layer: int | None = None
    """Index of the layer it comes from."""
    override: int | None = None
    """Id of the override it comes from."""


class Line(Protocol):
    """One source of pieces."""

    def within(self, start: int, end: int) -> Iterator[Piece]:
        """The pieces that share an instant with [start, end), whole, in order; none overlaps another."""
        ...


class LayerLine:
    """The turns of a layer."""

    __slots__ = ("_ends", "_index", "_starts", "_turns", "_users", "_windows")

    def __init__(self, layer: Layer, index: int, zone_name: str) -> None:
        if not layer.users:
            raise BadInput.at("users", "name at least one user")
        in_zone = zone(layer.timezone or zone_name)
        self._index = index
        self._starts = to_micros(layer.starts_on)
        self._ends = to_micros(layer.ends_on) if layer.ends_on else EVER
        length, (cycle, parts) = period(layer.rotation), places(layer)
        self._turns = (
            CountedTurns(in_zone, self._starts, length, parts)
            if layer.skip_restricted and parts and cycle == WEEK
            else Turns(in_zone, self._starts, length)
        )
        self._users = layer.users
        self._windows = windows(in_zone, cycle, parts) if parts else None

    def within(self, start: int, end: int) -> Iterator[Piece]:
        """Turns, cut by the restrictions."""
        start, end = max(start, self._starts), min(end, self._ends)
        if start >= end:
            return
        turns, users, index = self._turns, self._users, self._index
        number = turns.number(start)
        begins, ends = turns.start(number), turns.start(number + 1)
        for first, last in self._windows.within(start, end) if self._windows else ((-EVER, EVER),):
            opens, closes = max(first, self._starts), min(last, self._ends)
            while ends <= opens or ends <= start:
                number += 1
                begins, ends = ends, turns.start(number + 1)
            while begins < closes and begins < end:
                if begins < ends:
                    yield Piece(max(begins, opens), min(ends, closes), users[number % len(users)], index)
                if ends > closes:
                    break
                number += 1
                begins, ends = ends, turns.start(number + 1)


class HandLine:
    """Shifts by hand."""

    __slots__ = ("_begins", "_pieces")

    def __init__(self, shifts: tuple[Shift, ...]) -> None:
        self._pieces = sorted(
            (Piece(to_micros(s.start), to_micros(s.end), s.user) for s in shifts), key=lambda p: p.start
        )
        self._begins = [piece.start for piece in self._pieces]

    def within(self, start: int, end: int) -> Iterator[Piece]:
        """The shifts."""
        for piece in self._pieces[max(bisect_right(self._begins, start) - 1, 0) :]:
            if piece.start >= end:
                return
            if piece.end > start:
                yield piece


def lines(schedule: Schedule) -> list[Line]:
    """The schedule's lines, the one that wins first. Raises BadInput for what cannot be read."""
    zone(schedule.timezone)
    if schedule.type == "STATIC":
        return [HandLine(schedule.shifts)]
    made: list[Line] = [
        LayerLine(layer, index, schedule.timezone) for index, layer in enumerate(schedule.schedule_layers)
    ]
    return made[::-1]


def places(layer: Layer) -> tuple[int, list[tuple[int, int]]]:
    """The restrictions as places in their cycle."""
    if layer.restriction_type == "TIMES_OF_DAY":
        return DAY, [(time_of_day(r.from_.time), time_of_day(r.to.time)) for r in layer.restrictions]
    return WEEK, [_of_week(restriction) for restriction in layer.restrictions]


def _of_week(restriction: Restriction) -> tuple[int, int]:
    return _place(restriction.from_), _place(restriction.to)


def _place(end: TimeOfWeek) -> int:
    return _BEGINS[end.day_of_week or "MONDAY"] + time_of_day(end.time)


def cut(piece: Piece, away: list[tuple[int, int]]) -> Iterator[Piece]:
    """What of a piece lies outside `away` (in order, none overlapping another)."""
    start = piece.start
    for begins, ends in away[max(bisect_right(away, (start, EVER)) - 1, 0) :]:
        if begins >= piece.end:
            break
        if begins > start:
            yield piece._replace(start=start, end=begins)
        start = max(start, ends)
    if start < piece.end:
        yield piece._replace(start=start)


def fill(free: list[tuple[int, int]], pieces: Iterator[Piece]) -> tuple[list[Piece], list[tuple[int, int]]]:
    """What of the pieces lies in the free stretches, and what of those stays free. All come in order."""
    taken: list[Piece] = []
    left: list[tuple[int, int]] = []
    piece = next(pieces, None)
    for start, end in free:
        at = start
        while piece is not None and piece.start < end:
            if piece.end > at:
                if piece.start > at:
                    left.append((at, piece.start))
                    at = piece.start
                if piece.end > end:
                    taken.append(Piece(at, end, *piece[2:]))
                    at = end
                    break
                taken.append(piece if piece.start == at else Piece(at, piece.end, *piece[2:]))
                at = piece.end
            piece = next(pieces, None)
        if at < end:
            left.append((at, end))
    return taken, left


def holes(pieces: list[Piece], start: int, end: int) -> list[tuple[int, int]]:
    """What of [start, end) no piece covers; the pieces are in order and overlap nowhere."""
    found = []
    for piece in pieces:
        if piece.start > start:
            found.append((start, piece.start))
        start = max(start, piece.end)
    if start < end:
        found.append((start, end))
    return found

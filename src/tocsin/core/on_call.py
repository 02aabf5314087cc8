"""Who is on call: one answer for an instant, and shifts for a window, that agree at every instant.

Order: an override beats an earlier one and every layer; a layer beats those before it in the list.
Whoever is absent passes on as if there were a gap: to the earlier override, to the layer before, and in
the end to nobody, so that the policy goes on to its next level. Outside its restrictions, before its
beginning and after its end a layer says nothing.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from tocsin.core.intervals import Interval
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence, BrokenSchedule, Rota, Schedule, Shift
from tocsin.core.turns import EVER, LayerLine, Line, Piece, cut, fill, holes, lines
from tocsin.kit.clock import EPOCH, from_micros, to_micros
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value

_LOOK_AHEAD = tuple(timedelta(days=days) for days in (9, 40, 400, 1_900))
"""How far `next_shift` looks, in steps: the longest turn is five years."""


@value
class OnCall:
    """Who is on call at an instant, and why."""

    user: UserRef | None = None
    reason: Literal["OVERRIDE", "LAYER", "SHIFT", "NOBODY"] = "NOBODY"
    layer: int | None = None
    """The layer's index, for LAYER."""
    override: int | None = None
    """The override's id, for OVERRIDE."""
    absent: tuple[int, ...] = ()
    """Ids of the users whose turn it would be, were they not away."""


def on_call(rota: Rota, at: datetime) -> OnCall:
    """Who is on call at an instant. Raises BrokenSchedule."""
    return Roster(rota).on_call(at)


def shifts(rota: Rota, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """The shifts that share an instant with [start, end), whole, in order. Raises BrokenSchedule.

    None overlaps another. A shift ends where its turn ends or somebody else, or nobody, is on call.
    """
    return Roster(rota).shifts(start, end)


def layer_shifts(schedule: Schedule, index: int, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """What one layer says by itself, in [start, end): whole shifts, as if nothing else existed."""
    alone = LayerLine(schedule.schedule_layers[index], index, schedule.timezone)
    return tuple(_shifts(alone.within(to_micros(start), to_micros(end))))


def clipped(found: Iterable[Shift], start: datetime, end: datetime) -> tuple[Shift, ...]:
    """The same shifts, cut to [start, end)."""
    return tuple(
        Shift(user=s.user, start=max(s.start, start), end=min(s.end, end))
        for s in found
        if s.start < end and s.end > start
    )


class Roster:
    """A rota made ready: ask it as often as you like."""

    def __init__(self, rota: Rota) -> None:
        self.schedule = rota.schedule
        self._overrides = [
            Piece(to_micros(o.start), to_micros(o.end), o.user, None, o.id)
            for o in sorted(rota.overrides, key=lambda o: o.id, reverse=True)
        ]
        self._away = _away(rota.absences)
        self._stretches = _stretches(rota)
        self._begins = [stretch.start for stretch in self._stretches]
        self._asked: int | None = None
        self._answer: Piece | None = None

    def on_call(self, at: datetime) -> OnCall:
        """Who is on call at an instant, and why."""
        instant = to_micros(at)
        absent: list[int] = []
        for piece in self._claims(instant):
            if not self._is_away(piece.user.id, instant):
                reason: Literal["OVERRIDE", "LAYER", "SHIFT"] = (
                    "OVERRIDE"
                    if piece.override is not None
                    else "LAYER"
                    if piece.layer is not None
                    else "SHIFT"
                )
                return OnCall(
                    user=piece.user,
                    reason=reason,
                    layer=piece.layer,
                    override=piece.override,
                    absent=tuple(absent),
                )
            if piece.user.id not in absent:
                absent.append(piece.user.id)
        return OnCall(absent=tuple(absent))

    def shifts(self, start: datetime, end: datetime) -> tuple[Shift, ...]:
        """The shifts that share an instant with [start, end), whole, in order."""
        first, last = to_micros(start), to_micros(end)
        if first >= last:
            return ()
        found = self._between(self._back(first), self._on(last))
        return tuple(_shifts(piece for piece in found if piece.end > first and piece.start < last))

    def steady_until(self, at: datetime) -> int:
        """Until when (in microseconds) the answer at an instant certainly stays: the next edge of anything."""
        instant = to_micros(at)
        stretch = self._stretch(instant)
        edges = [stretch.end, *(edge for override in self._overrides for edge in override[:2])]
        edges += [edge for absences in self._away.values() for absence in absences for edge in absence]
        for line in stretch.lines:
            edges += [edge for piece in islice(line.within(instant, EVER), 1) for edge in piece[:2]]
        return min(edge for edge in edges if edge > instant)

    def begun(self, at: datetime) -> datetime:
        """Since when an instant's turn runs, whatever cut it before; in a gap that instant itself."""
        return from_micros(self._back(to_micros(at)))

    def shift_at(self, at: datetime) -> Shift | None:
        """The shift that an instant lies in."""
        return next(iter(self.shifts(at, at + _MOMENT)), None)

    def next_shift(self, at: datetime) -> Shift | None:
        """The first shift that begins after an instant, within five years."""
        for ahead in _LOOK_AHEAD:
            for shift in self.shifts(at, at + ahead):
                if shift.start > at:
                    return shift
        return None

    def gaps(self, start: datetime, end: datetime) -> tuple[Interval, ...]:
        """When nobody is on call, in [start, end)."""
        first, last = to_micros(start), to_micros(end)
        found = holes(self._between(first, last), first, last) if first < last else []
        return tuple(Interval(start=from_micros(begins), end=from_micros(ends)) for begins, ends in found)

    # Who claims an instant, the strongest first.

    def _claims(self, instant: int) -> Iterator[Piece]:
        yield from (piece for piece in self._overrides if piece.start <= instant < piece.end)
        for line in self._stretch(instant).lines:
            yield from line.within(instant, instant + 1)

    def _winner(self, instant: int) -> Piece | None:
        """The shift at an instant is looked for backwards and onwards: both begin here."""
        if self._asked != instant:
            present = (p for p in self._claims(instant) if not self._is_away(p.user.id, instant))
            self._asked, self._answer = instant, next(present, None)
        return self._answer

    def _is_away(self, user_id: int, instant: int) -> bool:
        return any(start <= instant < end for start, end in self._away.get(user_id, ()))

    def _stretch(self, instant: int) -> _Stretch:
        return self._stretches[max(bisect_right(self._begins, instant) - 1, 0)]

    # The final schedule.

    def _between(self, start: int, end: int) -> list[Piece]:
        """Who is on call in [start, end), cut to it; in order, a shift that an edit left alone in one piece."""
        found: list[Piece] = []
        for stretch in self._stretches:
            first, last = max(start, stretch.start), min(end, stretch.end)
            if first >= last:
                continue
            pieces = self._merged(stretch, first, last)
            if found and pieces and _same(found[-1], pieces[0]):
                pieces[0] = pieces[0]._replace(start=found.pop().start)
            found += pieces
        return found

    def _merged(self, stretch: _Stretch, start: int, end: int) -> list[Piece]:
        """From the strongest to the weakest, each takes what is still free."""
        pieces: list[Piece] = []
        covered: list[tuple[int, int]] = []
        for override in self._overrides:
            if override.start < end and override.end > start:
                for present in self._present(override, start, end):
                    for part in list(cut(present, covered)):
                        insort(covered, (part.start, part.end))
                        pieces.append(part)
        free = holes(sorted(pieces), start, end)
        for line in stretch.lines:
            if not free:
                break
            first, last = free[0][0], free[-1][1]
            claimed = line.within(first, last)
            if self._away:
                claimed = (part for piece in claimed for part in self._present(piece, first, last))
            taken, free = fill(free, claimed)
            pieces += taken
        return sorted(pieces, key=lambda piece: piece.start)

    def _present(self, piece: Piece, start: int, end: int) -> Iterable[Piece]:
        """What of a piece lies in [start, end) and outside its user's absences."""
        if piece.start < start or piece.end > end:
            piece = piece._replace(start=max(piece.start, start), end=min(piece.end, end))
        away = self._away.get(piece.user.id)
        return cut(piece, away) if away else (piece,)

    # How far the shifts at a window's ends reach beyond it.

    def _back(self, instant: int) -> int:
        while (piece := self._winner(instant)) is not None:
            edge = self._stretch(instant).start
            if piece.start > edge:
                return min(piece.start, instant)
            before = self._winner(edge - 1) if edge > -EVER else None
            if before is None or before.user.id != piece.user.id:
                return edge
            instant = edge - 1
        return instant

    def _on(self, instant: int) -> int:
        while (piece := self._winner(instant - 1)) is not None:
            edge = self._stretch(instant - 1).end
            if piece.end < edge:
                return max(piece.end, instant)
            after = self._winner(edge) if edge < EVER else None
            if after is None or after.user.id != piece.user.id:
                return edge
            instant = edge + 1
        return instant


class _Stretch:
    """A time in which the schedule stood unchanged."""

    def __init__(self, start: int, end: int, schedule: Schedule) -> None:
        self.start = start
        self.end = end
        self._schedule = schedule
        self._lines: list[Line] | None = None

    @property
    def lines(self) -> list[Line]:
        """The schedule's lines, the strongest first; made when first asked for."""
        if self._lines is None:
            try:
                self._lines = lines(self._schedule)
            except (BadInput, ArithmeticError, TypeError, ValueError) as wrong:
                raise BrokenSchedule(self._schedule, wrong) from wrong
        return self._lines


def _stretches(rota: Rota) -> list[_Stretch]:
    revisions = rota.revisions
    if not revisions:
        return [_Stretch(-EVER, EVER, rota.schedule)]
    begins = [-EVER, *(to_micros(revision.effective_from) for revision in revisions[1:])]
    ends = [*begins[1:], EVER]
    return [_Stretch(start, end, r.schedule) for start, end, r in zip(begins, ends, revisions, strict=True)]


def _away(absences: Iterable[Absence]) -> dict[int, list[tuple[int, int]]]:
    """Each user's absences, joined and in order."""
    found: dict[int, list[tuple[int, int]]] = {}
    for absence in sorted(absences, key=lambda a: a.start):
        start, end = to_micros(absence.start), to_micros(absence.end)
        known = found.setdefault(absence.user.id, [])
        if start >= end:
            continue
        if known and start <= known[-1][1]:
            known[-1] = known[-1][0], max(end, known[-1][1])
        else:
            known.append((start, end))
    return found


def _same(before: Piece, after: Piece) -> bool:
    return before.end == after.start and before.user.id == after.user.id


def _shifts(pieces: Iterable[Piece]) -> Iterator[Shift]:
    """Most begin where the one before ends: then the instant is made once."""
    last, end = 0, EPOCH
    for piece in pieces:
        start = end if piece.start == last else from_micros(piece.start)
        last, end = piece.end, from_micros(piece.end)
        yield Shift(user=piece.user, start=start, end=end)


_MOMENT = timedelta(microseconds=1)

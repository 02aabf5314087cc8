"""A schedule as rows on a grid: who is on call when, clipped to a window of days.

The grid has a fixed number of columns, so that a static stylesheet can place everything: the pages
allow no style in their HTML. Columns are elapsed time; a day on which the clock is changed is longer
or shorter than the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from tocsin.core.intervals import Interval
from tocsin.core.on_call import Roster, clipped, layer_shifts
from tocsin.core.people import User
from tocsin.core.schedules import Override, Rota, Schedule, Shift
from tocsin.web import clockwork
from tocsin.web.when import midnight

COLUMNS = 336
"""Half an hour each in a week, two hours each in four."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """Whole days in a zone."""

    first: date
    days: int
    zone: str

    @property
    def start(self) -> datetime:
        """When it begins."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """When it ends."""
        return midnight(self.first + timedelta(days=self.days), self.zone)

    def column(self, at: datetime) -> int:
        """Where an instant lies on the grid."""
        share = (at - self.start) / (self.end - self.start)
        return min(max(round(share * COLUMNS), 0), COLUMNS)

    def moved(self, days: int) -> date:
        """The first day of the window that many days on."""
        return self.first + timedelta(days=days)


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of the head of the grid."""

    start: datetime
    first: int
    last: int
    hours: float
    """24, but for days on which the clock is changed."""

    @property
    def weekend(self) -> bool:
        """Whether it is a Saturday or a Sunday; by its date in the window's zone."""
        return self.start.weekday() >= 5


@dataclass(frozen=True, kw_only=True)
class Span:
    """Somebody, or nobody, from a column to another."""

    kind: Literal["shift", "override", "gap"]
    start: datetime
    end: datetime
    """Whole, also where the window cuts it."""
    first: int
    last: int
    user: User | None = None
    override: int | None = None

    @property
    def wide(self) -> bool:
        """Whether a name fits in."""
        return self.last - self.first >= 24

    @property
    def narrow(self) -> bool:
        """Whether not even two letters fit in."""
        return self.last - self.first < 7


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the grid."""

    kind: Literal["final", "overrides", "layer"]
    name: str
    spans: list[Span]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The whole picture."""

    window: Window
    days: list[Day]
    rows: list[Row]
    gaps: tuple[Interval, ...]
    now: int | None
    """The column of the present instant, if it lies inside."""

    @property
    def agenda(self) -> list[Span]:
        """The final schedule as a list, gaps among it."""
        return self.rows[0].spans if self.rows else []


def grid(
    rota: Rota, users: Mapping[int, User], window: Window, now: datetime, *, layers: bool = True
) -> Grid:
    """Final schedule, overrides and layers in a window. Raises BrokenSchedule."""
    roster = Roster(rota)
    final = roster.shifts(window.start, window.end)
    gaps = roster.gaps(window.start, window.end)
    rows = [Row(kind="final", name="", spans=_spans(window, users, final, gaps, rota.overrides))]
    if layers:
        replaced = [o for o in rota.overrides if o.start < window.end and o.end > window.start]
        if replaced:
            spans = [_span(window, users, o, "override", override=o.id) for o in replaced]
            rows.append(Row(kind="overrides", name="", spans=sorted(spans, key=lambda s: s.start)))
        rows += _layers(rota.schedule, users, window)
    inside = window.start <= now < window.end
    return Grid(
        window=window, days=_days(window), rows=rows, gaps=gaps, now=window.column(now) if inside else None
    )


def _layers(schedule: Schedule, users: Mapping[int, User], window: Window) -> list[Row]:
    """What each layer says by itself, the strongest first."""
    if len(schedule.schedule_layers) < 2:
        return []
    found = [
        Row(
            kind="layer",
            name=layer.name or f"{index + 1}",
            spans=_spans(window, users, layer_shifts(schedule, index, window.start, window.end)),
        )
        for index, layer in enumerate(schedule.schedule_layers)
    ]
    return found[::-1]


def _spans(
    window: Window,
    users: Mapping[int, User],
    shifts: Iterable[Shift],
    gaps: Sequence[Interval] = (),
    overrides: Sequence[Override] = (),
) -> list[Span]:
    spans = [_span(window, users, shift, _kind(shift, overrides)) for shift in shifts]
    spans += [
        Span(kind="gap", start=g.start, end=g.end, first=window.column(g.start), last=window.column(g.end))
        for g in gaps
    ]
    return sorted(spans, key=lambda span: span.start)


def _kind(shift: Shift, overrides: Sequence[Override]) -> Literal["shift", "override"]:
    """Whether somebody stands in."""
    standing_in = any(
        o.user.id == shift.user.id and o.start <= shift.start and shift.end <= o.end for o in overrides
    )
    return "override" if standing_in else "shift"


def _span(
    window: Window,
    users: Mapping[int, User],
    shift: Shift,
    kind: Literal["shift", "override"],
    override: int | None = None,
) -> Span:
    shown = next(iter(clipped((shift,), window.start, window.end)))
    first = window.column(shown.start)
    return Span(
        kind=kind,
        start=shift.start,
        end=shift.end,
        first=min(first, COLUMNS - 1),
        last=max(window.column(shown.end), first + 1),
        user=users.get(shift.user.id),
        override=override,
    )


def _days(window: Window) -> list[Day]:
    found = []
    for number in range(window.days):
        start, end = (
            midnight(window.moved(number), window.zone),
            midnight(window.moved(number + 1), window.zone),
        )
        hours = (end - start) / timedelta(hours=1)
        local = start.astimezone(clockwork.zone(window.zone))
        found.append(Day(start=local, first=window.column(start), last=window.column(end), hours=hours))
    return found

"""Rotas in few words, made-up ones, and a model of them that knows nothing but a clock on the wall.

The model goes minute by minute: a hand-over has come once the clock has shown its time, or more.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tocsin.core.policies import UserRef
from tocsin.core.recurrence import localised, period, zone
from tocsin.core.schedules import (
    Absence,
    Day,
    Layer,
    Override,
    Restriction,
    Revision,
    Rota,
    Schedule,
    Shift,
    TimeOfWeek,
)

MINUTE = timedelta(minutes=1)
DAYS: tuple[Day, ...] = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")

CHANGES = (
    ("Australia/Lord_Howe", "2020-10-03T15:30"),
    ("Australia/Lord_Howe", "2021-04-03T15:00"),
    ("America/St_Johns", "2010-11-07T02:31"),
    ("America/St_Johns", "2026-03-08T05:30"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("Africa/Casablanca", "2026-03-22T02:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("America/Chicago", "2020-03-08T08:00"),
    ("America/Chicago", "2020-11-01T07:00"),
    ("Europe/Berlin", "2026-03-29T01:00"),
    ("Europe/Berlin", "2026-10-25T01:00"),
)
"""Zones with odd rules, and an instant at which their clocks are changed."""


def utc(text: str) -> datetime:
    """An instant; without an offset it is in UTC."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def at(text: str, zone_name: str) -> datetime:
    """The instant of a local time."""
    return localised(datetime.fromisoformat(text), zone(zone_name))


def users(*ids: int) -> tuple[UserRef, ...]:
    return tuple(UserRef(id=i) for i in ids)


def week(opens: str, closes: str) -> Restriction:
    """`week("FRIDAY 20:00", "MONDAY 08:00")`; without days it is for TIMES_OF_DAY."""
    return Restriction(from_=_time(opens), to=_time(closes))


def _time(text: str) -> TimeOfWeek:
    *day, time = text.split()
    return TimeOfWeek(day_of_week=next(d for d in DAYS if d == day[0]) if day else None, time=time)


def layer(
    *ids: int,
    starts: datetime,
    rotation: str = "P1D",
    restrictions: Iterable[Restriction] = (),
    **more: object,
) -> Layer:
    found = tuple(restrictions)
    by_day = bool(found) and found[0].from_.day_of_week is None
    return Layer(
        users=users(*ids),
        starts_on=starts,
        rotation=rotation,
        restrictions=found,
        restriction_type="TIMES_OF_DAY" if by_day else None,
        **more,  # type: ignore[arg-type]
    )


def rota(
    *layers: Layer,
    zone_name: str = "UTC",
    overrides: Iterable[Override] = (),
    absences: Iterable[Absence] = (),
) -> Rota:
    schedule = Schedule(id=1, name="s", timezone=zone_name, schedule_layers=layers)
    return Rota(schedule=schedule, overrides=tuple(overrides), absences=tuple(absences))


def override(number: int, user: int, start: datetime, end: datetime) -> Override:
    return Override(id=number, user=UserRef(id=user), start=start, end=end)


def absence(user: int, start: datetime, end: datetime) -> Absence:
    return Absence(user=UserRef(id=user), start=start, end=end)


def by_hand(*shifts: tuple[int, datetime, datetime], zone_name: str = "UTC") -> Rota:
    made = tuple(Shift(user=UserRef(id=user), start=start, end=end) for user, start, end in shifts)
    return Rota(schedule=Schedule(id=1, name="s", timezone=zone_name, type="STATIC", shifts=made))


def said(shifts: Iterable[Shift], zone_name: str = "UTC") -> list[str]:
    """`"1 09 12:00-09 14:00"`: user, local times with the day of the month."""
    info = ZoneInfo(zone_name)
    return [
        f"{s.user.id} {s.start.astimezone(info):%d %H:%M}-{s.end.astimezone(info):%d %H:%M}" for s in shifts
    ]


# The model.


def naive(found: Rota, start: datetime, minutes: int) -> list[int | None]:
    """Who is on call, minute by minute."""
    instants = [start + n * MINUTE for n in range(minutes)]
    schedules = {schedule.timezone for schedule in _schedules(found)}
    zones = schedules | {la.timezone for s in _schedules(found) for la in s.schedule_layers if la.timezone}
    shown = {name: _furthest(ZoneInfo(name), instants) for name in zones}
    answers: list[int | None] = []
    for n, instant in enumerate(instants):
        schedule = _in_force(found, instant)
        claims = [
            o.user.id for o in sorted(found.overrides, key=lambda o: -o.id) if o.start <= instant < o.end
        ]
        for one in reversed(schedule.schedule_layers):
            user = _layer_says(one, instant, shown[one.timezone or schedule.timezone][n], schedule.timezone)
            claims += [user] if user is not None else []
        away = {a.user.id for a in found.absences if a.start <= instant < a.end}
        answers.append(next((user for user in claims if user not in away), None))
    return answers


def _schedules(found: Rota) -> list[Schedule]:
    return [found.schedule, *(revision.schedule for revision in found.revisions)]


def _in_force(found: Rota, instant: datetime) -> Schedule:
    passed = [r.schedule for r in found.revisions if r.effective_from <= instant]
    return passed[-1] if passed else _schedules(found)[1 if found.revisions else 0]


def _furthest(info: ZoneInfo, instants: list[datetime]) -> list[datetime]:
    """The greatest reading that the wall has shown until each instant."""
    lead = [instants[0] - n * MINUTE for n in range(26 * 60, 0, -1)]
    greatest = datetime.min  # noqa: DTZ901  # a reading, not an instant
    found = []
    for instant in (*lead, *instants):
        greatest = max(greatest, instant.astimezone(info).replace(tzinfo=None))
        found.append(greatest)
    return found[len(lead) :]


def _layer_says(one: Layer, instant: datetime, reading: datetime, zone_name: str) -> int | None:
    if instant < one.starts_on or (one.ends_on and instant >= one.ends_on):
        return None
    if one.restrictions and not any(_within(r, reading) for r in one.restrictions):
        return None
    anchor = one.starts_on.astimezone(ZoneInfo(one.timezone or zone_name)).replace(tzinfo=None)
    length = period(one.rotation)
    if one.skip_restricted:
        days = (reading - anchor) // timedelta(days=1)
        counted = sum(_counted(one, anchor)[day % 7] for day in range(days + 1))
        turn = (counted - 1) // (length.hours // 24)
    elif length.months:
        turn = 0
        while _months_on(anchor, (turn + 1) * length.months) <= reading:
            turn += 1
    else:
        turn = (reading - anchor) // timedelta(hours=length.hours)
    return one.users[turn % len(one.users)].id


@lru_cache
def _counted(one: Layer, anchor: datetime) -> list[bool]:
    """Of the seven days from the anchor on, which the restrictions do not leave out entirely."""
    return [
        any(
            _within(r, anchor + day * timedelta(days=1) + n * MINUTE)
            for r in one.restrictions
            for n in range(24 * 60)
        )
        for day in range(7)
    ]


def _within(restriction: Restriction, reading: datetime) -> bool:
    cycle = 7 * 24 * 60 if restriction.from_.day_of_week else 24 * 60
    opens, closes = (_place(end) for end in (restriction.from_, restriction.to))
    now = (reading.weekday() * 24 * 60 + reading.hour * 60 + reading.minute) % cycle
    return (now - opens) % cycle < ((closes - opens) % cycle or cycle)


def _place(end: TimeOfWeek) -> int:
    hours, minutes = end.time.split(":")
    return (DAYS.index(end.day_of_week) if end.day_of_week else 0) * 24 * 60 + int(hours) * 60 + int(minutes)


def _months_on(reading: datetime, months: int) -> datetime:
    years, month = divmod(reading.month - 1 + months, 12)
    year = reading.year + years
    return reading.replace(year=year, month=month + 1, day=min(reading.day, monthrange(year, month + 1)[1]))


# Made up.


@st.composite
def some_rotas(draw: st.DrawFn, zone_name: str, start: datetime, minutes: int) -> Rota:
    """Layers, overrides, absences and an edit, around a window."""
    found = rota(
        *draw(st.lists(_layers(zone_name, start, minutes), min_size=1, max_size=3)),
        zone_name=zone_name,
        overrides=[
            override(n, user, *times)
            for n, (user, times) in enumerate(draw(st.lists(_someone(start, minutes), max_size=4)), 1)
        ],
        absences=[
            absence(user, *times) for user, times in draw(st.lists(_someone(start, minutes), max_size=3))
        ],
    )
    if draw(st.booleans()):
        edit = start + draw(st.integers(0, minutes)) * MINUTE
        layers = draw(st.lists(_layers(zone_name, start, minutes), min_size=1, max_size=2))
        edited = rota(*layers, zone_name=zone_name).schedule
        before = Revision(effective_from=utc("1990-01-01"), schedule=found.schedule)
        found = Rota(
            schedule=edited,
            revisions=(before, Revision(effective_from=edit, schedule=edited)),
            overrides=found.overrides,
            absences=found.absences,
        )
    return found


def _someone(start: datetime, minutes: int) -> st.SearchStrategy[tuple[int, tuple[datetime, datetime]]]:
    times = st.tuples(st.integers(-60, minutes), st.integers(1, minutes)).map(
        lambda pair: (start + pair[0] * MINUTE, start + (pair[0] + pair[1]) * MINUTE)
    )
    return st.tuples(st.integers(1, 6), times)


@st.composite
def _layers(draw: st.DrawFn, zone_name: str, start: datetime, minutes: int) -> Layer:
    starts = start - draw(st.integers(-minutes // 2, 60 * 24 * 60)) * MINUTE
    rotation = draw(st.sampled_from(["PT1H", "PT5H", "PT12H", "P1D", "P3D", "P1W", "P1M"]))
    times = st.integers(0, 47).map(lambda n: f"{n // 2:02}:{n % 2 * 30:02}")
    days = st.sampled_from(DAYS) if draw(st.booleans()) else st.none()
    ends = st.builds(TimeOfWeek, day_of_week=days, time=times)
    restrictions = draw(st.lists(st.builds(Restriction, from_=ends, to=ends), max_size=3))
    restrictions = _of_one_kind(restrictions)
    weekly = bool(restrictions) and restrictions[0].from_.day_of_week is not None
    skips = weekly and rotation in ("P1D", "P3D", "P1W") and draw(st.booleans())
    ends_on = draw(st.sampled_from([None, None, start + (minutes // 2) * MINUTE]))
    return layer(
        *draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)),
        starts=starts,
        rotation=rotation,
        restrictions=restrictions,
        skip_restricted=skips,
        ends_on=ends_on if ends_on and ends_on > starts else None,
        timezone=draw(st.sampled_from([None, None, "Asia/Kolkata"])),
    )


def _of_one_kind(restrictions: list[Restriction]) -> list[Restriction]:
    kind = restrictions[0].from_.day_of_week is None if restrictions else False
    return [
        r
        for r in restrictions
        if (r.from_.day_of_week is None) == kind and (r.to.day_of_week is None) == kind
    ]

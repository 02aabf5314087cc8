"""Schedules on the wire: what is always there, and what is asked for with `include`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query

from tocsin.api import dialect, user_wire
from tocsin.api.parameters import ShortText
from tocsin.api.user_wire import UserWire
from tocsin.core.on_call import Roster
from tocsin.core.people import Person
from tocsin.core.policies import Ref, UserRef
from tocsin.core.schedules import Layer, Override, Rota, Schedule, Shift
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import MaxLen, MinLen, replace, value
from tocsin.store import documents, duties, owners, people, schedules
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS

Include = Literal["scheduleLayers", "shifts", "currentShift", "nextShift", "past"]


@value
class ScheduleWire:
    """Who is on call when."""

    id: int | None = None
    name: Annotated[str, MinLen(1), MaxLen(255)]
    timezone: ShortText | None = None
    """An IANA name, `Europe/Berlin`; the creator's own when not given. It never changes after creation."""
    type: Literal["STATIC", "RECURRING"] | None = None
    """STATIC: shifts by hand. RECURRING: layers. It never changes after creation."""
    schedule_layers: Annotated[tuple[Layer, ...], MaxLen(50)] | None = None
    """Of a RECURRING schedule; where several apply, the last wins. Left out in a PUT: unchanged."""
    shifts: Annotated[tuple[Shift, ...], MaxLen(2_000)] | None = None
    """Of a STATIC schedule; those that are over only with include=past. Left out in a PUT: unchanged."""
    show_gaps: bool | None = None
    default_shift_duration: Annotated[str, MaxLen(32)] | None = None
    """`P7D`"""
    starts_on: datetime | None = None
    """When the first layer begins (the dialect of 2020)."""
    current_shift: Shift | None = None
    next_shift: Shift | None = None
    teams: tuple[Ref, ...] | None = None
    """Whose it is. `[]` clears them, leaving them out leaves them as they are."""
    problem: str | None = None
    """Why nobody can be said to be on call: the schedule cannot be computed."""


@value
class WholeShift:
    """Somebody on call from an instant until another, with everything about the user."""

    id: int | None = None
    """Of an override: what it is taken back by."""
    user: UserWire
    start: datetime
    end: datetime


@value
class ScheduleRef:
    """A schedule, by name."""

    id: int
    name: str
    type: Literal["STATIC", "RECURRING"]


@value
class Wanted:
    """What a caller wants to see of a schedule."""

    layers: bool = False
    shifts: bool = False
    past: bool = False
    current: bool = False
    following: bool = False
    starts_on: bool = False


WRITTEN = Wanted(layers=True, shifts=True)
"""What an answer to a change shows."""


async def _included(include: Annotated[list[Include] | None, Query(max_length=20)] = None) -> frozenset[str]:
    return frozenset(include or ())


Included = Annotated[frozenset[str], Depends(_included)]


def wanted(include: frozenset[str], spoken: dialect.Dialect) -> Wanted:
    """What was asked for; the dialect of 2020 knows no `include` and always shows who is on call."""
    old = spoken == "v1"
    return Wanted(
        layers="scheduleLayers" in include,
        shifts="shifts" in include,
        past="past" in include,
        current=old or "currentShift" in include,
        following=old or "nextShift" in include,
        starts_on=old,
    )


def read(wire: ScheduleWire, before: Schedule | None, zone: str) -> Schedule:
    """What `wire` makes of a schedule; `zone` is where a new one lies if nothing is said. Raises BadInput."""
    if not wire.name.strip():
        raise BadInput.at("name", "give it a name")
    kind = before.type if before else wire.type or ("STATIC" if wire.shifts else "RECURRING")
    if kind == "STATIC" and wire.schedule_layers:
        raise BadInput.at("scheduleLayers", "a STATIC schedule has shifts in place of layers")
    if kind == "RECURRING" and wire.shifts:
        raise BadInput.at("shifts", "a RECURRING schedule has layers in place of shifts")
    blank = before or Schedule(name=wire.name, type=kind, timezone=wire.timezone or zone)
    return replace(
        blank,
        name=wire.name.strip(),
        timezone=wire.timezone or blank.timezone,
        schedule_layers=blank.schedule_layers if wire.schedule_layers is None else wire.schedule_layers,
        shifts=blank.shifts if wire.shifts is None else wire.shifts,
        show_gaps=bool(wire.show_gaps),
        default_shift_duration=wire.default_shift_duration or blank.default_shift_duration,
    )


def shown(tx: Transaction, found: Sequence[Schedule], what: Wanted) -> list[ScheduleWire]:
    """Schedules as the API shows them. One that cannot be computed says so, and stops no other."""
    ids = [schedule.id for schedule in found]
    rotas: Mapping[int, Rota] = {}
    problems: dict[int, str] = {i: why for i, why in duties.quarantined(tx).items() if i in ids}
    if what.current or what.following:
        rotas, broken = schedules.whole(tx, ids, tx.now)
        problems.update((number, str(wrong)) for number, wrong in broken.items())
    made = [_wire(schedule, rotas.get(schedule.id), what, tx.now, problems) for schedule in found]
    names = _names(tx, made)
    whose = owners.of(tx, SCHEDULES, ids)
    return [replace(_named(wire, names), teams=whose[wire.id or 0]) for wire in made]


def shifts(tx: Transaction, found: Iterable[Shift]) -> list[WholeShift]:
    """Shifts with everything about their users; also those who were deleted since."""
    found = list(found)
    everybody = people.load(tx, {shift.user.id for shift in found}, deleted=True)
    return [
        WholeShift(
            id=shift.id if isinstance(shift, Override) else None,
            user=_user(everybody, shift.user.id),
            start=shift.start,
            end=shift.end,
        )
        for shift in found
    ]


def reference(schedule: Schedule) -> ScheduleRef:
    """A schedule as others refer to one."""
    return ScheduleRef(id=schedule.id, name=schedule.name, type=schedule.type)


def _user(everybody: Mapping[int, Person], user_id: int) -> UserWire:
    person = everybody.get(user_id)
    if person is None:
        raise NotFound(f"there is no user with the id {user_id}")
    return user_wire.shown(person)


def _wire(
    schedule: Schedule, rota: Rota | None, what: Wanted, now: datetime, problems: dict[int, str]
) -> ScheduleWire:
    static = schedule.type == "STATIC"
    by_hand = tuple(s for s in schedule.shifts if what.past or s.end > now)
    current, following = _turns(rota, what, now, problems) if rota else (None, None)
    return ScheduleWire(
        id=schedule.id,
        name=schedule.name,
        timezone=schedule.timezone,
        type=schedule.type,
        schedule_layers=schedule.schedule_layers if what.layers and not static else None,
        shifts=by_hand if what.shifts and static else None,
        show_gaps=schedule.show_gaps if static else None,
        default_shift_duration=schedule.default_shift_duration if static else None,
        starts_on=_starts_on(schedule) if what.starts_on else None,
        current_shift=current,
        next_shift=following,
        problem=problems.get(schedule.id),
    )


def _turns(
    rota: Rota, what: Wanted, now: datetime, problems: dict[int, str]
) -> tuple[Shift | None, Shift | None]:
    try:
        roster = Roster(rota)
        return (
            roster.shift_at(now) if what.current else None,
            roster.next_shift(now) if what.following else None,
        )
    except schedules.FAULTS as wrong:
        problems[rota.schedule.id] = str(wrong)
        return None, None


def _starts_on(schedule: Schedule) -> datetime | None:
    begins = [layer.starts_on for layer in schedule.schedule_layers]
    return min([*begins, *(shift.start for shift in schedule.shifts)], default=None)


def _names(tx: Transaction, made: Iterable[ScheduleWire]) -> dict[int, UserRef]:
    ids = {
        user.id
        for wire in made
        for user in (
            *(user for layer in wire.schedule_layers or () for user in layer.users),
            *(shift.user for shift in (*(wire.shifts or ()), wire.current_shift, wire.next_shift) if shift),
        )
    }
    return {i: user_wire.reference(user) for i, user in documents.many(tx, USERS, ids).items()}


def _named(wire: ScheduleWire, names: Mapping[int, UserRef]) -> ScheduleWire:
    def shift(one: Shift | None) -> Shift | None:
        return replace(one, user=names.get(one.user.id, one.user)) if one else None

    layers = wire.schedule_layers
    by_hand = wire.shifts
    return replace(
        wire,
        schedule_layers=None
        if layers is None
        else tuple(replace(one, users=tuple(names.get(u.id, u) for u in one.users)) for one in layers),
        shifts=None
        if by_hand is None
        else tuple(replace(s, user=names.get(s.user.id, s.user)) for s in by_hand),
        current_shift=shift(wire.current_shift),
        next_shift=shift(wire.next_shift),
    )

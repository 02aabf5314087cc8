"""Changing schedules. Rule: what was shown for the past stays as it was shown.

A schedule's edit takes effect from an instant on; an override or absence begins when it is entered, and
one that is taken back has been in force until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from tocsin.core.intervals import Interval, joined, outside
from tocsin.core.on_call import Roster
from tocsin.core.policies import UserRef
from tocsin.core.recurrence import Zone, localised, period, time_of_day, zone
from tocsin.core.schedules import Absence, Layer, Override, Revision, Rota, Schedule, Shift
from tocsin.core.turns import LayerLine
from tocsin.kit.clock import EPOCH, rfc3339
from tocsin.kit.errors import BadInput, Conflict, Problem
from tocsin.kit.value import replace
from tocsin.languages import msgid

Replacement = TypeVar("Replacement", Override, Absence)

FIRST_YEAR, LAST_YEAR = 1990, 2199
"""What a schedule may speak of: wide enough, and far from where calendars end."""
LONGEST_REPLACEMENT = timedelta(days=400)
_PREVIEW = timedelta(days=60)


def checked(schedule: Schedule) -> Schedule:
    """The stored form: instants in UTC, users by id, only what belongs to its type. Raises BadInput."""
    in_zone = _zone(schedule.timezone, "timezone")
    try:
        period(schedule.default_shift_duration)
    except BadInput as wrong:
        raise BadInput.at("defaultShiftDuration", wrong.problems[0].message) from None
    if schedule.type == "STATIC":
        read = (_shift(s, in_zone, f"shifts.{index}") for index, s in enumerate(schedule.shifts))
        shifts = tuple(sorted(read, key=lambda shift: shift.start))
        _refuse(_wrong_shifts(shifts))
        return replace(schedule, schedule_layers=(), shifts=shifts)
    if not schedule.schedule_layers:
        raise BadInput.at("scheduleLayers", msgid("a recurring schedule has at least one layer"))
    layers = tuple(
        _layer(layer, schedule, f"scheduleLayers.{index}")
        for index, layer in enumerate(schedule.schedule_layers)
    )
    return replace(schedule, schedule_layers=layers, shifts=())


def refuse_gaps(schedule: Schedule, now: datetime) -> None:
    """Raise BadInput naming the gaps from now on: in 60 days, or until the last shift by hand."""
    last = max((shift.end for shift in schedule.shifts), default=now)
    end = last if schedule.type == "STATIC" and last > now else now + _PREVIEW
    if gaps := Roster(Rota(schedule=schedule)).gaps(now, end):
        shown = "; ".join(f"{rfc3339(gap.start)} to {rfc3339(gap.end)}" for gap in gaps[:3])
        more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
        field = "shifts" if schedule.type == "STATIC" else "scheduleLayers"
        raise BadInput.at(field, f"nobody is on call from {shown}{more}", code="SCHEDULE_HAS_GAPS")


def between_shifts(schedule: Schedule) -> tuple[Interval, ...]:
    """The gaps of a STATIC schedule: between its first shift and its last."""
    times = joined(Interval(start=shift.start, end=shift.end) for shift in schedule.shifts)
    return outside(times, times[0].start, times[-1].end) if times else ()


def edited(rota: Rota, schedule: Schedule, effective_from: datetime) -> Rota:
    """The rota with `schedule` in force from an instant on. Revisions planned for later are dropped."""
    before = rota.revisions or (Revision(effective_from=EPOCH, schedule=rota.schedule),)
    kept = tuple(revision for revision in before if revision.effective_from < effective_from)
    revision = Revision(effective_from=effective_from, schedule=schedule)
    return replace(rota, schedule=schedule, revisions=(*kept, revision))


def from_now(wanted: Replacement, now: datetime) -> Replacement:
    """An override or absence as it is stored: it begins now at the earliest. Raises BadInput."""
    start, end = (localised(moment, zone("UTC")) for moment in (wanted.start, wanted.end))
    if end <= start:
        raise BadInput.at("end", msgid("it must come after the start"))
    if end <= now:
        raise BadInput.at("end", msgid("the past cannot be changed: choose an end in the future"))
    start = max(start, now)
    if end - start > LONGEST_REPLACEMENT:
        raise BadInput.at("end", f"at most {LONGEST_REPLACEMENT.days} days")
    return replace(wanted, user=UserRef(id=wanted.user.id), start=start, end=end)


def taken_back(stored: Replacement, now: datetime) -> Replacement | None:
    """What remains of an override or absence that is deleted now: what is over, or nothing. Raises Conflict."""
    if stored.end <= now:
        raise Conflict(msgid("it is over, and the past cannot be changed"), code="PAST")
    return replace(stored, end=now) if stored.start < now else None


def _layer(layer: Layer, schedule: Schedule, path: str) -> Layer:
    in_zone = _zone(layer.timezone or schedule.timezone, f"{path}.timezone")
    plain = replace(
        layer,
        users=tuple(UserRef(id=user.id) for user in layer.users),
        starts_on=_moment(layer.starts_on, in_zone, f"{path}.startsOn"),
        ends_on=_moment(layer.ends_on, in_zone, f"{path}.endsOn") if layer.ends_on else None,
        restriction_type=(layer.restriction_type or "TIMES_OF_WEEK") if layer.restrictions else None,
    )
    _refuse(_wrong_layer(plain, path))
    try:
        LayerLine(plain, 0, schedule.timezone)
    except BadInput as wrong:
        raise BadInput(*(Problem(f"{path}.{p.path}", p.message) for p in wrong.problems)) from None
    return plain


def _wrong_layer(layer: Layer, path: str) -> Iterator[Problem]:
    if layer.ends_on and layer.ends_on <= layer.starts_on:
        yield Problem(f"{path}.endsOn", "it must come after startsOn")
    for index, restriction in enumerate(layer.restrictions):
        for name, end in (("from", restriction.from_), ("to", restriction.to)):
            place = f"{path}.restrictions.{index}.{name}"
            if layer.restriction_type == "TIMES_OF_WEEK" and end.day_of_week is None:
                yield Problem(f"{place}.dayOfWeek", "name the day of the week: MONDAY")
            try:
                time_of_day(end.time)
            except BadInput as wrong:
                yield Problem(f"{place}.time", wrong.problems[0].message)


def _wrong_shifts(found: tuple[Shift, ...]) -> Iterator[Problem]:
    """Of shifts in order of their start."""
    for index, shift in enumerate(found):
        if shift.end <= shift.start:
            yield Problem(f"shifts.{index}.end", msgid("it must come after the start"))
        elif index and shift.start < found[index - 1].end:
            other = rfc3339(found[index - 1].start)
            yield Problem(f"shifts.{index}.start", f"the shift overlaps the one that starts {other}")


def _shift(shift: Shift, in_zone: Zone, path: str) -> Shift:
    start, end = (
        _moment(moment, in_zone, f"{path}.{name}")
        for name, moment in (("start", shift.start), ("end", shift.end))
    )
    return Shift(user=UserRef(id=shift.user.id), start=start, end=end)


def _moment(moment: datetime, in_zone: Zone, path: str) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadInput.at(path, f"choose a time between the years {FIRST_YEAR} and {LAST_YEAR}")
    return localised(moment, in_zone)


def _zone(name: str, path: str) -> Zone:
    try:
        return zone(name)
    except BadInput as wrong:
        raise BadInput.at(path, wrong.problems[0].message) from None


def _refuse(found: Iterator[Problem]) -> None:
    if problems := tuple(found):
        raise BadInput(*problems)

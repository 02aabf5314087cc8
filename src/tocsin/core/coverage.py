"""Is anybody there? Every hole of a policy in a window, and everybody on it who is hard to reach.

A level covers an instant when it has somebody who can be told: a user with a usable address who is not
absent, named by the rule, of one of its teams, or on call by one of its schedules. Holes under a minute, such as the second
between 23:59:59 and midnight, are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from tocsin.core.incidents import Surroundings
from tocsin.core.intervals import Interval, common, joined, outside
from tocsin.core.levels import named
from tocsin.core.on_call import Roster
from tocsin.core.people import Person
from tocsin.core.policies import EscalationRule
from tocsin.core.recurrence import local, zone
from tocsin.core.schedules import Absence, BrokenSchedule, Rota, Shift
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace, value

SHORTEST_HOLE = timedelta(minutes=1)
LONGEST_WINDOW = timedelta(days=400)


@value
class LevelCoverage:
    """When a level has nobody to tell."""

    level: int
    """1 is the first level."""
    uncovered: tuple[Interval, ...]


@value
class WeakLink:
    """Somebody of the policy without two verified addresses of different kinds."""

    user_id: int
    user: str
    verified: tuple[str, ...]
    """The methods that are verified."""
    reachable: bool
    """Whether there is any address that is used at all."""


@value
class ClockChange:
    """A shift in which the clock is changed."""

    schedule_id: int
    schedule: str
    user_id: int
    at: datetime
    start: datetime
    end: datetime
    before: str
    """The offset from UTC until then, `+01:00`."""
    after: str


@value
class BrokenPart:
    """A schedule that could not be looked at, so that it covers nothing."""

    schedule_id: int
    problem: str


@value
class Coverage:
    """What was found."""

    policy_id: int
    policy: str
    start: datetime
    end: datetime
    uncovered: tuple[Interval, ...]
    """When no level has anybody: only the account's fallback would be told."""
    levels: tuple[LevelCoverage, ...]
    weak_links: tuple[WeakLink, ...]
    clock_changes: tuple[ClockChange, ...]
    broken: tuple[BrokenPart, ...]


def coverage(around: Surroundings, start: datetime, end: datetime) -> Coverage:
    """Look at a policy from `start` until `end`. Raises BadInput for a window too long."""
    if not start < end <= start + LONGEST_WINDOW:
        raise BadInput.at("until", f"it must come after from, by at most {LONGEST_WINDOW.days} days")
    found, broken = _shifts(around, start, end)
    reachable = {person.id for person in around.people.values() if any(c.usable for c in person.contacts)}
    levels = []
    for rule in around.policy.escalation_rules:
        covered = [Interval(start=s.start, end=s.end) for s in _told(rule, found) if s.user.id in reachable]
        for user_id in named(rule, around):
            covered += _present(user_id, around, start, end) if user_id in reachable else ()
        levels.append(joined(covered))
    return Coverage(
        policy_id=around.policy.id,
        policy=around.policy.name,
        start=start,
        end=end,
        uncovered=_holes((interval for level in levels for interval in level), start, end),
        levels=tuple(
            LevelCoverage(level=number, uncovered=_holes(level, start, end))
            for number, level in enumerate(levels, 1)
        ),
        weak_links=tuple(_weak_links(around, found)),
        clock_changes=tuple(_clock_changes(around, found, start, end)),
        broken=broken,
    )


def left_open(rota: Rota, absence: Absence, now: datetime) -> tuple[Interval, ...]:
    """When nobody is on call because of one absence, from now on. Raises BrokenSchedule."""
    start = max(absence.start, now)
    if start >= absence.end:
        return ()
    there = replace(rota, absences=tuple(away for away in rota.absences if away.id != absence.id))
    else_covered = (Interval(start=s.start, end=s.end) for s in Roster(there).shifts(start, absence.end))
    return common(Roster(rota).gaps(start, absence.end), else_covered)


Shifts = Mapping[int, tuple[Shift, ...]]


def _shifts(around: Surroundings, start: datetime, end: datetime) -> tuple[Shifts, tuple[BrokenPart, ...]]:
    """Each schedule's shifts in the window, and the schedules that have none because something is wrong."""
    found: dict[int, tuple[Shift, ...]] = {}
    broken = []
    for schedule_id in around.policy.schedule_ids:
        rota = around.rotas.get(schedule_id)
        if rota is None:
            broken.append(BrokenPart(schedule_id=schedule_id, problem="the schedule was deleted"))
            continue
        try:
            found[schedule_id] = Roster(rota).shifts(start, end)
        except BrokenSchedule as wrong:
            broken.append(BrokenPart(schedule_id=schedule_id, problem=wrong.message))
    return found, tuple(broken)


def _told(rule: EscalationRule, found: Shifts) -> Iterator[Shift]:
    for schedule_id in rule.schedule_ids:
        yield from found.get(schedule_id, ())


def _present(user_id: int, around: Surroundings, start: datetime, end: datetime) -> tuple[Interval, ...]:
    away = (Interval(start=a.start, end=a.end) for a in around.absences if a.user.id == user_id)
    return outside(away, start, end)


def _holes(covered: Iterable[Interval], start: datetime, end: datetime) -> tuple[Interval, ...]:
    return tuple(hole for hole in outside(covered, start, end) if hole.length >= SHORTEST_HOLE)


def _weak_links(around: Surroundings, found: Shifts) -> Iterator[WeakLink]:
    on_call = (shift.user.id for shifts in found.values() for shift in shifts)
    members = (i for rule in around.policy.escalation_rules for i in named(rule, around))
    for user_id in dict.fromkeys((*around.policy.user_ids, *members, *on_call)):
        person = around.people.get(user_id)
        if person is None or not _well_reached(person):
            contacts = person.contacts if person else ()
            yield WeakLink(
                user_id=user_id,
                user=person.name if person else f"#{user_id}",
                verified=tuple(dict.fromkeys(c.method for c in contacts if c.state == "OK")),
                reachable=any(c.usable for c in contacts),
            )


def _well_reached(person: Person) -> bool:
    """Two verified addresses of different kinds: a number that is called and texted is one address."""
    verified = [contact for contact in person.contacts if contact.state == "OK"]
    return any(
        one.method != other.method and one.target != other.target for one in verified for other in verified
    )


def _clock_changes(
    around: Surroundings, found: Shifts, start: datetime, end: datetime
) -> Iterator[ClockChange]:
    for schedule_id, shifts in found.items():
        schedule = around.rotas[schedule_id].schedule
        in_zone = zone(schedule.timezone)
        for change in map(from_micros, in_zone.changes(to_micros(start), to_micros(end))):
            before, after = (
                local(change - step, in_zone) for step in (timedelta(microseconds=1), timedelta())
            )
            for shift in shifts:
                if shift.start < change < shift.end:
                    yield ClockChange(
                        schedule_id=schedule_id,
                        schedule=schedule.name,
                        user_id=shift.user.id,
                        at=change,
                        start=shift.start,
                        end=shift.end,
                        before=_offset(before),
                        after=_offset(after),
                    )


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"
    return f"{text[:3]}:{text[3:5]}"

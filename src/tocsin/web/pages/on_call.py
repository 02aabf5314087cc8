"""Who is on call: per policy and level the person to find, and holes in red words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from starlette.responses import Response

from tocsin.core.notifying import plan
from tocsin.core.people import Person
from tocsin.core.policies import EscalationPolicy
from tocsin.core.schedules import Shift
from tocsin.store import absences, documents, people, present, schedules, teams
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.targets import Target, Targets, keys_of, known, targets
from tocsin.web.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody, a schedule, or a member of a team that a level asks, as it stands now."""

    target: Target
    person: Person | None
    """Who is on call by it."""
    away: bool
    """Whether the person is absent: then the level passes them over."""
    reachable: bool
    until: datetime | None = None
    """When somebody else is, by the same schedule."""


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A policy with whom its levels ask now."""

    policy: EscalationPolicy
    levels: list[list[Asked]]
    mine: bool
    """Whether the visitor is among them."""


@dataclass(frozen=True, kw_only=True)
class Present:
    """Everything that the page knows of this moment."""

    now: datetime
    every: Targets
    people: Mapping[int, Person]
    shifts: Mapping[int, Shift | None]
    """The present shift of each schedule."""
    members: Mapping[int, tuple[int, ...]]
    """Who of each team is asked with it."""
    away: frozenset[int]
    """Who is absent."""


def show(visit: Visit) -> Response:
    """Every policy, those that ask the visitor first."""
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, POLICIES)
        present = _present(tx, found)
    duties = [_duty(visit, policy, present) for policy in found]
    return page(visit, "on_call.html", duties=sorted(duties, key=lambda duty: not duty.mine))


def _present(tx: Transaction, found: list[EscalationPolicy]) -> Present:
    shifts = present.at(tx, {i for policy in found for i in policy.schedule_ids}, tx.now).shifts
    members = teams.asked(tx, {i for policy in found for i in policy.team_ids})
    users = {i for policy in found for i in policy.user_ids} | {s.user.id for s in shifts.values() if s}
    users.update(chain.from_iterable(members.values()))
    away = absences.of_users(tx, users, tx.now, tx.now + schedules.MOMENT)
    return Present(
        now=tx.now,
        every=targets(tx),
        people=people.load(tx, users),
        shifts=shifts,
        members=members,
        away=frozenset(away),
    )


def _duty(visit: Visit, policy: EscalationPolicy, present: Present) -> Duty:
    levels = [
        [one for target in known(present.every, keys_of(rule)) for one in _asked(target, present)]
        for rule in policy.escalation_rules
    ]
    asked = (one.person.id for level in levels for one in level if one.person and not one.away)
    mine = visit.someone.id in asked
    return Duty(policy=policy, levels=levels, mine=mine)


def _asked(target: Target, present: Present) -> list[Asked]:
    """What a target comes to: one entry, or one for each member of a team."""
    shift = present.shifts.get(target.id) if target.kind == "schedule" else None
    match target.kind:
        case "user":
            numbers: tuple[int, ...] = (target.id,)
        case "team":
            numbers = present.members.get(target.id) or (0,)
        case _:
            numbers = (shift.user.id if shift else 0,)
    return [
        Asked(
            target=target,
            person=person,
            away=person is not None and person.id in present.away,
            reachable=bool(person and plan(person, "HIGH", present.now).pages),
            until=shift.end if shift else None,
        )
        for person in (present.people.get(number) for number in numbers)
    ]


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/on-call", action="VIEW", get=show)]

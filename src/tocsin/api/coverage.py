"""Whether somebody is always there, and who carries how much."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query

from tocsin.api import user_wire
from tocsin.api.call import Call
from tocsin.api.parameters import Id, Instant
from tocsin.api.routing import Resource
from tocsin.core.coverage import Coverage
from tocsin.core.coverage import coverage as covered
from tocsin.core.fairness import Load, loads
from tocsin.core.on_call import Roster
from tocsin.core.policies import UserRef
from tocsin.core.recurrence import zone
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value
from tocsin.store import decisions, documents, schedules
from tocsin.store.kinds import POLICIES, SCHEDULES, USERS

coverage = Resource("escalation-policies")
load = Resource("schedules")
USUAL = timedelta(days=90)
LONGEST = timedelta(days=731)


@value
class LoadWire:
    """One person's share."""

    user: UserRef
    hours: float
    shifts: int
    nights: int
    weekends: int
    holidays: int


@coverage.get("/{id}/coverage", "VIEW")
def get_coverage(
    call: Call,
    number: Id,
    *,
    since: Annotated[Instant | None, Query(alias="from", description="Now")] = None,
    until: Annotated[Instant | None, Query(description="90 days after from; at most 400")] = None,
) -> Coverage:
    """When nobody of the policy could be told, and who of it is hard to reach."""
    with call.read() as tx:
        policy = documents.get(tx, POLICIES, number)
        start = since or tx.now
        return covered(decisions.surroundings_of_policy(tx, policy, start), start, until or start + USUAL)


@load.get("/{id}/load", "VIEW")
def get_load(
    call: Call,
    number: Id,
    *,
    since: Annotated[Instant | None, Query(alias="from", description="Now")] = None,
    until: Annotated[Instant | None, Query(description="90 days after from: a forecast")] = None,
    holidays: Annotated[
        list[date] | None, Query(alias="holiday", max_length=100, description="Days that count as holidays")
    ] = None,
) -> list[LoadWire]:
    """Hours, nights, weekends and holidays of each person on call by a schedule, the busiest first."""
    with call.read() as tx:
        schedule = documents.get(tx, SCHEDULES, number)
        start = since or tx.now
        end = until or start + USUAL
        if not start < end <= start + LONGEST:
            raise BadInput.at("until", f"must come after from, by at most {LONGEST.days} days")
        shifts = Roster(schedules.rota(tx, number, start)).shifts(start, end)
        found = loads(shifts, zone(schedule.timezone), start, end, frozenset(holidays or ()))
        users = documents.many(tx, USERS, {one.user_id for one in found})
        names = {user.id: user_wire.reference(user) for user in users.values()}
        return [_shown(one, names) for one in found]


def _shown(one: Load, names: dict[int, UserRef]) -> LoadWire:
    return LoadWire(
        user=names.get(one.user_id, UserRef(id=one.user_id)),
        hours=one.hours,
        shifts=one.shifts,
        nights=one.nights,
        weekends=one.weekends,
        holidays=one.holidays,
    )

"""On-call schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Body, Query
from starlette.responses import Response

from tocsin.api import schedule_wire
from tocsin.api.call import Call
from tocsin.api.parameters import Id, Instant, PagingBy20
from tocsin.api.routing import Resource
from tocsin.api.schedule_wire import WRITTEN, Included, ScheduleWire, Wanted
from tocsin.api.team_context import TeamContext
from tocsin.core.schedule_edits import checked, refuse_gaps
from tocsin.core.schedules import Schedule
from tocsin.store import documents, owners, people
from tocsin.store import schedules as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES

schedules = Resource("schedules")
AbortOnGaps = Annotated[
    bool, Query(alias="abort-on-gaps", description="Refuse a static schedule with gaps between its shifts")
]


@schedules.get("", "VIEW")
def list_schedules(
    call: Call, page: PagingBy20, include: Included, context: TeamContext
) -> list[ScheduleWire]:
    """Every schedule, in order of their ids."""
    with call.read() as tx:
        where = context.of(tx, call, SCHEDULES)
        found = documents.listing(tx, SCHEDULES, page.start, page.count, where=where)
        return schedule_wire.shown(tx, found, schedule_wire.wanted(include, call.dialect))


@schedules.post("", "CONFIGURE")
def create_schedule(
    call: Call,
    body: Annotated[ScheduleWire, Body()],
    response: Response,
    *,
    abort_on_gaps: AbortOnGaps = False,
) -> ScheduleWire:
    """Create a schedule."""
    with call.write() as tx:
        zone = people.one(tx, call.caller.user_id).timezone
        schedule = checked(schedule_wire.read(body, None, zone))
        if abort_on_gaps:
            refuse_gaps(schedule, tx.now)
        made = stored.create(tx, schedule)
        owners.give(tx, SCHEDULES, made.id, body.teams)
        created = _one(tx, made, WRITTEN)
    response.headers["location"] = call.location("schedules", created.id or 0)
    return created


@schedules.get("/name/{name:path}", "VIEW")
def get_schedule_by_name(call: Call, name: str, include: Included) -> ScheduleWire:
    """The schedule of exactly this name."""
    with call.read() as tx:
        return _one(tx, documents.named(tx, SCHEDULES, name), schedule_wire.wanted(include, call.dialect))


@schedules.get("/{id}", "VIEW")
def get_schedule(call: Call, number: Id, include: Included) -> ScheduleWire:
    """One schedule."""
    with call.read() as tx:
        found = documents.get(tx, SCHEDULES, number)
        return _one(tx, found, schedule_wire.wanted(include, call.dialect))


@schedules.put("/{id}", "CONFIGURE")
def update_schedule(
    call: Call,
    number: Id,
    body: Annotated[ScheduleWire, Body()],
    *,
    abort_on_gaps: AbortOnGaps = False,
    effective_from: Annotated[
        Instant | None, Query(alias="effective-from", description="When the change takes effect; now")
    ] = None,
) -> ScheduleWire:
    """Replace a schedule from now, or a later instant, on. The past stays as it was; so do type and zone."""
    with call.write() as tx:
        before = documents.get(tx, SCHEDULES, number)
        schedule = checked(stored.in_its_zone(schedule_wire.read(body, before, before.timezone), before))
        if abort_on_gaps:
            refuse_gaps(schedule, tx.now)
        changed = stored.change(tx, schedule, _later(effective_from, tx.now))
        owners.give(tx, SCHEDULES, number, body.teams)
        return _one(tx, changed, WRITTEN)


@schedules.delete("/{id}", "CONFIGURE")
def delete_schedule(call: Call, number: Id) -> None:
    """Delete a schedule that no escalation policy asks."""
    with call.write() as tx:
        stored.remove(tx, number)


def _later(wanted: datetime | None, now: datetime) -> datetime | None:
    """A client's "now" is a little before ours."""
    return None if wanted is not None and now - stored.SKEW <= wanted <= now else wanted


def _one(tx: Transaction, schedule: Schedule, what: Wanted) -> ScheduleWire:
    return schedule_wire.shown(tx, [schedule], what)[0]

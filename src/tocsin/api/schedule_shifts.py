"""Who is on call by a schedule: shifts, overrides, the person on call now."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import Body, Path, Query
from starlette.responses import Response

from tocsin.api import schedule_wire
from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Id, IdRef, Instant, Number
from tocsin.api.routing import Resource
from tocsin.api.schedule_wire import ScheduleRef, WholeShift
from tocsin.core.on_call import Roster
from tocsin.core.policies import UserRef
from tocsin.core.recurrence import Turns, Zone, local, localised, period, zone
from tocsin.core.schedules import Override
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, replace, value
from tocsin.store import documents, overrides, replacing
from tocsin.store import schedules as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES

shifts = Resource("schedules")
LONGEST = timedelta(days=731)
"""The longest window that shifts are listed for."""
OverrideId = Annotated[Number, Path(alias="override_id")]


@value
class OverrideDraft:
    """Who takes over, from when until when."""

    user: IdRef
    start: Instant
    end: Instant


@value
class TakeOver:
    """How long the caller takes over."""

    hours: Annotated[int, Ge(1), Le(168)] | None = None
    """From now on: 1, 3, ..."""
    until: Instant | None = None
    """Or until an instant."""


@shifts.get("/{id}/shifts", "VIEW")
def list_shifts(
    call: Call,
    number: Id,
    *,
    since: Annotated[Instant | None, Query(alias="from", description="Start of last month")] = None,
    until: Annotated[Instant | None, Query(description="Three months after from")] = None,
    exclude_overrides: Annotated[bool, Query(alias="exclude-overrides")] = False,
) -> list[WholeShift]:
    """Whole shifts that share an instant with the window; an empty window asks for its one instant."""
    with call.read() as tx:
        lies_in = zone(documents.get(tx, SCHEDULES, number).timezone)
        start = since or _last_month(tx.now, lies_in)
        end = until or _later(start, "P3M", lies_in)
        if end < start or end - start > LONGEST:
            raise BadInput.at("until", f"must lie within {LONGEST.days} days after from")
        end = max(end, start + stored.MOMENT)
        rota = stored.rota(tx, number, start)
        if exclude_overrides:
            rota = replace(rota, overrides=(), absences=())
        return schedule_wire.shifts(tx, Roster(rota).shifts(start, end))


@shifts.get(
    "/{id}/user-on-call", "VIEW", response_model=WholeShift, responses={204: {"description": "Nobody"}}
)
def get_user_on_call(call: Call, number: Id) -> WholeShift | Response:
    """The present shift; 204 when nobody is on call."""
    with call.read() as tx:
        found = Roster(stored.rota(tx, number, tx.now)).shift_at(tx.now)
        return schedule_wire.shifts(tx, [found])[0] if found else Response(status_code=204)


@shifts.get("/{id}/overrides", "VIEW")
def list_overrides(call: Call, number: Id) -> list[WholeShift]:
    """The overrides that are not over, the earliest entered first; of two that overlap the later holds."""
    with call.read() as tx:
        documents.get(tx, SCHEDULES, number)
        return schedule_wire.shifts(tx, replacing.upcoming(tx, number))


@shifts.route("PUT POST", "/{id}/overrides", "RESPOND")
def add_override(call: Call, number: Id, body: Annotated[OverrideDraft, Body()]) -> ScheduleRef:
    """Let somebody take over for a while. Responders may enter themselves, users anybody."""
    _require(call, body.user.id)
    with call.write() as tx:
        schedule = documents.get(tx, SCHEDULES, number)
        wanted = Override(user=UserRef(id=body.user.id), start=body.start, end=body.end)
        replacing.override(tx, number, wanted, call.caller.user_id)
        return schedule_wire.reference(schedule)


@shifts.delete("/{id}/overrides/{override_id}", "RESPOND")
def remove_override(call: Call, number: Id, override: OverrideId) -> None:
    """Take an override back. One that runs ends now; what was before stays."""
    with call.write() as tx:
        documents.get(tx, SCHEDULES, number)
        found = overrides.one(tx, number, override)
        _require(call, found.user.id)
        replacing.take_back(tx, number, found)


@shifts.post("/{id}/take-on-call", "RESPOND")
def take_on_call(call: Call, number: Id, body: Annotated[TakeOver, Body()]) -> WholeShift:
    """The caller is on call from now on, for some hours or until an instant."""
    with call.write() as tx:
        documents.get(tx, SCHEDULES, number)
        mine = Override(user=UserRef(id=call.caller.user_id), start=tx.now, end=_end(body, tx.now))
        return _one(tx, replacing.override(tx, number, mine, call.caller.user_id))


def _last_month(now: datetime, in_zone: Zone) -> datetime:
    """The midnight at which the month before this one began."""
    before = local(now, in_zone).date().replace(day=1) - timedelta(days=1)
    return localised(datetime.combine(before.replace(day=1), time()), in_zone)


def _later(start: datetime, how_long: str, in_zone: Zone) -> datetime:
    return from_micros(Turns(in_zone, to_micros(start), period(how_long)).start(1))


def _end(wanted: TakeOver, now: datetime) -> datetime:
    if (wanted.hours is None) == (wanted.until is None):
        raise BadInput.at("hours", "say for how many hours, or until when")
    return wanted.until or now + timedelta(hours=wanted.hours or 0)


def _require(call: Calling, user_id: int) -> None:
    """Responders act for themselves, users for anybody."""
    if user_id != call.caller.user_id:
        call.require("CONFIGURE")


def _one(tx: Transaction, override: Override) -> WholeShift:
    return schedule_wire.shifts(tx, [override])[0]

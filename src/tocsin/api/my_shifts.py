"""A user's own shifts, over all schedules: when they are, and somebody else for all of them at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Body, Query

from tocsin.api import schedule_wire
from tocsin.api.call import Call
from tocsin.api.parameters import IdRef, Instant, Number, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.api.schedule_wire import ScheduleRef
from tocsin.core.on_duty import OnDuty, Window
from tocsin.core.policies import Ref
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, value
from tocsin.store import documents, on_duty, replacing
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES

my_shifts = Resource("users")
USUAL = timedelta(days=28)
LONGEST = timedelta(days=366)


@value
class MyShift:
    """When a user is on call, and by what."""

    schedule: ScheduleRef | None = None
    escalation_policy: Ref | None = None
    """For who is named by a policy itself."""
    escalation_level: int | None = None
    start: datetime
    end: datetime | None = None
    """Absent when no end is known: named by a policy itself."""


@value
class Replacement:
    """Who takes over, from when until when."""

    user: IdRef
    start: Instant
    end: Instant
    schedule_ids: Annotated[tuple[Number, ...], MaxLen(200)] = ()
    """Only on these schedules; on all of them when none is named."""


@my_shifts.get("/{id}/shifts", "SELF")
def list_shifts_of_user(
    call: Call,
    reference: Reference,
    *,
    since: Annotated[Instant | None, Query(alias="from", description="Now")] = None,
    until: Annotated[Instant | None, Query(description="28 days after from")] = None,
) -> list[MyShift]:
    """When a user is on call, by any schedule or policy."""
    with call.read() as tx:
        number = user_id(tx, reference, call)
        if number != call.caller.user_id:
            call.require("VIEW")
        start = since or tx.now
        end = until or start + USUAL
        if not start < end <= start + LONGEST:
            raise BadInput.at("until", f"must come after from, by at most {LONGEST.days} days")
        return _shown(tx, on_duty.of_user(tx, number, Window(start=start, end=end)))


@my_shifts.post("/{id}/override-shifts", "SELF")
def override_shifts_of_user(
    call: Call, reference: Reference, body: Annotated[Replacement, Body()]
) -> list[MyShift]:
    """Somebody takes over all shifts of a user in a time, on every schedule at once.

    Responders may take over for others; letting another person take over needs the role of a user.
    """
    with call.write() as tx:
        number = user_id(tx, reference, call)
        if body.user.id == call.caller.user_id:
            call.require("RESPOND")
        else:
            call.require("CONFIGURE")
        entered = replacing.override_shifts(
            tx,
            number,
            body.user.id,
            Window(start=body.start, end=body.end),
            only=frozenset(body.schedule_ids),
            by=call.caller.user_id,
        )
        found = documents.many(tx, SCHEDULES, {schedule_id for schedule_id, _ in entered})
        return [
            MyShift(schedule=schedule_wire.reference(found[i]), start=override.start, end=override.end)
            for i, override in entered
        ]


def _shown(tx: Transaction, duties: list[OnDuty]) -> list[MyShift]:
    found = documents.many(tx, SCHEDULES, {d.schedule_id for d in duties if d.schedule_id is not None})
    policies = documents.many(tx, POLICIES, {d.policy_id for d in duties if d.policy_id is not None})
    return [
        MyShift(
            schedule=schedule_wire.reference(found[d.schedule_id]) if d.schedule_id is not None else None,
            escalation_policy=Ref(id=d.policy_id, name=policies[d.policy_id].name)
            if d.policy_id is not None
            else None,
            escalation_level=d.level,
            start=d.start,
            end=d.end,
        )
        for d in duties
    ]

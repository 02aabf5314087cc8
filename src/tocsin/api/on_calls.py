"""Who is on call, over all policies and schedules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from tocsin.api import policies as policy_wire
from tocsin.api import schedule_wire, user_wire
from tocsin.api.call import Call
from tocsin.api.parameters import Instant, Number, PagingUpTo250, ShortText
from tocsin.api.routing import Resource
from tocsin.api.schedule_wire import ScheduleRef, ScheduleWire, Wanted
from tocsin.api.user_wire import UserWire
from tocsin.core.on_duty import OnDuty, Window
from tocsin.core.policies import EscalationPolicy, Ref, UserRef
from tocsin.core.recurrence import Zone, local, zone
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, decode_json, value
from tocsin.store import documents, people, schedules
from tocsin.store import on_duty as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES

on_calls = Resource("on-calls")
LONGEST = timedelta(days=93)
"""Three months."""
Ids = list[Number]


@value
class PolicyLevel:
    """One level of a policy; 1 is the first."""

    id: Number
    level: Annotated[int, Ge(1)]


@value
class OnCallWire:
    """Somebody on call."""

    user: UserWire | UserRef
    escalation_policy: EscalationPolicy | Ref | None = None
    """Absent for a schedule that no policy asks."""
    schedule: ScheduleWire | ScheduleRef | None = None
    """Absent for who is named by the policy itself."""
    start: datetime
    end: datetime | None = None
    """Absent when no end is known."""
    escalation_level: int | None = None
    """1 is the first level."""


async def _which(
    policies: Annotated[Ids | None, Query(max_length=100)] = None,
    levels: Annotated[
        list[ShortText] | None,
        Query(alias="policy-levels", max_length=100, description='{"id":12,"level":1}'),
    ] = None,
    schedules: Annotated[Ids | None, Query(max_length=100)] = None,
    users: Annotated[Ids | None, Query(max_length=100)] = None,
) -> stored.Wanted:
    return stored.Wanted(
        policies=tuple(policies or ()),
        levels=tuple(_level(text) for text in levels or ()),
        schedules=tuple(schedules or ()),
        users=tuple(users or ()),
    )


@on_calls.get("", "VIEW")
def list_on_calls(
    call: Call,
    page: PagingUpTo250,
    which: Annotated[stored.Wanted, Depends(_which)],
    *,
    expand: Annotated[
        list[ShortText] | None,
        Query(max_length=10, description="user, escalationPolicy, schedule: whole instead of by name"),
    ] = None,
    since: Annotated[Instant | None, Query(alias="from", description="Now")] = None,
    until: Annotated[
        Instant | None, Query(description="The same as from; at most three months later")
    ] = None,
    timezone: Annotated[ShortText | None, Query(description="The zone that instants are shown in")] = None,
) -> list[OnCallWire]:
    """Who is on call in a window: what an incident opened then would find."""
    lies_in = zone(timezone) if timezone else None
    with call.read() as tx:
        window = _window(since or tx.now, until or since or tx.now)
        found = stored.listing(tx, which, window)
        whole = {word for text in expand or () for word in text.split(",")}
        return _shown(tx, found[page.start : page.start + page.count], whole, lies_in)


def _window(start: datetime, end: datetime) -> Window:
    if end < start or end - start > LONGEST:
        raise BadInput.at("until", f"must lie within {LONGEST.days} days after from")
    return Window(start=start, end=max(end, start + schedules.MOMENT))


def _level(text: str) -> tuple[int, int]:
    try:
        wanted = decode_json(PolicyLevel, text)
    except BadInput:
        raise BadInput.at("policy-levels", f'write {{"id":12,"level":1}}, not {text!r}') from None
    return wanted.id, wanted.level


def _shown(
    tx: Transaction, found: Iterable[OnDuty], whole: set[str], in_zone: Zone | None
) -> list[OnCallWire]:
    found = list(found)
    users = people.load(tx, {duty.user_id for duty in found}, deleted=True)
    policies = documents.many(tx, POLICIES, {d.policy_id for d in found if d.policy_id is not None})
    rosters = documents.many(tx, SCHEDULES, {d.schedule_id for d in found if d.schedule_id is not None})
    by_name: dict[int, EscalationPolicy | Ref] = {i: Ref(id=i, name=p.name) for i, p in policies.items()}
    if whole & {"escalationPolicy", "policy"}:
        by_name.update((p.id, p) for p in policy_wire.hydrated(tx, policies.values()))
    on: dict[int, ScheduleWire | ScheduleRef] = {i: schedule_wire.reference(s) for i, s in rosters.items()}
    if "schedule" in whole:
        shown = schedule_wire.shown(tx, list(rosters.values()), Wanted())
        on.update((wire.id or 0, wire) for wire in shown)
    return [
        OnCallWire(
            user=user_wire.shown(users[d.user_id])
            if "user" in whole
            else user_wire.reference(users[d.user_id]),
            escalation_policy=by_name.get(d.policy_id or 0),
            schedule=on.get(d.schedule_id or 0),
            start=local(d.start, in_zone) if in_zone else d.start,
            end=local(d.end, in_zone) if in_zone and d.end else d.end,
            escalation_level=d.level,
        )
        for d in found
        if d.user_id in users
    ]

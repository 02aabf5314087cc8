"""What people do with incidents: accept, resolve, assign, escalate, raise, comment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Body, Query

from tocsin.api import incident_wire, user_wire
from tocsin.api.call import Call, Calling
from tocsin.api.errors import AlreadyResponder
from tocsin.api.incident_wire import IncidentWire, ResponderDraft
from tocsin.api.parameters import Id, Number, ShortText, user_id
from tocsin.api.routing import Resource
from tocsin.core.incidents import (
    Accept,
    AskToo,
    AssignToPolicy,
    AssignToUser,
    Command,
    Escalate,
    Raise,
    Remark,
    Resolve,
)
from tocsin.core.people import Actor
from tocsin.core.policies import UserRef
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, value
from tocsin.store import decisions, documents, incidents, people, present
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES

answers = Resource("incidents")


@value
class CommentDraft:
    """A remark."""

    content: Annotated[str, MinLen(1), MaxLen(65_536)]
    notify_subscribers: bool = False
    """Whether whoever is subscribed to the incident is told of it."""


@value
class CommentWire:
    """A remark about an incident."""

    content: str
    creator: UserRef
    created: datetime


@answers.route("PUT POST", "/{id}/accept", "RESPOND")
def accept_incident(call: Call, number: Id) -> IncidentWire:
    """Take the incident: nobody else is told. Accepting again changes nothing."""
    return _answer(call, number, "ACCEPTED")


@answers.route("PUT POST", "/{id}/resolve", "RESPOND")
def resolve_incident(call: Call, number: Id) -> IncidentWire:
    """The problem is over. Resolving again changes nothing."""
    return _answer(call, number, "RESOLVED")


@answers.put("/{id}/assign", "RESPOND")
def assign_incident(
    call: Call,
    number: Id,
    *,
    user: Annotated[ShortText | None, Query(description="Id or user name")] = None,
    user_too: Annotated[ShortText | None, Query(alias="user-id", description="As user")] = None,
    policy: Annotated[Number | None, Query()] = None,
    policy_too: Annotated[Number | None, Query(alias="policy-id", description="As policy")] = None,
    schedule: Annotated[Number | None, Query(description="Whoever is on call by it now")] = None,
    schedule_too: Annotated[Number | None, Query(alias="schedule-id", description="As schedule")] = None,
) -> IncidentWire:
    """Hand the incident to one user, to whoever is on call by a schedule, or start again under a policy."""
    wanted = _Assignee(
        user=user or user_too,
        policy=policy if policy is not None else policy_too,
        schedule=schedule if schedule is not None else schedule_too,
    )
    with call.write() as tx:
        command = _assignment(tx, call, wanted)
        return incident_wire.one(tx, decisions.perform(tx, number, command))


@answers.put("/{id}/escalate", "RESPOND")
def escalate_incident(
    call: Call,
    number: Id,
    level: Annotated[int, Ge(0), Le(1_000), Query(description="The first is 0; absent: the next")]
    | None = None,
) -> IncidentWire:
    """Ask the next level, or a given one, at once."""
    with call.write() as tx:
        command = Escalate(by=call.actor(tx), level=level)
        return incident_wire.one(tx, decisions.perform(tx, number, command))


@answers.route("PUT POST", "/{id}/raise", "RESPOND")
def raise_incident(call: Call, number: Id) -> IncidentWire:
    """Make a low priority high: the incident starts to climb."""
    with call.write() as tx:
        return incident_wire.one(tx, decisions.perform(tx, number, Raise(by=call.actor(tx))))


@answers.post("/{id}/comments", "RESPOND")
def comment_on_incident(call: Call, number: Id, body: Annotated[CommentDraft, Body()]) -> CommentWire:
    """Write a comment."""
    with call.write() as tx:
        decisions.perform(tx, number, _remark(call.actor(tx), body))
        creator = user_wire.reference(people.one(tx, call.caller.user_id))
        return CommentWire(content=body.content, creator=creator, created=tx.now)


@answers.post("/{id}/responders", "RESPOND", responses={405: {"description": "Is a responder already"}})
def add_responder(call: Call, number: Id, body: Annotated[ResponderDraft, Body()]) -> IncidentWire:
    """Tell one more person, besides those who were told."""
    with call.write() as tx:
        incidents.get(tx, number)
        if body.user.id not in people.load(tx, (body.user.id,)):
            raise BadInput.at("user.id", f"there is no user with the id {body.user.id}")
        known = incidents.responders_of(tx, (number,)).get(number, [])
        if any(responder.user_id == body.user.id for responder in known):
            raise AlreadyResponder("the user is a responder already")
        asked = decisions.perform(tx, number, AskToo(by=call.actor(tx), user_id=body.user.id))
        return incident_wire.one(tx, asked)


def _remark(by: Actor, body: CommentDraft) -> Remark:
    return Remark(by=by, text=body.content, to_subscribers=body.notify_subscribers)


def _answer(call: Calling, number: int, wanted: str) -> IncidentWire:
    with call.write() as tx:
        before = incidents.lock(tx, (number,)).get(number)
        if before is not None and before.status == wanted:
            return incident_wire.one(tx, before)
        by = call.actor(tx)
        command: Command = Accept(by=by) if wanted == "ACCEPTED" else Resolve(by=by)
        return incident_wire.one(tx, decisions.perform(tx, number, command))


@value
class _Assignee:
    """Whom an incident is handed to: the first that is named."""

    user: str | None
    policy: int | None
    schedule: int | None


def _assignment(tx: Transaction, call: Calling, wanted: _Assignee) -> Command:
    by = call.actor(tx)
    if wanted.user:
        try:
            return AssignToUser(by=by, user_id=user_id(tx, wanted.user))
        except NotFound as missing:
            raise BadInput.at("user", missing.message) from None
    if wanted.policy is not None:
        found = documents.many(tx, POLICIES, (wanted.policy,), deleted=False)
        if not found:
            raise BadInput.at("policy", f"there is no escalation policy with the id {wanted.policy}")
        return AssignToPolicy(by=by, policy=found[wanted.policy])
    if wanted.schedule is not None:
        return AssignToUser(by=by, user_id=_on_call(tx, wanted.schedule))
    raise BadInput.at("user", "name a user, a schedule or a policy")


def _on_call(tx: Transaction, schedule_id: int) -> int:
    """Who is on call by a schedule now. Raises BadInput when nobody is."""
    found = documents.many(tx, SCHEDULES, (schedule_id,), deleted=False)
    if not found:
        raise BadInput.at("schedule", f"there is no schedule with the id {schedule_id}")
    now = present.at(tx, (schedule_id,), tx.now)
    shift = now.shifts.get(schedule_id)
    if shift is None:
        why = now.broken.get(schedule_id, f"nobody is on call by {found[schedule_id].name!r} now")
        raise BadInput.at("schedule", why, code="NOBODY_ON_CALL")
    return shift.user.id

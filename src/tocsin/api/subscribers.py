"""Who is kept informed of an incident (`/incidents/{id}/private-subscribers`)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body, Path, Query

from tocsin.api.call import Call
from tocsin.api.parameters import Id, Number
from tocsin.api.routing import Resource
from tocsin.core.incidents import Subscribe, Unsubscribe
from tocsin.core.subscribers import may_subscribe
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import Ge, MaxLen, MinLen, value
from tocsin.store import decisions, documents, incidents
from tocsin.store import subscribers as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS

subscribers = Resource("incidents")

SubscriberType = Literal["USER", "TEAM"]


@value
class SubscriberDraft:
    """Somebody who is to be kept informed."""

    id: Annotated[int, Ge(0)]
    type: SubscriberType = "USER"
    """TEAM: everybody who is a member now."""
    name: str | None = None
    """Ignored."""


@value
class SubscriberWire:
    """Somebody who is kept informed."""

    id: int
    name: str
    type: SubscriberType


Drafts = Annotated[list[SubscriberDraft], MinLen(1), MaxLen(100)]


@subscribers.get("/{id}/private-subscribers", "VIEW")
def list_subscribers(call: Call, number: Id) -> list[SubscriberWire]:
    """Who is kept informed of the incident without being asked to do anything."""
    with call.read() as tx:
        ids = stored.of(tx, (incidents.get(tx, number).id,)).get(number, ())
        known = documents.many(tx, USERS, ids)
        return [SubscriberWire(id=i, name=known[i].name, type="USER") for i in ids]


@subscribers.post("/{id}/private-subscribers", "RESPOND", status_code=204)
def add_subscribers(call: Call, number: Id, body: Annotated[Drafts, Body()]) -> None:
    """Keep these users informed: they are told at once, of comments meant for them, and of the end.

    Who is subscribed already hears nothing.
    """
    with call.write() as tx:
        wanted = _users(tx, body)
        decisions.perform(tx, number, Subscribe(by=call.actor(tx), user_ids=wanted))


@subscribers.delete("/{id}/private-subscribers/{subscriber_id}", "SELF")
def remove_subscriber(
    call: Call,
    number: Id,
    subscriber_id: Annotated[Number, Path()],
    kind: Annotated[SubscriberType, Query(alias="subscriber-type")] = "USER",
) -> None:
    """Keep a user, or the members of a team, informed no longer. Everybody may end a subscription of their own."""
    if kind == "TEAM" or subscriber_id != call.caller.user_id:
        call.require("RESPOND")
    with call.write() as tx:
        leaving = stored.of_team(tx, subscriber_id) if kind == "TEAM" else (subscriber_id,)
        decisions.perform(tx, number, Unsubscribe(by=call.actor(tx), user_ids=leaving))


def _users(tx: Transaction, wanted: list[SubscriberDraft]) -> tuple[int, ...]:
    known = documents.many(tx, USERS, (d.id for d in wanted if d.type == "USER"), deleted=False)
    found: list[int] = []
    for index, draft in enumerate(wanted):
        if draft.type == "TEAM":
            found.extend(_members(tx, draft.id, f"{index}.id"))
            continue
        user = known.get(draft.id)
        if user is None:
            raise BadInput.at(f"{index}.id", f"there is no user with the id {draft.id}")
        if not may_subscribe(user):
            raise BadInput.at(f"{index}.id", "guests cannot be subscribed")
        found.append(draft.id)
    return tuple(found)


def _members(tx: Transaction, team_id: int, field: str) -> tuple[int, ...]:
    try:
        return stored.of_team(tx, team_id)
    except NotFound as missing:
        raise BadInput.at(field, missing.message) from None

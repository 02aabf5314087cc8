"""Who is kept informed of an incident (`/incidents/{id}/private-subscribers`)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Body, Path, Query

from tocsin.api.call import Call
from tocsin.api.parameters import Id, Number
from tocsin.api.routing import Resource
from tocsin.core.incidents import Subscribe, Unsubscribe
from tocsin.core.subscribers import may_subscribe
from tocsin.kit.errors import BadInput
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
    """USER; teams are refused, there are none yet."""
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
    user_id: Annotated[Number, Path(alias="subscriber_id")],
    kind: Annotated[SubscriberType, Query(alias="subscriber-type")] = "USER",
) -> None:
    """Keep a user informed no longer. Everybody may end a subscription of their own."""
    if user_id != call.caller.user_id:
        call.require("RESPOND")
    if kind == "TEAM":
        raise BadInput.at("subscriber-type", "there are no teams")
    with call.write() as tx:
        decisions.perform(tx, number, Unsubscribe(by=call.actor(tx), user_ids=(user_id,)))


def _users(tx: Transaction, wanted: list[SubscriberDraft]) -> tuple[int, ...]:
    known = documents.many(tx, USERS, (draft.id for draft in wanted), deleted=False)
    for index, draft in enumerate(wanted):
        if draft.type == "TEAM":
            raise BadInput.at(f"{index}.type", "there are no teams: name users")
        user = known.get(draft.id)
        if user is None:
            raise BadInput.at(f"{index}.id", f"there is no user with the id {draft.id}")
        if not may_subscribe(user):
            raise BadInput.at(f"{index}.id", "guests cannot be subscribed")
    return tuple(draft.id for draft in wanted)

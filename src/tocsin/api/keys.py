"""API keys of users: named, shown once, revocable. Ours: the product has no API for them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Body, Path

from tocsin.api.call import Call
from tocsin.api.parameters import Number, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.auth import api_keys as keys
from tocsin.core.access import may_manage
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.store import documents
from tocsin.store.kinds import USERS

user_keys = Resource("users")


@value
class NewKey:
    """A key to be made."""

    name: Annotated[str, MinLen(1), MaxLen(255)]
    """What it is for."""


@value
class ApiKey:
    """A key of a user."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    key: str | None = None
    """The key itself: only in the answer that creates it."""


@user_keys.get("/{id}/api-keys", "SELF")
def list_api_keys(call: Call, reference: Reference) -> list[ApiKey]:
    """A user's keys that were not revoked, without the keys themselves."""
    with call.read() as tx:
        owner = user_id(tx, reference, call)
        call.require("SELF", owner)
        return [
            ApiKey(id=key.id, name=key.name, created_at=key.created_at, last_used_at=key.last_used_at)
            for key in keys.listing(tx, owner)
        ]


@user_keys.post("/{id}/api-keys", "SELF")
def create_api_key(call: Call, reference: Reference, body: Annotated[NewKey, Body()]) -> ApiKey:
    """Make a key for oneself: whoever made one for somebody else would hold their role."""
    with call.write() as tx:
        owner = user_id(tx, reference, call)
        if owner != call.caller.user_id:
            raise Forbidden("a key can only be made by its own user")
        number, key = keys.create(tx, call.deployment.chance, owner, body.name)
        return ApiKey(id=number, name=body.name, created_at=tx.now, key=key)


@user_keys.delete("/{id}/api-keys/{key_id}", "SELF")
def revoke_api_key(call: Call, reference: Reference, key_id: Annotated[Number, Path()]) -> None:
    """Revoke a key: it stops to work at once."""
    with call.write() as tx:
        owner = user_id(tx, reference, call)
        call.require("SELF", owner)
        if not may_manage(call.caller, owner, documents.get(tx, USERS, owner).role):
            raise Forbidden("the owner's keys are the owner's")
        keys.revoke(tx, owner, key_id)

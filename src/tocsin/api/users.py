"""Users."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Query
from starlette.responses import Response

from tocsin.api import user_wire
from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Paging, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.api.user_wire import Preference, UserWire
from tocsin.auth.invitations import invite
from tocsin.core.access import may_grant
from tocsin.core.people import RuleKind, User
from tocsin.kit.errors import Forbidden, NotFound
from tocsin.kit.value import MaxLen, replace, value
from tocsin.store import documents, older_profiles, people, profiles
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS

users = Resource("users")


@value
class EmailQuery:
    """Whom to look for."""

    email: Annotated[str, MaxLen(254)]


@users.get("", "VIEW")
def list_users(call: Call, page: Paging) -> list[UserWire]:
    """Every user, in order of their ids."""
    with call.read() as tx:
        found = documents.listing(tx, USERS, page.start, page.count)
        everybody = people.load(tx, (user.id for user in found))
        return [user_wire.shown(everybody[user.id]) for user in found]


@users.post("", "MANAGE_USERS")
def create_user(
    call: Call,
    body: Annotated[UserWire, Body()],
    response: Response,
    *,
    without_invitation: Annotated[bool, Query(alias="send-no-invitation")] = False,
) -> UserWire:
    """Create a user, without a password, and invite them by mail."""
    user = user_wire.read(body, User())
    _require_grant(call, user, None)
    with call.write() as tx:
        person = people.create(tx, user)
        _set_rules(tx, None, replace(user, id=person.id), body)
        if not without_invitation:
            invite(tx, call.deployment, person, call.caller.name)
        created = people.one(tx, person.id)
    response.headers["location"] = call.location("users", created.id)
    return user_wire.shown(created)


@users.post("/search-email", "VIEW", status_code=200)
def search_email(call: Call, body: Annotated[EmailQuery, Body()]) -> UserWire:
    """The user with this e-mail address."""
    with call.read() as tx:
        found = people.by_login(tx, body.email)
        if found is None or found[0].email.casefold() != body.email.strip().casefold():
            raise NotFound(f"there is no user with the e-mail address {body.email!r}")
        return user_wire.shown(people.one(tx, found[0].id))


@users.get("/current", "SELF")
def get_current_user(call: Call) -> UserWire:
    """The caller."""
    with call.read() as tx:
        return user_wire.shown(people.one(tx, call.caller.user_id))


@users.put("/current", "SELF")
def update_current_user(call: Call, body: Annotated[UserWire, Body()]) -> UserWire:
    """Change the caller's own profile."""
    return _change(call, "current", body)


@users.get("/{id}", "SELF")
def get_user(call: Call, reference: Reference) -> UserWire:
    """One user, by id or user name."""
    with call.read() as tx:
        person = people.one(tx, user_id(tx, reference, call))
        if person.id != call.caller.user_id:
            call.require("VIEW")
        return user_wire.shown(person)


@users.put("/{id}", "SELF")
def update_user(call: Call, reference: Reference, body: Annotated[UserWire, Body()]) -> UserWire:
    """Change a user: oneself, or as an administrator anybody."""
    return _change(call, reference, body)


@users.delete("/{id}/muted-until", "SELF")
def unmute_user(call: Call, reference: Reference) -> None:
    """End the muting of a user's notifications."""
    with call.write() as tx:
        person = people.one(tx, user_id(tx, reference, call))
        call.require("SELF", person.id)
        profiles.change(tx, person, replace(profiles.of(person), muted_until=None))


@users.delete("/{id}", "MANAGE_USERS")
def delete_user(call: Call, reference: Reference) -> None:
    """Delete a user whom no escalation policy asks any more."""
    with call.write() as tx:
        held = people.one(tx, user_id(tx, reference, call))
        if held.role != "OWNER":
            _require_grant(call, held, held)
        people.remove(tx, held.id)


def _change(call: Calling, reference: str, body: UserWire) -> UserWire:
    with call.write() as tx:
        before = people.one(tx, user_id(tx, reference, call))
        call.require("SELF", before.id)
        user = user_wire.read(body, profiles.of(before))
        _require_grant(call, user, before)
        if user.muted_until is not None and user.muted_until <= tx.now:
            user = replace(user, muted_until=None)
        profiles.change(tx, before, user)
        _set_rules(tx, before, user, body)
        return user_wire.shown(people.one(tx, user.id))


def _require_grant(call: Calling, user: User, held: User | None) -> None:
    role = held.role if held else None
    if user.role == role and held is not None and held.id == call.caller.user_id:
        return
    if not may_grant(call.caller, user.role, role):
        raise Forbidden(f"your role does not allow you to give the role {user.role}")


def _set_rules(tx: Transaction, before: User | None, user: User, body: UserWire) -> None:
    """Telephones and preferences in their older form; what was not sent stays."""
    older_profiles.set_telephones(tx, before, user)
    subscribed = body.subscription_notification_types
    lists: dict[RuleKind, list[tuple[str, int]] | None] = {
        "HIGH": _wanted(body.notification_preferences),
        "LOW": _wanted(body.low_priority_notification_preferences),
        "SUBSCRIPTION": None if subscribed is None else [(name, 0) for name in subscribed],
    }
    older_profiles.set_rules(tx, user.id, lists)
    older_profiles.set_updates_and_duties(tx, before, user)


def _wanted(rules: tuple[Preference, ...] | None) -> list[tuple[str, int]] | None:
    return None if rules is None else [(rule.method, rule.delay) for rule in rules]

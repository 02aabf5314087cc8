"""Who may do what: the whole table, written out a second time."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from tocsin.core.access import Action, Caller, can, may_grant, may_manage
from tocsin.core.people import Role

ALLOWED: dict[Role, set[str]] = {
    "STAKEHOLDER": {"SELF", "FOLLOW"},
    "GUEST": {"SELF", "FOLLOW"},
    "RESPONDER": {"SELF", "FOLLOW", "VIEW", "RESPOND"},
    "USER": {"SELF", "FOLLOW", "VIEW", "RESPOND", "VIEW_KEYS", "CONFIGURE"},
    "ADMIN": {
        "SELF",
        "FOLLOW",
        "VIEW",
        "RESPOND",
        "VIEW_KEYS",
        "CONFIGURE",
        "MANAGE_USERS",
        "MANAGE_CONNECTORS",
        "OPERATE",
    },
    "OWNER": {
        "SELF",
        "FOLLOW",
        "VIEW",
        "RESPOND",
        "VIEW_KEYS",
        "CONFIGURE",
        "MANAGE_USERS",
        "MANAGE_CONNECTORS",
        "OPERATE",
        "OWN",
    },
}


def caller(role: Role) -> Caller:
    return Caller(user_id=1, name="somebody", role=role)


@pytest.mark.parametrize("role", get_args(Role))
def test_every_role(role: Role) -> None:
    assert {a for a in get_args(Action) if can(caller(role), a)} == ALLOWED[role] | {"PUBLIC", "TOKEN"}


def test_nobody_may_what_needs_nobody_and_nothing_else() -> None:
    assert {a for a in get_args(Action) if can(None, a)} == {"PUBLIC", "TOKEN"}


@pytest.mark.parametrize("role", get_args(Role))
def test_other_peoples_profiles_are_an_administrators(role: Role) -> None:
    assert can(caller(role), "SELF", subject_user_id=1)
    assert can(caller(role), "SELF", subject_user_id=2) == (role in {"ADMIN", "OWNER"})


def test_nobody_lifts_anybody_above_themselves_or_touches_those_above() -> None:
    order: list[Role] = ["STAKEHOLDER", "RESPONDER", "USER", "ADMIN"]
    for own, new, held in itertools.product(order, order, [None, *order]):
        allowed = order.index(own) >= max(order.index(new), order.index(held) if held else 0)
        assert may_grant(caller(own), new, held) == allowed, (own, new, held)


@pytest.mark.parametrize("role", get_args(Role))
def test_ownership_is_neither_given_nor_taken(role: Role) -> None:
    assert not may_grant(caller(role), "OWNER")
    assert not may_grant(caller(role), "OWNER", "ADMIN")
    assert not may_grant(caller(role), "USER", "OWNER")
    assert may_grant(caller(role), "OWNER", "OWNER") == (role == "OWNER")


@pytest.mark.parametrize("role", get_args(Role))
def test_what_proves_the_owner_is_the_owners(role: Role) -> None:
    assert may_manage(caller(role), 1, role)
    assert may_manage(caller(role), 2, "OWNER") == (role == "OWNER")

"""Who may do what: one table, with the roles of iLert.

Every route and page names its action; `can` answers. PUBLIC needs nobody, TOKEN needs the
unguessable token that the route itself checks.
"""

from __future__ import annotations

from typing import Literal

from tocsin.core.people import Role
from tocsin.kit.value import value

Action = Literal[
    "PUBLIC",
    "TOKEN",
    "SELF",
    "FOLLOW",
    "VIEW",
    "VIEW_KEYS",
    "RESPOND",
    "CONFIGURE",
    "MANAGE_USERS",
    "MANAGE_CONNECTORS",
    "OPERATE",
    "OWN",
]
"""SELF: one's own profile. FOLLOW: read the incidents that one is subscribed to. VIEW: read incidents and configuration. VIEW_KEYS: read integration
keys. RESPOND: accept, resolve, escalate, assign, comment, create. CONFIGURE: change sources and
policies. MANAGE_USERS: users, their contacts and keys. MANAGE_CONNECTORS: other products' accounts. OPERATE: the outbox and the state of the
system. OWN: account settings."""

_RANK: dict[Role, int] = {"STAKEHOLDER": 0, "GUEST": 0, "RESPONDER": 2, "USER": 3, "ADMIN": 4, "OWNER": 5}

_NEEDS: dict[str, int] = {
    "SELF": 0,
    "FOLLOW": 0,
    "VIEW": 2,
    "RESPOND": 2,
    "VIEW_KEYS": 3,
    "CONFIGURE": 3,
    "MANAGE_USERS": 4,
    "MANAGE_CONNECTORS": 4,
    "OPERATE": 4,
    "OWN": 5,
}


@value
class Caller:
    """Somebody who proved who they are."""

    user_id: int
    name: str
    role: Role


def can(caller: Caller | None, action: Action, subject_user_id: int | None = None) -> bool:
    """Whether `caller` may do `action`; for SELF, to the user `subject_user_id`.

    An administrator may do to others what everybody may do to themselves.
    """
    if action in ("PUBLIC", "TOKEN"):
        return True
    if caller is None:
        return False
    rank = _RANK[caller.role]
    if action == "SELF":
        own = subject_user_id is None or subject_user_id == caller.user_id
        return own or rank >= _NEEDS["MANAGE_USERS"]
    return rank >= _NEEDS[action]


def may_grant(caller: Caller, role: Role, held: Role | None = None) -> bool:
    """Whether `caller` may give `role` to a user who holds `held` now.

    Nobody gives a role above their own or changes somebody above them; ownership is not given.
    """
    if (role == "OWNER") != (held == "OWNER"):
        return False
    return _RANK[caller.role] >= max(_RANK[role], _RANK[held] if held else 0)


def may_manage(caller: Caller, user_id: int, role: Role) -> bool:
    """Whether `caller` may change what proves that somebody is the user `user_id`, who holds `role`.

    That is a login address or a key: with either, an administrator could become the owner.
    """
    return user_id == caller.user_id or may_grant(caller, role, role)

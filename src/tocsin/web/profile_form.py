"""The form of a person: read over what the person is already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from tocsin.auth.passwords import SHORTEST, hash_password
from tocsin.core.access import Caller, may_grant
from tocsin.core.people import Role, User, is_mail_address
from tocsin.kit.errors import BadInput, Forbidden, Problem
from tocsin.kit.value import replace
from tocsin.languages import OFFERED, SOURCE, say
from tocsin.web import clockwork
from tocsin.web.visit import Visit

FIELDS = ("first_name", "last_name", "email", "role", "language", "timezone", "position", "department")


def read(visit: Visit, before: User) -> User:
    """The profile as the form wants it. Raises BadInput, and Forbidden for a role that is not one's to give."""
    email, zone = visit.said("email", 254), visit.said("timezone", 64) or before.timezone
    wrong: list[Problem] = []
    if not (visit.said("first_name", 255) or visit.said("last_name", 255)):
        wrong.append(Problem("first_name", "a name is missing"))
    if not is_mail_address(email):
        wrong.append(Problem("email", "write an address like ann@example.com"))
    if not clockwork.is_zone(zone):
        wrong.append(Problem("timezone", "write a name like Europe/Berlin"))
    if wrong:
        raise BadInput(*wrong)
    username = before.username if before.username not in ("", before.email) else email
    return replace(
        before,
        username=username,
        email=email,
        first_name=visit.said("first_name", 255),
        last_name=visit.said("last_name", 255),
        role=_role(visit, before),
        language=visit.said("language") if visit.said("language") in OFFERED else SOURCE,
        timezone=zone,
        position=visit.said("position", 255),
        department=visit.said("department", 255),
    )


def _role(visit: Visit, before: User) -> Role:
    """The role, if it was sent and changes. Raises Forbidden."""
    sent = visit.said("role")
    role = next((known for known in get_args(Role) if known == sent), before.role)
    if role == before.role and before.id:
        return role
    if visit.caller is None or not may_grant(visit.caller, role, before.role if before.id else None):
        raise Forbidden("your role does not allow you to give this role")
    return role


def grantable(caller: Caller | None, held: Role | None) -> list[Role]:
    """The roles that the visitor may give somebody who holds `held`, the present one among them."""
    every: tuple[Role, ...] = get_args(Role)
    return [role for role in every if role == held or (caller and may_grant(caller, role, held))]


def said_of(user: User) -> Mapping[str, str]:
    """What the form shows of a person."""
    return {name: str(getattr(user, name)) for name in FIELDS}


def new_password(visit: Visit) -> str:
    """The hash of the password that a form sets. Raises BadInput, in the visitor's words."""
    password = visit.form.get("password", "")[:1024]
    if len(password) < SHORTEST:
        raise BadInput.at("password", say(visit.language, "use at least {n} characters", n=SHORTEST))
    return hash_password(password)

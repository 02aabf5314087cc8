"""The link by which an invited user sets a password.

Signed over the user and the password that the user has now: setting one uses the link up, and
nothing needs to be stored.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol

import sqlalchemy as sa

from tocsin.auth import signed_ids
from tocsin.core.people import Person
from tocsin.kit.chance import same
from tocsin.kit.errors import Conflict
from tocsin.languages import say
from tocsin.store import notifications
from tocsin.store.database import Transaction
from tocsin.store.tables import users

_SIGNATURE_DIGITS = 40


class Inviting(Protocol):
    """What a link is made from: of a deployment, the secret and the address."""

    @property
    def secret(self) -> str:
        """Signs it."""
        ...

    @property
    def public_url(self) -> str:
        """Where it leads."""
        ...


def invitation_token(tx: Transaction, secret: str, user_id: int) -> str:
    """The token that lets this user set a password, until one is set."""
    return f"{user_id}x{_signature(secret, user_id, _password_hash(tx, user_id))}"


def invite(tx: Transaction, deployment: Inviting, person: Person, by_name: str) -> None:
    """Send the link by mail. It also serves whoever forgot the password. Raises Conflict without an address."""
    contact = next((c for c in person.contacts if c.target == person.email), None)
    if contact is None:
        raise Conflict("the user has no e-mail address that the link could go to")
    t = partial(say, person.language)
    url = f"{deployment.public_url}/invitation/{invitation_token(tx, deployment.secret, person.id)}"
    content = {
        "purpose": "INVITATION",
        "method": "EMAIL",
        "headline": t("You are invited to Tocsin"),
        "text": t(
            "Hello {name}, {by} has created an account for you. From now on Tocsin can alert you. "
            "Open the link to choose a password.",
            name=person.name,
            by=by_name,
        ),
        "url": url,
    }
    notifications.schedule_notice(tx, person.id, contact.id, contact.target, content)


def invited_user(tx: Transaction, secret: str, token: str) -> int | None:
    """The user whom a token invites; None when it is not ours, used up, or the user is gone."""
    parts = signed_ids.split(token)
    if parts is None:
        return None
    user_id, signature = parts
    alive = sa.select(users.c.id).where(users.c.id == user_id, users.c.deleted_at.is_(None))
    expected = _signature(secret, user_id, _password_hash(tx, user_id))
    if not same(signature, expected) or tx.scalar(alive) is None:
        return None
    return user_id


def _password_hash(tx: Transaction, user_id: int) -> str:
    return tx.scalar(sa.select(users.c.password_hash).where(users.c.id == user_id)) or ""


def _signature(secret: str, user_id: int, password_hash: str) -> str:
    return signed_ids.signature(secret, f"invitation:{user_id}:{password_hash}", _SIGNATURE_DIGITS)

"""The link by which a user sets a password: who was invited, and who forgot it.

Signed over the user, the address and the password that the user has now and the end of its time: setting
one uses the link up, and nothing needs to be stored.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Protocol

import sqlalchemy as sa

from tocsin.auth import signed_ids
from tocsin.core.people import Contact, Person
from tocsin.kit.chance import same
from tocsin.kit.errors import Conflict, NotFound
from tocsin.languages import msgid, say
from tocsin.store import contacts, notifications, people
from tocsin.store.database import Row, Transaction
from tocsin.store.tables import users

_SIGNATURE_DIGITS, _LONGEST_END = 40, 12
LIFETIME = timedelta(days=7)
"""How long a link is good for."""
MOST_ASKED, ASKED_WITHIN = 3, timedelta(hours=1)
"""How many links somebody who is not signed in can have sent to one address."""


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
    """The token that lets this user set a password, until one is set or its time is over. Raises NotFound."""
    user, end = _account(tx, user_id), int((tx.now + LIFETIME).timestamp())
    if user is None:
        raise NotFound("there is no such user")
    return f"{user_id}x{end}x{_signature(secret, user, end)}"


def invite(tx: Transaction, deployment: Inviting, person: Person, by_name: str) -> None:
    """Send the link by mail, also to whoever has a password already. Raises Conflict without an address."""
    user = _account(tx, person.id)
    if user is not None and user.password_hash:
        _renew(tx, deployment, person)
        return
    t = partial(say, person.language)
    text = t(
        "Hello {name}, {by} has created an account for you. From now on Tocsin can alert you. "
        "Open the link to choose a password.",
        name=person.name,
        by=by_name,
    )
    _send(tx, deployment, person, t("You are invited to Tocsin"), text)


def forgot(tx: Transaction, deployment: Inviting, person: Person) -> None:
    """Send the link to somebody who says that they forgot the password, a few times an hour at most."""
    contact = _login_contact(person)
    since = tx.now - ASKED_WITHIN
    if contact and notifications.count_to(tx, contact.id, "INVITATION", since) < MOST_ASKED:
        _renew(tx, deployment, person)


def _renew(tx: Transaction, deployment: Inviting, person: Person) -> None:
    t = partial(say, person.language)
    text = t(
        "Hello {name}, somebody asked for a new password for your account. Open the link to choose it. "
        "If you did not want that, do nothing: the old one stays.",
        name=person.name,
    )
    _send(tx, deployment, person, t("Choose a new password for Tocsin"), text)


def _send(tx: Transaction, deployment: Inviting, person: Person, headline: str, text: str) -> None:
    contact = _login_contact(person)
    if contact is None:
        raise Conflict(msgid("the user has no e-mail address that the link could go to"))
    url = f"{deployment.public_url}/invitation/{invitation_token(tx, deployment.secret, person.id)}"
    content = {"purpose": "INVITATION", "method": "EMAIL", "headline": headline, "text": text, "url": url}
    notifications.schedule_notice(tx, person.id, contact.id, contact.target, content)


def _login_contact(person: Person) -> Contact | None:
    return next((c for c in person.contacts if c.target == person.email), None)


def take_up(tx: Transaction, person: Person, password_hash: str) -> None:
    """Set the password. Whoever has the link reads the mails to its address, which is thereby proven."""
    people.set_password(tx, person.id, password_hash)
    contact = _login_contact(person)
    if contact and contact.state in ("UNVERIFIED", "UNPROVEN"):
        contacts.save(tx, person.id, contacts.proven(contact, "EMAIL"))


def invited_user(tx: Transaction, secret: str, token: str) -> int | None:
    """The user whom a token invites; None when it is not ours, used up, too old, or the user is gone."""
    user_id, rest = signed_ids.split(token) or (0, "")
    end, _, signature = rest.partition("x")
    if not (end.isascii() and end.isdigit() and len(end) <= _LONGEST_END):
        return None
    user = _account(tx, user_id)
    if user is None or user.deleted_at is not None or tx.now.timestamp() >= int(end):
        return None
    return user_id if same(signature, _signature(secret, user, int(end))) else None


def _account(tx: Transaction, user_id: int) -> Row | None:
    columns = (users.c.id, users.c.email_fold, users.c.password_hash, users.c.deleted_at)
    return tx.first(sa.select(*columns).where(users.c.id == user_id))


def _signature(secret: str, user: Row, end: int) -> str:
    text = f"invitation:{user.id}:{end}:{user.email_fold}:{user.password_hash or ''}"
    return signed_ids.signature(secret, text, _SIGNATURE_DIGITS)

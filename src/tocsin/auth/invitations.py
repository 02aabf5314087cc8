"""The link by which an invited user sets a password.

Signed over the user and the password that the user has now: setting one uses the link up, and
nothing needs to be stored.
"""

from __future__ import annotations

import sqlalchemy as sa

from tocsin.auth import signed_ids
from tocsin.kit.chance import same
from tocsin.store.database import Transaction
from tocsin.store.tables import users

_SIGNATURE_DIGITS = 40


def invitation_token(tx: Transaction, secret: str, user_id: int) -> str:
    """The token that lets this user set a password, until one is set."""
    return f"{user_id}x{_signature(secret, user_id, _password_hash(tx, user_id))}"


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

"""Sessions as rows, so that they can be revoked; the cookie holds a random token, the row its digest."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from tocsin.kit.chance import Chance, digest, token
from tocsin.store.database import Transaction
from tocsin.store.tables import sessions

LIFETIME = timedelta(days=30)


def create(tx: Transaction, chance: Chance, user_id: int, agent: str) -> str:
    """Sign a user in; the token for the cookie."""
    secret = token(chance, 32)
    row = {"digest": digest(secret), "user_id": user_id, "agent": agent[:200]}
    times = {"created_at": tx.now, "last_seen_at": tx.now, "expires_at": tx.now + LIFETIME}
    tx.run(sa.insert(sessions), {**row, **times})
    return secret


def user(tx: Transaction, secret: str) -> int | None:
    """The id of the user whose cookie this is, None when it expired or was revoked."""
    query = sa.select(sessions.c.user_id).where(
        sessions.c.digest == digest(secret), sessions.c.revoked_at.is_(None), sessions.c.expires_at > tx.now
    )
    user_id: int | None = tx.scalar(query)
    return user_id


def revoke(tx: Transaction, secret: str) -> None:
    """Sign out."""
    tx.run(sa.update(sessions).where(sessions.c.digest == digest(secret)).values(revoked_at=tx.now))

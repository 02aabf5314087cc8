"""Sessions as rows, so that they can be revoked; the cookie holds a random token, the row its digest."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from tocsin.auth.api_keys import caller_of
from tocsin.core.access import Caller
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


def caller(tx: Transaction, secret: str) -> Caller | None:
    """Who is signed in with this cookie, None when it expired or was revoked."""
    query = sa.select(sessions.c.user_id).where(
        sessions.c.digest == digest(secret), sessions.c.revoked_at.is_(None), sessions.c.expires_at > tx.now
    )
    user_id = tx.scalar(query)
    return caller_of(tx, user_id) if user_id is not None else None


def revoke(tx: Transaction, secret: str) -> None:
    """Sign out."""
    tx.run(sa.update(sessions).where(sessions.c.digest == digest(secret)).values(revoked_at=tx.now))

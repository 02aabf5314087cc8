"""API keys: random, shown once, stored as a digest."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from tocsin.core.access import Caller
from tocsin.kit.chance import Chance, digest, token
from tocsin.kit.errors import NotFound
from tocsin.kit.value import value
from tocsin.store import documents
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.store.tables import api_keys

USED_RESOLUTION = timedelta(minutes=1)
"""The time of last use is stored at most this often: reading must not become writing."""


def create(tx: Transaction, chance: Chance, user_id: int, name: str) -> tuple[int, str]:
    """A new key of a user, with its id; the only time that it is seen."""
    number, key = tx.next_id("api_keys"), f"il1usr{token(chance, 32)}"
    row = {"id": number, "user_id": user_id, "name": name, "digest": digest(key)}
    tx.run(sa.insert(api_keys), {**row, "created_at": tx.now})
    return number, key


@value
class Kept:
    """A key as it is listed: without the key itself."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


def listing(tx: Transaction, user_id: int) -> list[Kept]:
    """A user's keys that were not revoked."""
    query = sa.select(api_keys).where(api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
    return [
        Kept(id=row.id, name=row.name, created_at=row.created_at, last_used_at=row.last_used_at)
        for row in tx.all(query.order_by(api_keys.c.id))
    ]


def revoke(tx: Transaction, user_id: int, key_id: int) -> None:
    """Revoke a key: it stops to work at once. Raises NotFound."""
    alive = sa.and_(api_keys.c.id == key_id, api_keys.c.user_id == user_id, api_keys.c.revoked_at.is_(None))
    if not tx.run(sa.update(api_keys).where(alive).values(revoked_at=tx.now)).rowcount:
        raise NotFound(f"the user has no API key with the id {key_id}")


@value
class Holder:
    """Who holds a key."""

    caller: Caller
    unnoted: bool
    """Whether the last use on record is a while ago, so that this one should be noted."""


def holder(tx: Transaction, key: str) -> Holder | None:
    """Who holds this key, None for an unknown or revoked one."""
    query = sa.select(api_keys.c.user_id, api_keys.c.last_used_at).where(
        api_keys.c.digest == digest(key.strip()), api_keys.c.revoked_at.is_(None)
    )
    row = tx.first(query)
    found = caller_of(tx, row.user_id) if row else None
    if row is None or found is None:
        return None
    used = row.last_used_at
    return Holder(caller=found, unnoted=used is None or tx.now - used > USED_RESOLUTION)


def note_use(tx: Transaction, key: str) -> None:
    """Write down that the key was used just now."""
    same_key = api_keys.c.digest == digest(key.strip())
    tx.run(sa.update(api_keys).where(same_key).values(last_used_at=tx.now))


def caller_of(tx: Transaction, user_id: int) -> Caller | None:
    """The user as a caller, None when deleted."""
    user = documents.many(tx, USERS, (user_id,), deleted=False).get(user_id)
    return Caller(user_id=user.id, name=user.name, role=user.role) if user else None

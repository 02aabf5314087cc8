"""Secret addresses of calendars: made, given up, found again by their secret, which is stored as a digest."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from tocsin.kit.chance import Chance, digest, token
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import value
from tocsin.store.database import Row, Transaction
from tocsin.store.tables import calendar_feeds

MOST = 50
"""Of one person."""


@value
class Feed:
    """A calendar under a secret address."""

    id: int
    user_id: int
    """Whose it is: it shows what this person may see, and no longer when they are gone."""
    schedule_id: int | None = None
    """None: all shifts of the user."""
    created_at: datetime


def create(tx: Transaction, chance: Chance, user_id: int, schedule_id: int | None) -> tuple[Feed, str]:
    """A new feed, and its secret: the only time that it is seen. Raises BadInput for one too many."""
    if len(listing(tx, user_id)) >= MOST:
        raise BadInput.at("", f"{MOST} calendars are enough: give up one first")
    secret = token(chance)
    feed = Feed(id=tx.next_id("calendar_feeds"), user_id=user_id, schedule_id=schedule_id, created_at=tx.now)
    row = {"id": feed.id, "digest": digest(secret), "user_id": user_id, "schedule_id": schedule_id}
    tx.run(sa.insert(calendar_feeds), {**row, "created_at": tx.now})
    return feed, secret


def listing(tx: Transaction, user_id: int) -> list[Feed]:
    """The feeds of a user that are not given up."""
    query = sa.select(calendar_feeds).where(
        calendar_feeds.c.user_id == user_id, calendar_feeds.c.revoked_at.is_(None)
    )
    return [_feed(row) for row in tx.all(query.order_by(calendar_feeds.c.id))]


def revoke(tx: Transaction, user_id: int, feed_id: int) -> None:
    """Give a feed up: its address leads nowhere from now on. Raises NotFound."""
    mine = sa.and_(
        calendar_feeds.c.id == feed_id,
        calendar_feeds.c.user_id == user_id,
        calendar_feeds.c.revoked_at.is_(None),
    )
    if not tx.run(sa.update(calendar_feeds).where(mine).values(revoked_at=tx.now)).rowcount:
        raise NotFound(f"the user has no calendar with the id {feed_id}")


def by_secret(tx: Transaction, secret: str) -> Feed | None:
    """The feed with this secret, None for an unknown one or one that was given up."""
    query = sa.select(calendar_feeds).where(
        calendar_feeds.c.digest == digest(secret), calendar_feeds.c.revoked_at.is_(None)
    )
    row = tx.first(query)
    return _feed(row) if row else None


def _feed(row: Row) -> Feed:
    return Feed(id=row.id, user_id=row.user_id, schedule_id=row.schedule_id, created_at=row.created_at)

"""Heartbeats: what was heard when, and what is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.heartbeats import Beat
from tocsin.store.database import Row, Transaction
from tocsin.store.tables import heartbeats


def by_keys(tx: Transaction, keys: Mapping[str, object] | set[str]) -> dict[str, Beat]:
    """The heartbeats with these keys, held by this transaction."""
    query = sa.select(heartbeats).where(heartbeats.c.key.in_(sorted(keys))).order_by(heartbeats.c.source_id)
    return {row.key: _beat(row) for row in tx.all(query.with_for_update())}


def due(tx: Transaction, limit: int) -> list[Beat]:
    """Claim heartbeats whose time has come, the most overdue first."""
    query = (
        sa.select(heartbeats)
        .where(heartbeats.c.due_at <= tx.now)
        .order_by(heartbeats.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_beat(row) for row in tx.all(query)]


def of_source(tx: Transaction, source_id: int) -> Beat | None:
    """The heartbeat of a source."""
    row = tx.first(sa.select(heartbeats).where(heartbeats.c.source_id == source_id))
    return _beat(row) if row else None


_SAVE = (
    sa.update(heartbeats)
    .where(heartbeats.c.source_id == sa.bindparam("wanted_id"))
    .values({name: sa.bindparam(name) for name in ("state", "last_ping_at", "due_at")})
)


def save(tx: Transaction, beats: list[Beat]) -> None:
    """Store heartbeats that this transaction holds."""
    rows = [
        {"wanted_id": b.source_id, "state": b.state, "last_ping_at": b.last_ping_at, "due_at": b.due_at}
        for b in beats
    ]
    if rows:
        tx.run(_SAVE, rows)


def next_due(tx: Transaction) -> datetime | None:
    """When the next heartbeat is due."""
    found: datetime | None = tx.scalar(
        sa.select(sa.func.min(heartbeats.c.due_at)).where(heartbeats.c.due_at.is_not(None))
    )
    return found


def _beat(row: Row) -> Beat:
    return Beat(
        source_id=row.source_id,
        interval_sec=row.interval_sec,
        state=row.state,
        last_ping_at=row.last_ping_at,
        due_at=row.due_at,
        active=row.active,
    )

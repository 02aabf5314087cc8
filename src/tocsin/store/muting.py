"""Muting: pages that wait for a person are taken back, and whoever else is to be told is told at once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from tocsin.core.incidents import Unreached
from tocsin.store import decisions, incidents, reached
from tocsin.store.database import Transaction
from tocsin.store.tables import notifications as t


def take_back(tx: Transaction, user_id: int, name: str, until: datetime) -> None:
    """The person muted everything until then. What the fallback gets is never muted."""
    waiting = sa.and_(
        t.c.user_id == user_id,
        t.c.state == "SCHEDULED",
        t.c.purpose == "ALERT",
        t.c.due_at.is_not(None),
        t.c.due_at < until,
    )
    rows = tx.all(sa.select(t.c.id, t.c.incident_id).where(waiting).with_for_update())
    if not rows:
        return
    reason = f"{name} muted notifications until {until:%Y-%m-%d %H:%M} UTC"
    gone = {"state": "CANCELLED", "due_at": None, "reason": reason}
    tx.run(sa.update(t).where(t.c.id.in_([row.id for row in rows])).values(gone))
    for number in sorted({row.incident_id for row in rows}):
        _, level_alive, _ = reached.reach(tx, (number,)).get(number, (False, False, False))
        if not level_alive and incidents.get(tx, number).open:
            decisions.perform(tx, number, Unreached(reason=reason))

"""Messages that wait are taken back, and whoever else is to be told is told at once.

A person muted everything; or an address was deleted, changed, or forbidden by its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.incidents import Unreached
from tocsin.core.people import Method
from tocsin.store import decisions, incidents, reached
from tocsin.store.database import Transaction
from tocsin.store.notifications import PAGING
from tocsin.store.tables import notifications as t


def muted(tx: Transaction, user_id: int, name: str, until: datetime) -> None:
    """The person muted everything until then. What the fallback gets is never muted."""
    theirs = sa.and_(
        t.c.user_id == user_id, t.c.purpose == "ALERT", t.c.due_at.is_not(None), t.c.due_at < until
    )
    _take_back(tx, theirs, f"{name} muted notifications until {until:%Y-%m-%d %H:%M} UTC")


def address_gone(tx: Transaction, contact_id: int, reason: str, methods: Sequence[Method] = ()) -> None:
    """Nothing goes to this address any more; with `methods` only nothing by these."""
    there = t.c.contact_id == contact_id
    _take_back(tx, sa.and_(there, t.c.method.in_(methods)) if methods else there, reason)


def _take_back(tx: Transaction, wanted: sa.ColumnElement[bool], reason: str) -> None:
    waiting = sa.and_(t.c.state == "SCHEDULED", wanted)
    rows = tx.all(sa.select(t.c.id, t.c.incident_id, t.c.purpose).where(waiting).with_for_update())
    if not rows:
        return
    gone = {"state": "CANCELLED", "due_at": None, "reason": reason}
    tx.run(sa.update(t).where(t.c.id.in_([row.id for row in rows])).values(gone))
    for number in sorted({row.incident_id for row in rows if row.purpose in PAGING}):
        _, level_alive, _ = reached.reach(tx, (number,)).get(number, (False, False, False))
        if not level_alive and incidents.get(tx, number).open:
            decisions.perform(tx, number, Unreached(reason=reason))

"""What providers report about messages, and what people answer to them: finding the message meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from tocsin.core.delivery import Notification
from tocsin.core.people import Method
from tocsin.store.database import Transaction
from tocsin.store.notifications import COLUMNS, LEFT, notification_of
from tocsin.store.tables import heard
from tocsin.store.tables import notifications as t

KEPT = timedelta(days=7)
"""How long a provider's ids of answers are remembered: they repeat theirs within hours."""
ANSWERABLE = ("ALERT", "FALLBACK", "ESCALATED", "TEST")
_PICKED = tuple(t.c[name] for name in COLUMNS)


def locked(tx: Transaction, notification_id: int) -> Notification | None:
    """A notification, for changing it."""
    row = tx.first(sa.select(*_PICKED).where(t.c.id == notification_id).with_for_update())
    return notification_of(row) if row else None


def by_reference(tx: Transaction, method: Method, reference: str) -> Notification | None:
    """The notification that a provider knows by this id."""
    query = sa.select(*_PICKED).where(t.c.reference == reference, t.c.method == method)
    row = tx.first(query.order_by(t.c.id.desc()).limit(1).with_for_update())
    return notification_of(row) if row else None


def last_sent(
    tx: Transaction, contact_ids: Sequence[int], method: Method, incident_id: int | None = None
) -> Notification | None:
    """The message sent last to these addresses that can be answered.

    With `incident_id`, about that one; also if it waits, or was told in a summary: it is named.
    """
    query = sa.select(*_PICKED).where(
        t.c.contact_id.in_(list(contact_ids)), t.c.method == method, t.c.purpose.in_(ANSWERABLE)
    )
    left = sa.or_(t.c.sent_at.is_not(None), t.c.state == "SENDING")
    query = query.where(left if incident_id is None else t.c.incident_id == incident_id)
    row = tx.first(
        query.order_by(sa.func.coalesce(t.c.sent_at, t.c.created_at).desc(), t.c.id.desc()).limit(1)
    )
    return notification_of(row) if row else None


def arrived(tx: Transaction, n: Notification, *, seen: bool) -> None:
    """The message reached the device, or was read. One that was to be sent again is not."""
    change: dict[str, object] = {"delivered_at": n.delivered_at or tx.now, "report_due_at": None}
    if seen:
        change["seen_at"] = n.seen_at or tx.now
    if n.state != "SENDING":
        state = "ANSWERED" if n.answered_at else "SEEN" if seen or n.seen_at else "DELIVERED"
        change |= {"state": state, "due_at": None, "sent_at": n.sent_at or tx.now}
    tx.run(sa.update(t).where(t.c.id == n.id).values(change))
    tx.wake("log")


def unreported(tx: Transaction, limit: int) -> list[Notification]:
    """Messages whose delivery report is overdue, locked."""
    query = (
        sa.select(*_PICKED)
        .where(t.c.report_due_at <= tx.now, t.c.state.in_(LEFT))
        .order_by(t.c.report_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [notification_of(row) for row in tx.all(query)]


def next_report(tx: Transaction) -> datetime | None:
    """When the next delivery report is due."""
    found: datetime | None = tx.scalar(
        sa.select(sa.func.min(t.c.report_due_at)).where(t.c.report_due_at.is_not(None))
    )
    return found


def first_time(tx: Transaction, provider_id: int, key: str) -> bool:
    """Whether this answer was not processed before; from now on it was."""
    here = sa.and_(heard.c.provider_id == provider_id, heard.c.key == key)
    if tx.first(sa.select(heard.c.at).where(here)) is not None:
        return False
    tx.run(sa.delete(heard).where(heard.c.at < tx.now - KEPT))
    tx.run(sa.insert(heard), {"provider_id": provider_id, "key": key, "at": tx.now})
    return True

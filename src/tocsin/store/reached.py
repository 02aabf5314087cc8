"""Whom an incident's pages have reached, or still may: what every step of it depends on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tocsin.core.people import Paged
from tocsin.store.database import WANTED, Transaction
from tocsin.store.notifications import ALIVE, PAGING, TOLD
from tocsin.store.tables import incidents, notifications


def _reach() -> sa.Select[Any]:
    n, i = notifications.c, incidents.c
    alive = n.state.in_(ALIVE)
    level = sa.and_(n.cycle == i.cycle, n.level == i.level, alive)
    return (
        sa.select(
            n.incident_id,
            sa.func.max(sa.case((alive, 1), else_=0)),
            sa.func.max(sa.case((level, 1), else_=0)),
            sa.func.max(sa.case((n.purpose == "FALLBACK", 1), else_=0)),
        )
        .join(incidents, i.id == n.incident_id)
        .where(n.incident_id.in_(WANTED), n.purpose.in_(PAGING), n.generation == i.generation)
        .group_by(n.incident_id)
    )


_REACH = _reach()


def reach(tx: Transaction, incident_ids: Iterable[int]) -> dict[int, tuple[bool, bool, bool]]:
    """Per incident, of the present generation: (any page left or may leave, any of the present level, fallback tried)."""
    wanted = list(incident_ids)
    rows = tx.all(_REACH, {"wanted": wanted}) if wanted else ()
    return {row[0]: (bool(row[1]), bool(row[2]), bool(row[3])) for row in rows}


_PAGED = (
    sa.select(
        *(
            notifications.c[name]
            for name in ("incident_id", "user_id", "contact_id", "method", "target", "created_at")
        )
    )
    .where(
        notifications.c.incident_id.in_(WANTED),
        notifications.c.purpose.in_(PAGING),
        sa.or_(notifications.c.state.in_(TOLD), notifications.c.attempts > 0),
        notifications.c.contact_id.is_not(None),
    )
    .order_by(notifications.c.id)
)


def paged(tx: Transaction, incident_ids: Iterable[int]) -> dict[int, list[Paged]]:
    """Per incident, every address that got a page or may have got one."""
    found: dict[int, dict[tuple[int, int], Paged]] = {}
    wanted = list(incident_ids)
    for row in tx.all(_PAGED, {"wanted": wanted}) if wanted else ():
        once = found.setdefault(row.incident_id, {})
        person = Paged(
            user_id=row.user_id,
            contact_id=row.contact_id,
            method=row.method,
            target=row.target,
            since=row.created_at,
        )
        once.setdefault((row.user_id, row.contact_id), person)
    return {incident_id: list(once.values()) for incident_id, once in found.items()}

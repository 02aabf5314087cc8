"""Absences: when a person is away, whatever a schedule says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence
from tocsin.kit.errors import NotFound
from tocsin.kit.value import replace, value
from tocsin.store.database import Row, Transaction, one_of
from tocsin.store.tables import absences


@value
class Noted:
    """An absence with its reason."""

    absence: Absence
    reason: str = ""


def add(tx: Transaction, wanted: Noted, by: int | None) -> Noted:
    """Store an absence."""
    number = tx.next_id("absences")
    away = wanted.absence
    row = {"id": number, "user_id": away.user.id, "start": away.start, "end": away.end}
    tx.run(sa.insert(absences), {**row, "reason": wanted.reason, "created_by": by, "created_at": tx.now})
    return replace(wanted, absence=replace(away, id=number))


_AWAY = (
    sa.select(absences)
    .where(one_of(absences.c.user_id), absences.c.end > sa.bindparam("since"))
    .order_by(absences.c.start, absences.c.id)
)


def of_users(
    tx: Transaction, user_ids: Iterable[int], since: datetime, until: datetime | None = None
) -> dict[int, list[Absence]]:
    """The absences that share an instant with [since, until), by user, in order of time."""
    wanted = list(user_ids)
    if not wanted:
        return {}
    query = _AWAY if until is None else _AWAY.where(absences.c.start < until)
    found: dict[int, list[Absence]] = {}
    for row in tx.all(query, {"wanted": wanted, "since": since}):
        found.setdefault(row.user_id, []).append(_noted(row).absence)
    return found


def listing(tx: Transaction, user_id: int, since: datetime) -> list[Noted]:
    """A person's absences that were not over at `since`, in order of time."""
    query = sa.select(absences).where(absences.c.user_id == user_id, absences.c.end > since)
    return [_noted(row) for row in tx.all(query.order_by(absences.c.start, absences.c.id))]


def coming(tx: Transaction, limit: int) -> list[Noted]:
    """Everybody's absences that are not over, in order of time."""
    query = sa.select(absences).where(absences.c.end > tx.now).order_by(absences.c.start, absences.c.id)
    return [_noted(row) for row in tx.all(query.limit(limit))]


def one(tx: Transaction, user_id: int, absence_id: int) -> Noted:
    """One absence of a person. Raises NotFound."""
    query = sa.select(absences).where(absences.c.id == absence_id, absences.c.user_id == user_id)
    row = tx.first(query)
    if row is None:
        raise NotFound(f"the user has no absence with the id {absence_id}")
    return _noted(row)


def cut(tx: Transaction, absence: Absence, kept: Absence | None) -> None:
    """Leave of a stored absence only what is `kept`."""
    same = absences.c.id == absence.id
    if kept is None:
        tx.run(sa.delete(absences).where(same))
    else:
        tx.run(sa.update(absences).where(same).values(end=kept.end))


def _noted(row: Row) -> Noted:
    absence = Absence(id=row.id, user=UserRef(id=row.user_id), start=row.start, end=row.end)
    return Noted(absence=absence, reason=row.reason)

"""Overrides: who takes over a schedule for a while. What has begun stays as it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.policies import UserRef
from tocsin.core.schedules import Override
from tocsin.kit.errors import NotFound
from tocsin.kit.value import replace
from tocsin.store.database import Row, Transaction, one_of
from tocsin.store.tables import schedule_overrides


def add(tx: Transaction, schedule_id: int, wanted: Override, by: int | None) -> Override:
    """Store an override of a schedule."""
    number = tx.next_id("schedule_overrides")
    row = {"id": number, "schedule_id": schedule_id, "user_id": wanted.user.id, "created_by": by}
    when = {"start": wanted.start, "end": wanted.end, "created_at": tx.now}
    tx.run(sa.insert(schedule_overrides), {**row, **when})
    return replace(wanted, id=number)


def of_schedules(
    tx: Transaction, ids: Iterable[int], since: datetime, until: datetime | None = None
) -> dict[int, list[Override]]:
    """The overrides that share an instant with [since, until), by schedule, the earliest entered first."""
    table = schedule_overrides.c
    query = sa.select(schedule_overrides).where(one_of(table.schedule_id, ids), table.end > since)
    if until is not None:
        query = query.where(table.start < until)
    found: dict[int, list[Override]] = {}
    for row in tx.all(query.order_by(table.id)):
        found.setdefault(row.schedule_id, []).append(_override(row))
    return found


def one(tx: Transaction, schedule_id: int, override_id: int) -> Override:
    """An override of a schedule. Raises NotFound."""
    same = sa.and_(schedule_overrides.c.id == override_id, schedule_overrides.c.schedule_id == schedule_id)
    row = tx.first(sa.select(schedule_overrides).where(same))
    if row is None:
        raise NotFound(f"the schedule has no override with the id {override_id}")
    return _override(row)


def cut(tx: Transaction, override: Override, kept: Override | None) -> None:
    """Leave of a stored override only what is `kept`."""
    same = schedule_overrides.c.id == override.id
    if kept is None:
        tx.run(sa.delete(schedule_overrides).where(same))
    else:
        tx.run(sa.update(schedule_overrides).where(same).values(end=kept.end))


def _override(row: Row) -> Override:
    return Override(id=row.id, user=UserRef(id=row.user_id), start=row.start, end=row.end)

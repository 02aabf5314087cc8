"""Maintenance windows, and which sources are in one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from tocsin.core.maintenance import MaintenanceWindow, checked, in_force
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import value
from tocsin.store import documents, heartbeats
from tocsin.store.database import Transaction
from tocsin.store.kinds import MAINTENANCE, SOURCES
from tocsin.store.tables import alert_sources, maintenance_sources, maintenance_windows


@value
class Wanted:
    """Which windows a list shows. Empty means all."""

    state: Literal["OPEN", "CLOSED"] | None = None
    sources: tuple[int, ...] = ()
    services: tuple[int, ...] = ()
    from_: datetime | None = None
    until: datetime | None = None


def create(tx: Transaction, window: MaintenanceWindow) -> MaintenanceWindow:
    """Store a new window. Raises BadInput."""
    return _linked(tx, documents.insert(tx, MAINTENANCE, _checked(tx, window)), ())


def change(tx: Transaction, window: MaintenanceWindow) -> MaintenanceWindow:
    """Replace a window. Raises NotFound, BadInput."""
    before = documents.get(tx, MAINTENANCE, window.id)
    return _linked(tx, documents.save(tx, MAINTENANCE, _checked(tx, window)), before.source_ids)


def remove(tx: Transaction, window_id: int) -> None:
    """Delete a window: a maintenance under way ends. Raises NotFound."""
    before = documents.get(tx, MAINTENANCE, window_id)
    documents.delete(tx, MAINTENANCE, window_id)
    tx.run(sa.delete(maintenance_sources).where(maintenance_sources.c.window_id == window_id))
    _mark(tx, before.source_ids)


def listing(
    tx: Transaction, wanted: Wanted, offset: int = 0, limit: int | None = None
) -> list[MaintenanceWindow]:
    """Windows that match, in order of their ids."""
    query = sa.select(maintenance_windows.c.id).where(maintenance_windows.c.deleted_at.is_(None))
    closes = maintenance_windows.c.closes_at
    if wanted.state == "OPEN":
        query = query.where(sa.or_(closes.is_(None), closes > tx.now))
    elif wanted.state == "CLOSED":
        query = query.where(closes <= tx.now)
    if wanted.from_ is not None:
        query = query.where(sa.or_(closes.is_(None), closes > wanted.from_))
    if wanted.sources:
        of_sources = sa.select(maintenance_sources.c.window_id).where(
            maintenance_sources.c.source_id.in_(wanted.sources)
        )
        query = query.where(maintenance_windows.c.id.in_(of_sources))
    ids = [row.id for row in tx.all(query.order_by(maintenance_windows.c.id))]
    found = list(documents.many(tx, MAINTENANCE, ids, deleted=False).values())
    found = sorted((window for window in found if _fits(window, wanted)), key=lambda window: window.id)
    return found[offset : None if limit is None else offset + limit]


def of_sources(tx: Transaction, source_ids: Iterable[int]) -> dict[int, list[MaintenanceWindow]]:
    """The windows that are not closed and name these sources, by source."""
    ids = list(source_ids)
    if not ids:
        return {}
    query = (
        sa.select(maintenance_sources.c.source_id, maintenance_sources.c.window_id)
        .join(maintenance_windows, maintenance_windows.c.id == maintenance_sources.c.window_id)
        .where(
            maintenance_sources.c.source_id.in_(ids),
            sa.or_(maintenance_windows.c.closes_at.is_(None), maintenance_windows.c.closes_at > tx.now),
        )
    )
    pairs = [(row.source_id, row.window_id) for row in tx.all(query)]
    windows = documents.many(tx, MAINTENANCE, {window_id for _, window_id in pairs}, deleted=False)
    found: defaultdict[int, list[MaintenanceWindow]] = defaultdict(list)
    for source_id, window_id in pairs:
        if window_id in windows:
            found[source_id].append(windows[window_id])
    return found


def until(windows: Iterable[MaintenanceWindow], at: datetime) -> datetime | None:
    """When the maintenance of an instant ends, of several windows the last; None if there is none."""
    return max((end for window in windows if (end := in_force(window, at)) is not None), default=None)


def maintained(tx: Transaction, source_ids: Iterable[int]) -> dict[int, datetime]:
    """The sources that are in maintenance now, with when that ends."""
    found = {source_id: until(windows, tx.now) for source_id, windows in of_sources(tx, source_ids).items()}
    return {source_id: end for source_id, end in found.items() if end is not None}


def _fits(window: MaintenanceWindow, wanted: Wanted) -> bool:
    if wanted.until is not None and window.start >= wanted.until:
        return False
    return not wanted.services or bool(set(wanted.services) & set(window.service_ids))


def _checked(tx: Transaction, window: MaintenanceWindow) -> MaintenanceWindow:
    known = documents.many(tx, SOURCES, window.source_ids, deleted=False)
    wrong = [
        Problem(f"alertSources.{place}.id", f"there is no alert source with the id {source_id}")
        for place, source_id in enumerate(window.source_ids)
        if source_id not in known
    ]
    if wrong:
        raise BadInput(*wrong)
    return checked(window)


def _linked(tx: Transaction, window: MaintenanceWindow, before: Iterable[int]) -> MaintenanceWindow:
    """Note which sources a window names."""
    tx.run(sa.delete(maintenance_sources).where(maintenance_sources.c.window_id == window.id))
    rows = [{"window_id": window.id, "source_id": number} for number in dict.fromkeys(window.source_ids)]
    if rows:
        tx.run(sa.insert(maintenance_sources), rows)
    _mark(tx, {*before, *window.source_ids})
    return window


def _mark(tx: Transaction, source_ids: Iterable[int]) -> None:
    """Tell the intake which sources it must ask windows for, and their heartbeats that windows have changed."""
    ids = sorted(set(source_ids))
    named = sa.exists().where(maintenance_sources.c.source_id == alert_sources.c.id)
    tx.run(sa.update(alert_sources).where(alert_sources.c.id.in_(ids)).values(maintained=named))
    heartbeats.judge_again(tx, ids)

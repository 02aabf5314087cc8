"""The timeline: what happened to an incident, in one order with the events it took in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.people import Actor
from tocsin.kit.value import field, loads, value
from tocsin.store import errands
from tocsin.store.database import Row, Transaction
from tocsin.store.tables import events, log_entries


@value
class Entry:
    """One line of a timeline."""

    id: int
    incident_id: int
    at: datetime
    type: str
    by: Actor
    vars: Mapping[str, Any] = field(default_factory=dict)


@value
class NewEntry:
    """A line to be written."""

    incident_id: int
    type: str
    by: Actor
    vars: Mapping[str, Any] = field(default_factory=dict)


def append(tx: Transaction, entries: Sequence[NewEntry]) -> None:
    """Write lines, in order, and what connections have to tell of them."""
    if not entries:
        return
    rows = [
        {
            "id": entry_id,
            "incident_id": entry.incident_id,
            "at": tx.now,
            "type": entry.type,
            "by_kind": entry.by.kind,
            "by_id": entry.by.id,
            "by_name": entry.by.name,
            "via": entry.by.via,
            "vars": dict(entry.vars),
        }
        for entry_id, entry in zip(tx.ids("log", len(entries)), entries, strict=True)
    ]
    tx.insert(log_entries, rows)
    errands.noted(tx, entries)
    tx.wake("log")


def timeline(tx: Transaction, incident_id: int, offset: int = 0, limit: int = 100) -> list[Entry]:
    """An incident's timeline, newest first."""
    own = sa.select(*_COLUMNS).where(log_entries.c.incident_id == incident_id)
    received = sa.select(
        events.c.id,
        events.c.at,
        sa.literal("AlertReceived"),
        sa.literal("SOURCE"),
        events.c.source_id,
        sa.literal(""),
        sa.literal("EVENT"),
        events.c.summary,
        sa.literal(1),
    ).where(events.c.incident_id == incident_id)
    both = sa.union_all(own, received).subquery()
    query = sa.select(both).order_by(both.c.id.desc()).offset(offset).limit(limit)
    return [_entry(incident_id, row) for row in tx.all(query)]


def entries(tx: Transaction, incident_ids: Iterable[int], types: Iterable[str]) -> list[Entry]:
    """Lines of these types of several incidents, oldest first."""
    query = sa.select(log_entries.c.incident_id, *_COLUMNS).where(
        log_entries.c.incident_id.in_(list(incident_ids)), log_entries.c.type.in_(list(types))
    )
    return [_entry(row.incident_id, row) for row in tx.all(query.order_by(log_entries.c.id))]


_COLUMNS = (
    *(log_entries.c[name] for name in ("id", "at", "type", "by_kind", "by_id", "by_name", "via")),
    sa.cast(log_entries.c.vars, sa.Text).label("vars"),
    sa.literal(0).label("is_event"),
)


def latest_id(tx: Transaction) -> int:
    """The id of the newest line of any incident."""
    newest = (tx.scalar(sa.select(sa.func.max(table.c.id))) for table in (log_entries, events))
    return max((number for number in newest if number is not None), default=0)


def changed_since(tx: Transaction, after_id: int, limit: int = 500) -> list[tuple[int, int]]:
    """(line id, incident id) of what happened after the line `after_id`, oldest first."""
    queries = [
        sa.select(table.c.id, table.c.incident_id).where(
            table.c.id > after_id, table.c.incident_id.is_not(None)
        )
        for table in (log_entries, events)
    ]
    both = sa.union_all(*queries).subquery()
    rows = tx.all(sa.select(both).order_by(both.c.id).limit(limit))
    return [(row.id, row.incident_id) for row in rows]


def _entry(incident_id: int, row: Row) -> Entry:
    by = Actor(kind=row.by_kind, id=row.by_id, name=row.by_name, via=row.via)
    at = row.at
    details = {"summary": row.vars} if row.is_event else dict(loads(row.vars))
    return Entry(id=row.id, incident_id=incident_id, at=at, type=row.type, by=by, vars=details)

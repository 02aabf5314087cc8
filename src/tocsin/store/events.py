"""What tools sent, with what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.kit.errors import NotFound
from tocsin.kit.value import value
from tocsin.store.database import Row, Transaction
from tocsin.store.tables import events

MOST_SEARCHED = 50_000
"""How many of a source's newest events are searched for a text: no index helps there."""


@value
class NewEvent:
    """One received payload, or one of its events, and its outcome."""

    source_id: int
    incident_id: int | None
    at: datetime
    event_type: str
    key: str
    summary: str
    effect: str
    reason: str
    content_type: str
    raw: bytes
    spool_id: str | None = None
    came_with: Mapping[str, Any] | None = None
    """What the body cannot tell: the query, headers, the dialect it was sent in."""


@value
class StoredEvent:
    """An event as the source's event log shows it."""

    id: int
    source_id: int
    incident_id: int | None = None
    at: datetime
    event_type: str
    key: str
    summary: str
    effect: str
    reason: str
    content_type: str
    raw: str
    """The body as it came, undecodable bytes replaced."""


_FIELDS = tuple(NewEvent.__dataclass_fields__)


def insert(tx: Transaction, new: Sequence[NewEvent]) -> list[int]:
    """Store events; their ids."""
    ids = tx.ids("log", len(new))
    rows = [
        {"id": number, **{name: getattr(event, name) for name in _FIELDS}}
        for number, event in zip(ids, new, strict=True)
    ]
    if rows:
        tx.insert(events, rows)
        tx.wake("log")
    return ids


@value
class Search:
    """Which of a source's events a list shows. Empty means all."""

    effects: tuple[str, ...] = ()
    event_types: tuple[str, ...] = ()
    text: str = ""
    """A part of the key, the summary or the reason, in any case."""
    from_: datetime | None = None
    until: datetime | None = None


def listing(
    tx: Transaction, source_id: int, offset: int, limit: int, wanted: Search | None = None
) -> list[StoredEvent]:
    """A source's events, newest first."""
    wanted = wanted or Search()
    query = sa.select(events).where(events.c.source_id == source_id, *_conditions(source_id, wanted))
    query = query.order_by(events.c.id.desc()).offset(offset).limit(limit)
    return [_stored(row) for row in tx.all(query)]


def get(tx: Transaction, source_id: int, event_id: int) -> StoredEvent:
    """One event of a source. Raises NotFound."""
    row = tx.first(sa.select(events).where(events.c.id == event_id, events.c.source_id == source_id))
    if row is None:
        raise NotFound(f"the alert source has no event with the id {event_id}")
    return _stored(row)


def as_sent(tx: Transaction, event_id: int) -> tuple[bytes, Mapping[str, Any]]:
    """The body of an event, byte for byte, and what it came with."""
    row = tx.first(sa.select(events.c.raw, events.c.came_with).where(events.c.id == event_id))
    return (bytes(row.raw), row.came_with or {}) if row else (b"", {})


def _conditions(source_id: int, wanted: Search) -> list[sa.ColumnElement[bool]]:
    table = events.c
    found: list[sa.ColumnElement[bool]] = []
    if wanted.effects:
        found.append(table.effect.in_(wanted.effects))
    if wanted.event_types:
        found.append(table.event_type.in_(wanted.event_types))
    if wanted.from_ is not None:
        found.append(table.at >= wanted.from_)
    if wanted.until is not None:
        found.append(table.at < wanted.until)
    if wanted.text:
        own = sa.select(table.id).where(table.source_id == source_id).order_by(table.id.desc())
        newest = own.limit(MOST_SEARCHED).subquery()
        found.append(table.id >= sa.select(sa.func.min(newest.c.id)).scalar_subquery())
        columns = (table.key, table.summary, table.reason)
        found.append(sa.or_(*(column.icontains(wanted.text, autoescape=True) for column in columns)))
    return found


def latest_of_incident(tx: Transaction, incident_id: int) -> StoredEvent | None:
    """The newest event that an incident took in."""
    query = sa.select(events).where(events.c.incident_id == incident_id).order_by(events.c.id.desc()).limit(1)
    row = tx.first(query)
    return _stored(row) if row else None


def counts(tx: Transaction, incident_ids: Iterable[int]) -> dict[int, int]:
    """How many events each incident took in."""
    query = (
        sa.select(events.c.incident_id, sa.func.count().label("number"))
        .where(events.c.incident_id.in_(list(incident_ids)))
        .group_by(events.c.incident_id)
    )
    return {row.incident_id: row.number for row in tx.all(query)}


def spooled(tx: Transaction, spool_ids: Iterable[str]) -> set[str]:
    """Which of these spooled payloads are stored already."""
    wanted = list(spool_ids)
    if not wanted:
        return set()
    query = sa.select(events.c.spool_id).where(events.c.spool_id.in_(wanted))
    return {row.spool_id for row in tx.all(query)}


def of_request(tx: Transaction, source_id: int, request_id: str) -> StoredEvent | None:
    """The event of a source that came by the request of that id."""
    row = tx.first(
        sa.select(events).where(events.c.spool_id == request_id, events.c.source_id == source_id).limit(1)
    )
    return _stored(row) if row else None


def _stored(row: Row) -> StoredEvent:
    fields = {name: getattr(row, name) for name in _FIELDS if name not in ("raw", "spool_id", "came_with")}
    return StoredEvent(id=row.id, **fields, raw=bytes(row.raw).decode(errors="replace"))

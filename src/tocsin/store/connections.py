"""Connectors and connections: whose account, what goes there, and of which sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core import conditions
from tocsin.core.conditions import Counters
from tocsin.core.connections import Connection
from tocsin.kit.errors import BadInput, Conflict
from tocsin.kit.value import decode_json, encode_json, replace
from tocsin.store import documents, owners, support_hours
from tocsin.store.database import Transaction
from tocsin.store.kinds import CONNECTIONS, CONNECTORS, SOURCES
from tocsin.store.tables import (
    connection_counters,
    connection_sources,
    errands,
    incidents,
)

DRIVES_ITSELF = {"autotask": "AUTOTASK", "zapier": "ZAPIER"}
"""Connection types whose product would report our own message back as a new event (reference CO-8)."""


def create(tx: Transaction, connection: Connection) -> Connection:
    """Store a new connection. Raises BadInput for unknown sources or connectors."""
    _check(tx, connection)
    return _attached(tx, documents.insert(tx, CONNECTIONS, connection))


def change(tx: Transaction, connection: Connection) -> Connection:
    """Replace a connection; another condition begins to count anew. Raises NotFound, BadInput."""
    _check(tx, connection)
    if documents.get(tx, CONNECTIONS, connection.id).conditions != connection.conditions:
        tx.run(sa.delete(connection_counters).where(connection_counters.c.connection_id == connection.id))
    return _attached(tx, documents.save(tx, CONNECTIONS, connection))


def remove(tx: Transaction, connection_id: int) -> None:
    """Delete a connection; errands that wait are dropped with a reason. Raises NotFound."""
    documents.delete(tx, CONNECTIONS, connection_id)
    owners.take(tx, CONNECTIONS, connection_id)
    tx.run(sa.delete(connection_sources).where(connection_sources.c.connection_id == connection_id))
    waiting = sa.and_(errands.c.connection_id == connection_id, errands.c.due_at.is_not(None))
    dropped = {"state": "SKIPPED", "due_at": None, "answer": "the connection was deleted"}
    tx.run(sa.update(errands).where(waiting).values(dropped))


def remove_connector(tx: Transaction, connector_id: int) -> None:
    """Delete a connector. Raises NotFound, and Conflict naming the connections that use it."""
    documents.get(tx, CONNECTORS, connector_id)
    used = [c.name for c in documents.listing(tx, CONNECTIONS) if c.connector_id == connector_id]
    if used:
        names = ", ".join(f"connection {name!r}" for name in used)
        raise Conflict(f"the connector is used by {names}", code="IN_USE")
    documents.delete(tx, CONNECTORS, connector_id)


def of_sources(tx: Transaction, source_ids: Iterable[int]) -> dict[int, list[Connection]]:
    """The live connections of these sources, by source."""
    wanted = connection_sources.c.source_id.in_(list(source_ids))
    pairs = tx.all(sa.select(connection_sources).where(wanted).order_by(connection_sources.c.connection_id))
    found = documents.many(tx, CONNECTIONS, {row.connection_id for row in pairs})
    by_source: dict[int, list[Connection]] = {}
    for row in pairs:
        by_source.setdefault(row.source_id, []).append(found[row.connection_id])
    return by_source


def covers(tx: Transaction, connection: Connection, incident_id: int) -> bool:
    """Whether the incident is of a source of the connection, or of another connection of the same account.

    An app in a chat has one address for all its buttons, whichever channel they stand in.
    """
    source_id = tx.scalar(sa.select(incidents.c.source_id).where(incidents.c.id == incident_id))
    if connection.connector_id is None or source_id in connection.source_ids:
        return source_id in connection.source_ids
    mates = of_sources(tx, (source_id,)).get(source_id, []) if source_id is not None else []
    return any(mate.connector_id == connection.connector_id for mate in mates)


def judged(tx: Transaction, connection: Connection, context: Mapping[str, Any], at: datetime) -> bool:
    """Whether the connection's condition holds; what it counts is kept. Ask once for each errand."""
    condition = conditions.parse(connection.conditions)
    covers = support_hours.covering(tx)
    if not condition.counts:
        return condition.holds(context, at, covers=covers)
    mine = connection_counters.c.connection_id == connection.id
    body = sa.cast(connection_counters.c.body, sa.Text).label("json")
    row = tx.first(sa.select(body).where(mine).with_for_update())
    before = decode_json(Counters, row.json) if row else Counters()
    judgement = condition.judge(context, at, before, covers)
    kept = {"body": encode_json(Counters, judgement.counters)}
    if not tx.run(sa.update(connection_counters).where(mine).values(kept)).rowcount:
        tx.run(sa.insert(connection_counters), {"connection_id": connection.id, **kept})
    return judgement.holds


def detach_source(tx: Transaction, source_id: int) -> None:
    """A source is deleted: its connections go on with their other sources."""
    for connection in of_sources(tx, (source_id,)).get(source_id, []):
        left = tuple(i for i in connection.source_ids if i != source_id)
        documents.save(tx, CONNECTIONS, replace(connection, source_ids=left))
    tx.run(sa.delete(connection_sources).where(connection_sources.c.source_id == source_id))


def _check(tx: Transaction, connection: Connection) -> None:
    known = documents.many(tx, SOURCES, connection.source_ids, deleted=False)
    for index, source_id in enumerate(connection.source_ids):
        if source_id not in known:
            raise BadInput.at(f"alertSources.{index}.id", f"there is no alert source with the id {source_id}")
        if DRIVES_ITSELF.get(connection.type) == known[source_id].integration_type:
            raise BadInput.at(
                f"alertSources.{index}.id",
                f"a source of {connection.type} cannot drive {connection.type}: it would report to itself",
            )
    if connection.connector_id is not None:
        connector = documents.many(tx, CONNECTORS, (connection.connector_id,), deleted=False)
        if not connector:
            raise BadInput.at("connectorId", f"there is no connector with the id {connection.connector_id}")
        kind = connector[connection.connector_id].type
        if kind != connection.type:
            raise BadInput.at("connectorId", f"the connector is of type {kind}, not {connection.type}")


def _attached(tx: Transaction, connection: Connection) -> Connection:
    tx.run(sa.delete(connection_sources).where(connection_sources.c.connection_id == connection.id))
    rows = [{"source_id": i, "connection_id": connection.id} for i in dict.fromkeys(connection.source_ids)]
    tx.insert(connection_sources, rows)
    return connection

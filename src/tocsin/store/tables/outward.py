"""Outward: accounts of other products, what goes there, and every errand that carries it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import (
    document_table,
    id_column,
    metadata,
    partial_index,
    reference,
    sequences,
)

sequences("connectors", "connections", "errands")

connectors = document_table("connectors", Column("type", Text, nullable=False))

connections = document_table(
    "connections",
    Column("type", Text, nullable=False),
    reference("connector_id", "connectors", nullable=True, index=True),
)

connection_sources = Table(
    "connection_sources",
    metadata,
    Column("source_id", BigInteger, ForeignKey("alert_sources.id"), primary_key=True),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True, index=True),
)
"""Which live connections a source has: looked into at every change of an incident."""

connection_counters = Table(
    "connection_counters",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True),
    Column("body", Json, nullable=False),
)
"""What `trigger_count` has counted in the condition of a connection."""

errands = Table(
    "errands",
    metadata,
    id_column(),
    reference("connection_id", "connections"),
    reference("incident_id", "incidents", nullable=True),
    Column("trigger", Text, nullable=False),
    Column("moment", Json, nullable=False),
    reference("actor_id", "users", nullable=True),
    Column("in_order", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("attempts", Integer, nullable=False),
    Column("answer", Text, nullable=False),
)
"""`due_at` is when it is run, or when its lease runs out; without one nothing more happens. A test has no incident."""
partial_index("ix_errands_due", errands.c.due_at, where=errands.c.due_at.is_not(None))
partial_index(
    "ix_errands_waiting",
    errands.c.connection_id,
    errands.c.incident_id,
    errands.c.id,
    where=errands.c.due_at.is_not(None),
)
Index("ix_errands_incident", errands.c.incident_id, errands.c.id)
Index("ix_errands_connection", errands.c.connection_id, errands.c.id)

remotes = Table(
    "remotes",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True, index=True),
    Column("remote_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("state", Json, nullable=False),
)
"""What an incident is at the other product."""
Index("ix_remotes_remote_id", remotes.c.connection_id, remotes.c.remote_id)

"""Jobs that report regularly: monitors, what is known of each, and their last pings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import (
    document_table,
    id_column,
    metadata,
    partial_index,
    reference,
    sequences,
)

sequences("heartbeat_monitors", "beats")

heartbeat_monitors = document_table(
    "heartbeat_monitors",
    reference("source_id", "alert_sources", index=True),
    Column("slug", Text, nullable=False),
)
partial_index(
    "uq_heartbeat_monitors_name",
    heartbeat_monitors.c.name,
    where=heartbeat_monitors.c.deleted_at.is_(None),
    unique=True,
)

beats = Table(
    "beats",
    metadata,
    id_column(),
    reference("source_id", "alert_sources", index=True),
    reference("monitor_id", "heartbeat_monitors", nullable=True, unique=True),
    Column("key", Text, nullable=False, unique=True),
    Column("uuid", Text, nullable=False, unique=True),
    Column("slug", Text),
    Column("plan", Json, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("last_ping_at", Instant),
    Column("started_at", Instant),
    Column("run_id", Text),
    Column("due_at", Instant),
    Column("pings", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
)
"""The timers: one row a HEARTBEAT source, and one a monitor."""
partial_index("ix_beats_due", beats.c.due_at, where=beats.c.due_at.is_not(None))

pings = Table(
    "pings",
    metadata,
    Column("beat_id", BigInteger, ForeignKey("beats.id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("exit_status", Integer),
    Column("run_id", Text),
    Column("duration_ms", BigInteger),
    Column("body", LargeBinary, nullable=False),
)
"""The last pings of each, counted from 1."""

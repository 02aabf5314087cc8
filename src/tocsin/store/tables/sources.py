"""What alert sources refer to: support hours, maintenance, and what their conditions have counted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import document_table, metadata, sequences

sequences("support_hours", "maintenance_windows")

support_hours = document_table("support_hours")

maintenance_windows = document_table("maintenance_windows", Column("closes_at", Instant, index=True))
"""`closes_at`: when it is over for good; null for one that comes again and again."""

maintenance_sources = Table(
    "maintenance_sources",
    metadata,
    Column("window_id", BigInteger, ForeignKey("maintenance_windows.id"), primary_key=True),
    Column("source_id", BigInteger, ForeignKey("alert_sources.id"), primary_key=True, index=True),
)
"""Which sources a window names."""

condition_counters = Table(
    "condition_counters",
    metadata,
    Column("source_id", BigInteger, ForeignKey("alert_sources.id"), primary_key=True),
    Column("condition", Text, primary_key=True),
    Column("body", Json, nullable=False),
)
"""What `trigger_count` has counted, for each condition of a source."""

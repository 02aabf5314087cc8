"""What happens: incidents, the events that tools sent, the timeline."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import id_column, metadata, partial_index, reference, sequences

sequences("incidents", "log")
"""Events and log entries share `log`, so that one order runs through both."""

incidents = Table(
    "incidents",
    metadata,
    id_column(),
    reference("source_id", "alert_sources"),
    Column("policy_id", BigInteger, nullable=False),
    Column("policy_version", BigInteger, nullable=False),
    Column("summary", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("key_fold", Text, nullable=False),
    Column("priority", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("due_at", Instant),
    Column("auto_resolve_at", Instant),
    Column("raise_at", Instant),
    Column("parked", Text),
    Column("reported_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    reference("accepted_by", "users", nullable=True),
    Column("accepted_by_type", Text),
    Column("resolved_at", Instant),
    reference("resolved_by", "users", nullable=True),
    Column("resolved_by_type", Text),
    reference("assigned_to", "users", nullable=True),
    Column("extras", Json),
    Column("version", BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["policy_id", "policy_version"], ["policy_versions.policy_id", "policy_versions.version"]
    ),
)
OPEN = incidents.c.status != sa.literal_column("'RESOLVED'")
"""Not as a parameter: neither database can tell that a parameter fits the condition of a partial index."""
partial_index("uq_incidents_open_key", incidents.c.source_id, incidents.c.key_fold, where=OPEN, unique=True)
partial_index("ix_incidents_due", incidents.c.due_at, where=incidents.c.due_at.is_not(None))
partial_index(
    "ix_incidents_auto_resolve", incidents.c.auto_resolve_at, where=incidents.c.auto_resolve_at.is_not(None)
)
partial_index("ix_incidents_raise", incidents.c.raise_at, where=incidents.c.raise_at.is_not(None))
partial_index("ix_incidents_parked", incidents.c.id, where=incidents.c.parked.is_not(None))
Index("ix_incidents_status", incidents.c.status, incidents.c.id)
Index("ix_incidents_policy", incidents.c.policy_id, incidents.c.id)

responders = Table(
    "responders",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("since", Instant, nullable=False),
    Column("accepted_at", Instant),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("since", Instant, nullable=False),
)
"""Who is kept informed of an incident without being asked to do anything."""

events = Table(
    "events",
    metadata,
    id_column(),
    reference("source_id", "alert_sources"),
    reference("incident_id", "incidents", nullable=True),
    Column("at", Instant, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("spool_id", Text),
    Column("came_with", Json),
)
"""What tools sent, with what became of it; `came_with` is what its body cannot tell (query, headers, dialect). An event of an incident is an entry of its timeline."""
Index("ix_events_source", events.c.source_id, events.c.id)
partial_index(
    "ix_events_incident", events.c.incident_id, events.c.id, where=events.c.incident_id.is_not(None)
)
partial_index("uq_events_spool", events.c.spool_id, where=events.c.spool_id.is_not(None), unique=True)

log_entries = Table(
    "log_entries",
    metadata,
    id_column(),
    reference("incident_id", "incidents"),
    Column("at", Instant, nullable=False),
    Column("type", Text, nullable=False),
    Column("by_kind", Text, nullable=False),
    Column("by_id", BigInteger),
    Column("by_name", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("vars", Json, nullable=False),
)
Index("ix_log_entries_incident", log_entries.c.incident_id, log_entries.c.id)

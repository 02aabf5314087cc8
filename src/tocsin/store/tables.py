"""Every table, once, for both databases.

Configuration lives in document tables (id, name, the columns we search by, a JSON body, a version);
what happens lives in relational ones. Ids come from `Transaction.ids` and are never reused. A timer is a
column: a partial index on it makes finding due rows cost what is due, not what is stored.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from tocsin.store.columns import Instant, Json

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)

SEQUENCES = (
    "users",
    "contacts",
    "notification_rules",
    "api_keys",
    "alert_sources",
    "escalation_policies",
    "incidents",
    "log",
    "notifications",
    "attempts",
    "replies",
    "outbox",
)
"""Where ids come from. Events and log entries share `log`, so that one order runs through both."""
for _name in SEQUENCES:
    sa.Sequence(f"{_name}_ids", metadata=metadata)

counters = Table(
    "counters", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False)
)
"""SQLite's stand-in for sequences."""


def _id() -> Column[int]:
    return Column("id", BigInteger, primary_key=True, autoincrement=False)


def _ref(name: str, to: str, *, nullable: bool = False, **options: Any) -> Column[int]:
    return Column(name, BigInteger, ForeignKey(f"{to}.id"), nullable=nullable, **options)


def _partial(name: str, *columns: Any, where: Any, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _document(name: str, *columns: Any) -> Table:
    return Table(
        name,
        metadata,
        _id(),
        Column("name", Text, nullable=False),
        Column("body", Json, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("created_at", Instant, nullable=False),
        Column("updated_at", Instant, nullable=False),
        Column("deleted_at", Instant),
        *columns,
    )


facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", Json, nullable=False),
)
"""Single facts: the account, the clock's anchor, since when we listen."""

users = _document(
    "users",
    Column("username_fold", Text, nullable=False),
    Column("email_fold", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
)
_partial("uq_users_username", users.c.username_fold, where=users.c.deleted_at.is_(None), unique=True)
_partial("uq_users_email", users.c.email_fold, where=users.c.deleted_at.is_(None), unique=True)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    _ref("user_id", "users", index=True),
    Column("method", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_reason", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
)

notification_rules = Table(
    "notification_rules",
    metadata,
    _id(),
    _ref("user_id", "users", index=True),
    Column("kind", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("delay_min", Integer, nullable=False),
    _ref("contact_id", "contacts", nullable=True),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    _ref("user_id", "users", index=True),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    _ref("user_id", "users", index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("agent", Text, nullable=False, default=""),
    Column("revoked_at", Instant),
)

escalation_policies = _document("escalation_policies", Column("routing_key_fold", Text))
_partial(
    "uq_escalation_policies_routing_key",
    escalation_policies.c.routing_key_fold,
    where=sa.and_(
        escalation_policies.c.deleted_at.is_(None), escalation_policies.c.routing_key_fold.is_not(None)
    ),
    unique=True,
)

policy_versions = Table(
    "policy_versions",
    metadata,
    Column("policy_id", BigInteger, ForeignKey("escalation_policies.id"), primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("body", Json, nullable=False),
)
"""What a policy said when an incident was opened: never changed, so a snapshot costs two numbers."""

policy_users = Table(
    "policy_users",
    metadata,
    Column("policy_id", BigInteger, ForeignKey("escalation_policies.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
)
"""Which users a policy asks, so that one in use cannot be deleted."""

alert_sources = _document(
    "alert_sources",
    Column("integration_type", Text, nullable=False),
    Column("integration_key", Text, nullable=False),
    _ref("policy_id", "escalation_policies", index=True),
    Column("limited_at", Instant),
)
_partial(
    "uq_alert_sources_integration_key",
    alert_sources.c.integration_key,
    where=alert_sources.c.deleted_at.is_(None),
    unique=True,
)

incidents = Table(
    "incidents",
    metadata,
    _id(),
    _ref("source_id", "alert_sources"),
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
    Column("parked", Text),
    Column("reported_at", Instant, nullable=False),
    Column("accepted_at", Instant),
    _ref("accepted_by", "users", nullable=True),
    Column("accepted_by_type", Text),
    Column("resolved_at", Instant),
    _ref("resolved_by", "users", nullable=True),
    Column("resolved_by_type", Text),
    _ref("assigned_to", "users", nullable=True),
    Column("extras", Json),
    Column("version", BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["policy_id", "policy_version"], ["policy_versions.policy_id", "policy_versions.version"]
    ),
)
OPEN = incidents.c.status != sa.literal_column("'RESOLVED'")
"""Not as a parameter: neither database can tell that a parameter fits the condition of a partial index."""
_partial("uq_incidents_open_key", incidents.c.source_id, incidents.c.key_fold, where=OPEN, unique=True)
_partial("ix_incidents_due", incidents.c.due_at, where=incidents.c.due_at.is_not(None))
_partial(
    "ix_incidents_auto_resolve", incidents.c.auto_resolve_at, where=incidents.c.auto_resolve_at.is_not(None)
)
_partial("ix_incidents_parked", incidents.c.id, where=incidents.c.parked.is_not(None))
Index("ix_incidents_status", incidents.c.status, incidents.c.id)

responders = Table(
    "responders",
    metadata,
    Column("incident_id", BigInteger, ForeignKey("incidents.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("since", Instant, nullable=False),
    Column("accepted_at", Instant),
)

events = Table(
    "events",
    metadata,
    _id(),
    _ref("source_id", "alert_sources"),
    _ref("incident_id", "incidents", nullable=True),
    Column("at", Instant, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("spool_id", Text),
)
"""What tools sent, with what became of it. An event of an incident is an entry of its timeline."""
Index("ix_events_source", events.c.source_id, events.c.id)
_partial("ix_events_incident", events.c.incident_id, events.c.id, where=events.c.incident_id.is_not(None))
_partial("uq_events_spool", events.c.spool_id, where=events.c.spool_id.is_not(None), unique=True)

log_entries = Table(
    "log_entries",
    metadata,
    _id(),
    _ref("incident_id", "incidents"),
    Column("at", Instant, nullable=False),
    Column("type", Text, nullable=False),
    Column("by_kind", Text, nullable=False),
    Column("by_id", BigInteger),
    Column("by_name", Text, nullable=False),
    Column("via", Text, nullable=False),
    Column("vars", Json, nullable=False),
)
Index("ix_log_entries_incident", log_entries.c.incident_id, log_entries.c.id)

notifications = Table(
    "notifications",
    metadata,
    _id(),
    _ref("incident_id", "incidents", nullable=True),
    _ref("user_id", "users"),
    _ref("contact_id", "contacts", nullable=True),
    Column("method", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("level", Integer, nullable=False),
    Column("rule", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("sent_at", Instant),
    Column("reason", Text, nullable=False),
    Column("content", Json),
)
"""The page ledger. `content` holds the text of messages that are about no incident."""
Index(
    "uq_notifications_page",
    *(
        notifications.c[n]
        for n in ("incident_id", "generation", "cycle", "level", "user_id", "rule", "purpose")
    ),
    unique=True,
)
_partial(
    "ix_notifications_due",
    notifications.c.method,
    notifications.c.due_at,
    where=notifications.c.due_at.is_not(None),
)

attempts = Table(
    "attempts",
    metadata,
    _id(),
    _ref("notification_id", "notifications", index=True),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", Text),
    Column("answer", Text, nullable=False, default=""),
)
"""One row a try, written before anything is sent; without an outcome nobody knows how it ended."""

replies = Table(
    "replies",
    metadata,
    _id(),
    _ref("notification_id", "notifications", index=True),
    Column("at", Instant, nullable=False),
    Column("via", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)
"""What people answered, and what came of it."""

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("at", Instant, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)
"""Mails kept here because no mail server is configured."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("source_id", BigInteger, ForeignKey("alert_sources.id"), primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("interval_sec", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("last_ping_at", Instant),
    Column("due_at", Instant),
    Column("active", Boolean, nullable=False),
)
_partial("ix_heartbeats_due", heartbeats.c.due_at, where=heartbeats.c.due_at.is_not(None))

"""The page ledger: notifications, attempts, replies; and mails that wait in the outbox."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import id_column, metadata, partial_index, reference, sequences

sequences("notifications", "attempts", "replies", "outbox")

notifications = Table(
    "notifications",
    metadata,
    id_column(),
    reference("incident_id", "incidents", nullable=True),
    reference("user_id", "users"),
    reference("contact_id", "contacts", nullable=True),
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
    reference("provider_id", "channel_providers", nullable=True),
    Column("reference", Text),
    Column("report_due_at", Instant),
    Column("delivered_at", Instant),
    Column("seen_at", Instant),
    Column("answered_at", Instant),
)
"""The page ledger. `content` holds what PLAIN messages tell (`core.notifying.PLAIN`).

`provider_id` is who sends it, or is to try next (NULL: the first in order); `reference` the provider's own
id; `report_due_at` the timer by which a delivery report is expected.
"""
partial_index(
    "ix_notifications_reference", notifications.c.reference, where=notifications.c.reference.is_not(None)
)
partial_index(
    "ix_notifications_report_due",
    notifications.c.report_due_at,
    where=notifications.c.report_due_at.is_not(None),
)
Index("ix_notifications_contact", notifications.c.contact_id, notifications.c.sent_at)
Index(
    "uq_notifications_page",
    *(
        notifications.c[n]
        for n in ("incident_id", "generation", "cycle", "level", "user_id", "rule", "purpose")
    ),
    unique=True,
)
partial_index(
    "ix_notifications_due",
    notifications.c.method,
    notifications.c.due_at,
    where=notifications.c.due_at.is_not(None),
)

attempts = Table(
    "attempts",
    metadata,
    id_column(),
    reference("notification_id", "notifications", index=True),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", Text),
    Column("answer", Text, nullable=False, default=""),
    reference("provider_id", "channel_providers", nullable=True),
)
"""One row a try, written before anything is sent; without an outcome nobody knows how it ended."""

replies = Table(
    "replies",
    metadata,
    id_column(),
    reference("notification_id", "notifications", index=True),
    Column("at", Instant, nullable=False),
    Column("via", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)
"""What people answered, and what came of it."""

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    Column("at", Instant, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
)
"""Mails kept here because no mail server is configured."""

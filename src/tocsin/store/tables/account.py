"""Who there is: the account's facts, users, their addresses, rules, keys and sessions."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Index, Integer, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import (
    document_table,
    id_column,
    metadata,
    partial_index,
    reference,
    sequences,
)

sequences("users", "contacts", "notification_rules", "api_keys")

facts = Table(
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("body", Json, nullable=False),
)
"""Single facts: the account, the clock's anchor, since when we listen."""

users = document_table(
    "users",
    Column("username_fold", Text, nullable=False),
    Column("email_fold", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text),
)
partial_index("uq_users_username", users.c.username_fold, where=users.c.deleted_at.is_(None), unique=True)
partial_index("uq_users_email", users.c.email_fold, where=users.c.deleted_at.is_(None), unique=True)

contacts = Table(
    "contacts",
    metadata,
    id_column(),
    reference("user_id", "users", index=True),
    Column("method", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_reason", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("verified", Json, nullable=False, server_default="[]"),
    Column("stopped", Json, nullable=False, server_default="[]"),
    Column("region_code", Text),
    Column("main", Boolean, nullable=False, server_default=sa.false()),
    Column("label", Text, nullable=False, server_default=""),
    Column("deleted_at", Instant),
)
"""Addresses. `verified`: the methods whose code came back; `stopped`: those that the person forbade (STOP).

A deleted one keeps its row: the ledger refers to it.
"""
Index("ix_contacts_target", contacts.c.target)

notification_rules = Table(
    "notification_rules",
    metadata,
    id_column(),
    reference("user_id", "users", index=True),
    Column("kind", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("delay_min", Integer, nullable=False),
    reference("contact_id", "contacts", nullable=True),
    Column("on_state", Text),
    Column("sent_as", Text),
)
"""One row a rule, of all five lists (`kind`). `on_state`: which update; `sent_as`: the method's older name."""

api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    reference("user_id", "users", index=True),
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
    reference("user_id", "users", index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("agent", Text, nullable=False, default=""),
    Column("revoked_at", Instant),
)

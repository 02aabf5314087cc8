"""How people are told besides by mail: providers, proofs of addresses, what comes back, test pages."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, Table, Text

from tocsin.store.columns import Instant
from tocsin.store.tables.declaring import document_table, metadata, partial_index, reference, sequences

sequences("channel_providers")

channel_providers = document_table(
    "channel_providers",
    Column("method", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("paused_until", Instant),
    Column("pause_reason", Text, nullable=False, server_default=""),
)
"""Accounts with providers. `paused_until`: the provider asked us to wait, so its lane does."""

verifications = Table(
    "verifications",
    metadata,
    Column("contact_id", BigInteger, ForeignKey("contacts.id"), primary_key=True),
    Column("method", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
"""Codes that were sent and not yet come back, one for each method of an address."""

heard = Table(
    "heard",
    metadata,
    Column("provider_id", BigInteger, ForeignKey("channel_providers.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
)
"""Answers that were processed, so that one that is delivered twice counts once."""

reply_codes = Table(
    "reply_codes",
    metadata,
    Column("address", Text, primary_key=True),
    Column("code", Integer, primary_key=True, autoincrement=False),
    reference("incident_id", "incidents", index=True),
)
"""What “ack 4” means when it comes from a telephone. A code is free again when its incident is resolved."""

conversations = Table(
    "conversations",
    metadata,
    Column("address", Text, primary_key=True),
    Column("misunderstood", Integer, nullable=False),
)
"""How often in a row we answered a telephone that we did not understand."""

test_pages = Table(
    "test_pages",
    metadata,
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True),
    Column("due_at", Instant),
    Column("sent_at", Instant),
    Column("answered_at", Instant),
)
"""When a user gets the next test page (NULL: never), and what became of the last."""
partial_index("ix_test_pages_due", test_pages.c.due_at, where=test_pages.c.due_at.is_not(None))

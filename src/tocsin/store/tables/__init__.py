"""Every table, once, for both databases: one file a topic.

Configuration lives in document tables; what happens lives in relational ones.
The tables of a new topic get a file of their own and a line here, which makes the schema know them.
"""

from __future__ import annotations

from tocsin.store.tables.account import api_keys, contacts, facts, notification_rules, sessions, users
from tocsin.store.tables.declaring import SEQUENCES, counters, metadata
from tocsin.store.tables.incidents import OPEN, events, incidents, log_entries, responders
from tocsin.store.tables.ledger import attempts, notifications, outbox, replies
from tocsin.store.tables.setup import (
    alert_sources,
    escalation_policies,
    heartbeats,
    policy_users,
    policy_versions,
)

__all__ = [
    "OPEN",
    "SEQUENCES",
    "alert_sources",
    "api_keys",
    "attempts",
    "contacts",
    "counters",
    "escalation_policies",
    "events",
    "facts",
    "heartbeats",
    "incidents",
    "log_entries",
    "metadata",
    "notification_rules",
    "notifications",
    "outbox",
    "policy_users",
    "policy_versions",
    "replies",
    "responders",
    "sessions",
    "users",
]

"""Every table, once, for both databases: one file a topic.

Configuration lives in document tables; what happens lives in relational ones.
The tables of a new topic get a file of their own and a line here, which makes the schema know them.
"""

from __future__ import annotations

from tocsin.store.tables.account import api_keys, contacts, facts, notification_rules, sessions, users
from tocsin.store.tables.channels import (
    channel_providers,
    conversations,
    heard,
    reply_codes,
    test_pages,
    verifications,
)
from tocsin.store.tables.declaring import SEQUENCES, counters, metadata
from tocsin.store.tables.heartbeats import beats, heartbeat_monitors, pings
from tocsin.store.tables.incidents import OPEN, events, incidents, log_entries, responders, subscribers
from tocsin.store.tables.ledger import attempts, notifications, outbox, replies
from tocsin.store.tables.outward import (
    connection_counters,
    connection_sources,
    connections,
    connectors,
    errands,
    remotes,
)
from tocsin.store.tables.schedules import (
    absences,
    calendar_events,
    calendar_feeds,
    policy_schedules,
    schedule_calendars,
    schedule_overrides,
    schedule_revisions,
    schedule_users,
    schedules,
    shift_requests,
)
from tocsin.store.tables.setup import (
    alert_sources,
    escalation_policies,
    owners,
    policy_teams,
    policy_users,
    policy_versions,
    team_members,
    teams,
)
from tocsin.store.tables.sources import (
    condition_counters,
    maintenance_sources,
    maintenance_windows,
    support_hours,
)

__all__ = [
    "OPEN",
    "SEQUENCES",
    "absences",
    "alert_sources",
    "api_keys",
    "attempts",
    "beats",
    "calendar_events",
    "calendar_feeds",
    "channel_providers",
    "condition_counters",
    "connection_counters",
    "connection_sources",
    "connections",
    "connectors",
    "contacts",
    "conversations",
    "counters",
    "errands",
    "escalation_policies",
    "events",
    "facts",
    "heard",
    "heartbeat_monitors",
    "incidents",
    "log_entries",
    "maintenance_sources",
    "maintenance_windows",
    "metadata",
    "notification_rules",
    "notifications",
    "outbox",
    "owners",
    "pings",
    "policy_schedules",
    "policy_teams",
    "policy_users",
    "policy_versions",
    "remotes",
    "replies",
    "reply_codes",
    "responders",
    "schedule_calendars",
    "schedule_overrides",
    "schedule_revisions",
    "schedule_users",
    "schedules",
    "sessions",
    "shift_requests",
    "subscribers",
    "support_hours",
    "team_members",
    "teams",
    "test_pages",
    "users",
    "verifications",
]

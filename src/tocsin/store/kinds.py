"""The kinds of documents there are."""

from __future__ import annotations

from tocsin.core.connections import Connection, Connector
from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import HeartbeatMonitor
from tocsin.core.incidents import fold
from tocsin.core.maintenance import MaintenanceWindow, closes_at
from tocsin.core.people import User
from tocsin.core.policies import EscalationPolicy
from tocsin.core.providers import ChannelProvider
from tocsin.core.schedules import Schedule
from tocsin.core.support_hours import SupportHours
from tocsin.core.teams import Team
from tocsin.store.documents import Kind
from tocsin.store.tables import (
    alert_sources,
    channel_providers,
    connections,
    connectors,
    escalation_policies,
    heartbeat_monitors,
    maintenance_windows,
    schedules,
    support_hours,
    teams,
    users,
)

USERS: Kind[User] = Kind(
    noun="user",
    table=users,
    value=User,
    title=lambda user: user.name,
    columns=lambda user: {
        "username_fold": fold(user.username),
        "email_fold": fold(user.email),
        "role": user.role,
    },
)

POLICIES: Kind[EscalationPolicy] = Kind(
    noun="escalation policy",
    table=escalation_policies,
    value=EscalationPolicy,
    title=lambda policy: policy.name,
    columns=lambda policy: {"routing_key_fold": fold(policy.routing_key) if policy.routing_key else None},
)

SOURCES: Kind[AlertSource] = Kind(
    noun="alert source",
    table=alert_sources,
    value=AlertSource,
    title=lambda source: source.name,
    columns=lambda source: {
        "integration_type": source.integration_type,
        "integration_key": source.integration_key,
        "policy_id": source.policy_id,
        "support_hours_id": source.support_hours_id,
    },
)

MONITORS: Kind[HeartbeatMonitor] = Kind(
    noun="heartbeat monitor",
    table=heartbeat_monitors,
    value=HeartbeatMonitor,
    title=lambda monitor: monitor.name,
    columns=lambda monitor: {"source_id": monitor.source_id, "slug": monitor.slug},
)

SCHEDULES: Kind[Schedule] = Kind(
    noun="schedule", table=schedules, value=Schedule, title=lambda schedule: schedule.name
)

TEAMS: Kind[Team] = Kind(noun="team", table=teams, value=Team, title=lambda team: team.name)

PROVIDERS: Kind[ChannelProvider] = Kind(
    noun="channel provider",
    table=channel_providers,
    value=ChannelProvider,
    title=lambda provider: provider.name,
    columns=lambda provider: {
        "method": provider.channel,
        "type": provider.type,
        "position": provider.position,
        "active": provider.active,
    },
)

SUPPORT_HOURS: Kind[SupportHours] = Kind(
    noun="set of support hours", table=support_hours, value=SupportHours, title=lambda hours: hours.name
)

MAINTENANCE: Kind[MaintenanceWindow] = Kind(
    noun="maintenance window",
    table=maintenance_windows,
    value=MaintenanceWindow,
    title=lambda window: window.summary,
    columns=lambda window: {"closes_at": closes_at(window)},
)

CONNECTORS: Kind[Connector] = Kind(
    noun="connector",
    table=connectors,
    value=Connector,
    title=lambda connector: connector.name,
    columns=lambda connector: {"type": connector.type},
)
CONNECTIONS: Kind[Connection] = Kind(
    noun="connection",
    table=connections,
    value=Connection,
    title=lambda connection: connection.name,
    columns=lambda connection: {"type": connection.type, "connector_id": connection.connector_id},
)

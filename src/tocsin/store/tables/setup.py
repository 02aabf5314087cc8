"""What is configured: escalation policies and alert sources."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import document_table, metadata, partial_index, reference, sequences

sequences("alert_sources", "escalation_policies", "teams")

teams = document_table("teams")

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", BigInteger, ForeignKey("teams.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("role", Text, nullable=False),
)

owners = Table(
    "owners",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("thing_id", BigInteger, primary_key=True, autoincrement=False),
    Column("team_id", BigInteger, ForeignKey("teams.id"), primary_key=True, index=True),
)
"""Whose a thing is: `kind` is its table. It may be several teams' and need not be anybody's."""

escalation_policies = document_table("escalation_policies", Column("routing_key_fold", Text))
partial_index(
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

policy_teams = Table(
    "policy_teams",
    metadata,
    Column("policy_id", BigInteger, ForeignKey("escalation_policies.id"), primary_key=True),
    Column("team_id", BigInteger, ForeignKey("teams.id"), primary_key=True, index=True),
)
"""Which teams a policy asks, so that one in use cannot be deleted."""

alert_sources = document_table(
    "alert_sources",
    Column("integration_type", Text, nullable=False),
    Column("integration_key", Text, nullable=False),
    reference("policy_id", "escalation_policies", index=True),
    Column("limited_at", Instant),
    reference("support_hours_id", "support_hours", nullable=True),
    Column("maintained", Boolean, server_default=sa.false(), nullable=False),
)
# `maintained`: a maintenance window names it, so that events of all others need not ask for windows.
partial_index(
    "uq_alert_sources_integration_key",
    alert_sources.c.integration_key,
    where=alert_sources.c.deleted_at.is_(None),
    unique=True,
)

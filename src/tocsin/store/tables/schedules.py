"""Who is on call when: schedules with their revisions, overrides, absences, requests and calendars."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from tocsin.store.columns import Instant, Json
from tocsin.store.tables.declaring import (
    document_table,
    id_column,
    metadata,
    partial_index,
    reference,
    sequences,
)

sequences("schedules", "schedule_overrides", "absences", "shift_requests", "calendar_feeds")

schedules = document_table(
    "schedules",
    Column("quarantined", Text),
    Column("due_at", Instant),
    Column("done_at", Instant, nullable=False),
    reference("present_user_id", "users", nullable=True),
    Column("present_start", Instant),
    Column("present_end", Instant),
)
"""The body is what the schedule says now. `quarantined` says why it cannot be computed. `due_at` is when
its duties are looked at next (reminders, hand-overs, the calendar), `done_at` until when they were.
`present_*` is the shift, or (without a user) the gap that the last look found; no end: nothing is known."""
partial_index("ix_schedules_due", schedules.c.due_at, where=schedules.c.due_at.is_not(None))

schedule_revisions = Table(
    "schedule_revisions",
    metadata,
    Column("schedule_id", BigInteger, ForeignKey("schedules.id"), primary_key=True),
    Column("since", Instant, primary_key=True),
    Column("body", Json, nullable=False),
)
"""What a schedule said from an instant on. A past revision is never changed: so neither is the past."""

schedule_users = Table(
    "schedule_users",
    metadata,
    Column("schedule_id", BigInteger, ForeignKey("schedules.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
)
"""Whom a schedule plans with from now on, so that one in use cannot be deleted."""

policy_schedules = Table(
    "policy_schedules",
    metadata,
    Column("policy_id", BigInteger, ForeignKey("escalation_policies.id"), primary_key=True),
    Column("schedule_id", BigInteger, ForeignKey("schedules.id"), primary_key=True, index=True),
)
"""Which schedules a policy asks, so that one in use cannot be deleted."""

schedule_overrides = Table(
    "schedule_overrides",
    metadata,
    id_column(),
    reference("schedule_id", "schedules"),
    reference("user_id", "users", index=True),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    reference("created_by", "users", nullable=True),
    Column("created_at", Instant, nullable=False),
)
"""Of two that overlap the one with the greater id holds."""
Index("ix_schedule_overrides_end", schedule_overrides.c.schedule_id, schedule_overrides.c.end)

absences = Table(
    "absences",
    metadata,
    id_column(),
    reference("user_id", "users"),
    Column("start", Instant, nullable=False),
    Column("end", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    reference("created_by", "users", nullable=True),
    Column("created_at", Instant, nullable=False),
)
"""When a person is away, whatever a schedule says."""
Index("ix_absences_end", absences.c.user_id, absences.c.end)

shift_requests = Table(
    "shift_requests",
    metadata,
    id_column(),
    reference("requester_id", "users", index=True),
    reference("colleague_id", "users", index=True),
    Column("state", Text, nullable=False),
    Column("body", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant, nullable=False),
)
"""“Please take these shifts of mine”, with or without some in return."""

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    id_column(),
    Column("digest", Text, nullable=False, unique=True),
    reference("schedule_id", "schedules", nullable=True, index=True),
    reference("user_id", "users", index=True),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)
"""Secret addresses of calendars: of a schedule, or (without one) of all shifts of the user who made it."""

calendar_events = Table(
    "calendar_events",
    metadata,
    Column("schedule_id", BigInteger, ForeignKey("schedules.id"), primary_key=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), primary_key=True, index=True),
    Column("start", Instant, primary_key=True),
    Column("end", Instant, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("cancelled_at", Instant),
)
"""The shifts as calendars were told of them: one that goes stays, cancelled, so that it goes there too."""

schedule_calendars = Table(
    "schedule_calendars",
    metadata,
    Column("schedule_id", BigInteger, ForeignKey("schedules.id"), primary_key=True),
    Column("url", Text, nullable=False),
    Column("due_at", Instant),
    Column("refreshed_at", Instant),
    Column("problem", Text, nullable=False),
    Column("unknown", Json, nullable=False),
)
"""The calendar that a static schedule's shifts are read from. `url` is sealed: it is often a secret itself."""
partial_index(
    "ix_schedule_calendars_due",
    schedule_calendars.c.due_at,
    where=schedule_calendars.c.due_at.is_not(None),
)

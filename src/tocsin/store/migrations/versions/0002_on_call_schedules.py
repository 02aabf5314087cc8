"""On-call schedules, overrides, absences, requests, calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEQUENCES = ("schedules", "schedule_overrides", "absences", "shift_requests", "calendar_feeds")


def _partial(name: str, table: str, column: str) -> None:
    """An index over the rows that have a time, on both databases."""
    condition = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False)


def _to(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    """Tables for schedules and what belongs to them."""
    if op.get_bind().dialect.name == "postgresql":
        for name in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{name}_ids")))
    _schedules()
    _exceptions()
    _calendars()


def _schedules() -> None:
    op.create_table(
        "schedules",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.Column("quarantined", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("done_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_schedules"),
    )
    _partial("ix_schedules_due", "schedules", "due_at")
    op.create_table(
        "schedule_revisions",
        _to("schedule_id"),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        _key("schedule_revisions", "schedule_id", "schedules"),
        sa.PrimaryKeyConstraint("schedule_id", "since", name="pk_schedule_revisions"),
    )
    op.create_table(
        "schedule_users",
        _to("schedule_id"),
        _to("user_id"),
        _key("schedule_users", "schedule_id", "schedules"),
        _key("schedule_users", "user_id", "users"),
        sa.PrimaryKeyConstraint("schedule_id", "user_id", name="pk_schedule_users"),
    )
    op.create_index("ix_schedule_users_user_id", "schedule_users", ["user_id"])
    op.create_table(
        "policy_schedules",
        _to("policy_id"),
        _to("schedule_id"),
        _key("policy_schedules", "policy_id", "escalation_policies"),
        _key("policy_schedules", "schedule_id", "schedules"),
        sa.PrimaryKeyConstraint("policy_id", "schedule_id", name="pk_policy_schedules"),
    )
    op.create_index("ix_policy_schedules_schedule_id", "policy_schedules", ["schedule_id"])


def _exceptions() -> None:
    op.create_table(
        "schedule_overrides",
        _id(),
        _to("schedule_id"),
        _to("user_id"),
        sa.Column("start", Instant(), nullable=False),
        sa.Column("end", Instant(), nullable=False),
        _to("created_by", nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        _key("schedule_overrides", "schedule_id", "schedules"),
        _key("schedule_overrides", "user_id", "users"),
        _key("schedule_overrides", "created_by", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_schedule_overrides"),
    )
    op.create_index("ix_schedule_overrides_user_id", "schedule_overrides", ["user_id"])
    op.create_index("ix_schedule_overrides_end", "schedule_overrides", ["schedule_id", "end"])
    op.create_table(
        "absences",
        _id(),
        _to("user_id"),
        sa.Column("start", Instant(), nullable=False),
        sa.Column("end", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _to("created_by", nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        _key("absences", "user_id", "users"),
        _key("absences", "created_by", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_absences"),
    )
    op.create_index("ix_absences_end", "absences", ["user_id", "end"])
    op.create_table(
        "shift_requests",
        _id(),
        _to("requester_id"),
        _to("colleague_id"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        _key("shift_requests", "requester_id", "users"),
        _key("shift_requests", "colleague_id", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_shift_requests"),
    )
    op.create_index("ix_shift_requests_requester_id", "shift_requests", ["requester_id"])
    op.create_index("ix_shift_requests_colleague_id", "shift_requests", ["colleague_id"])


def _calendars() -> None:
    op.create_table(
        "calendar_feeds",
        _id(),
        sa.Column("digest", sa.Text(), nullable=False),
        _to("schedule_id", nullable=True),
        _to("user_id"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        _key("calendar_feeds", "schedule_id", "schedules"),
        _key("calendar_feeds", "user_id", "users"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feeds"),
        sa.UniqueConstraint("digest", name="uq_calendar_feeds_digest"),
    )
    op.create_index("ix_calendar_feeds_schedule_id", "calendar_feeds", ["schedule_id"])
    op.create_index("ix_calendar_feeds_user_id", "calendar_feeds", ["user_id"])
    op.create_table(
        "calendar_events",
        _to("schedule_id"),
        _to("user_id"),
        sa.Column("start", Instant(), nullable=False),
        sa.Column("end", Instant(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("cancelled_at", Instant(), nullable=True),
        _key("calendar_events", "schedule_id", "schedules"),
        _key("calendar_events", "user_id", "users"),
        sa.PrimaryKeyConstraint("schedule_id", "user_id", "start", name="pk_calendar_events"),
    )
    op.create_index("ix_calendar_events_user_id", "calendar_events", ["user_id"])
    op.create_table(
        "schedule_calendars",
        _to("schedule_id"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("refreshed_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("unknown", Json(), nullable=False),
        _key("schedule_calendars", "schedule_id", "schedules"),
        sa.PrimaryKeyConstraint("schedule_id", name="pk_schedule_calendars"),
    )
    _partial("ix_schedule_calendars_due", "schedule_calendars", "due_at")

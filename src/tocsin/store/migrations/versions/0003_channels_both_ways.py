"""Providers, verified addresses, receipts, replies, test pages."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """New tables, and columns of old ones."""
    _providers()
    _proofs()
    _answers()
    _contacts()
    _notifications()


def _providers() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("channel_providers_ids")))
    op.create_table(
        "channel_providers",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("paused_until", Instant(), nullable=True),
        sa.Column("pause_reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_channel_providers"),
    )


def _proofs() -> None:
    op.create_table(
        "verifications",
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name="fk_verifications_contact_id"),
        sa.PrimaryKeyConstraint("contact_id", "method", name="pk_verifications"),
    )
    op.create_table(
        "test_pages",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_test_pages_user_id"),
        sa.PrimaryKeyConstraint("user_id", name="pk_test_pages"),
    )
    op.create_index("ix_test_pages_due", "test_pages", ["due_at"], **_where("due_at IS NOT NULL"))


def _answers() -> None:
    op.create_table(
        "heard",
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["channel_providers.id"], name="fk_heard_provider_id"),
        sa.PrimaryKeyConstraint("provider_id", "key", name="pk_heard"),
    )
    op.create_index("ix_heard_at", "heard", ["at"])
    op.create_table(
        "reply_codes",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_reply_codes_incident_id"),
        sa.PrimaryKeyConstraint("address", "code", name="pk_reply_codes"),
    )
    op.create_index("ix_reply_codes_incident_id", "reply_codes", ["incident_id"])
    op.create_table(
        "conversations",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("misunderstood", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_conversations"),
    )


def _contacts() -> None:
    for column in (
        sa.Column("verified", Json(), server_default="[]", nullable=False),
        sa.Column("stopped", Json(), server_default="[]", nullable=False),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("main", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
    ):
        op.add_column("contacts", column)
    op.create_index("ix_contacts_target", "contacts", ["target"])
    op.add_column("notification_rules", sa.Column("on_state", sa.Text(), nullable=True))
    op.add_column("notification_rules", sa.Column("sent_as", sa.Text(), nullable=True))


def _notifications() -> None:
    for table in ("notifications", "attempts"):
        # By hand: SQLite can add a reference only together with its column.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN provider_id BIGINT "
            f"CONSTRAINT fk_{table}_provider_id REFERENCES channel_providers (id)"
        )
    op.add_column("notifications", sa.Column("reference", sa.Text(), nullable=True))
    for name in ("report_due_at", "delivered_at", "seen_at", "answered_at"):
        op.add_column("notifications", sa.Column(name, Instant(), nullable=True))
    op.create_index(
        "ix_notifications_reference", "notifications", ["reference"], **_where("reference IS NOT NULL")
    )
    op.create_index(
        "ix_notifications_report_due",
        "notifications",
        ["report_due_at"],
        **_where("report_due_at IS NOT NULL"),
    )
    op.create_index("ix_notifications_contact", "notifications", ["contact_id", "sent_at"])

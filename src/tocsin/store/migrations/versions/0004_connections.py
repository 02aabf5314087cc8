"""Connectors, connections, and the errands that carry incidents outward."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant, Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SEQUENCES = ("connectors", "connections", "errands")


def _where(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _document(name: str, *more: Any) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        *more,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def upgrade() -> None:
    """Add the tables."""
    if op.get_bind().dialect.name == "postgresql":
        for name in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{name}_ids")))
    _document("connectors", sa.Column("type", sa.Text(), nullable=False))
    _document(
        "connections",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("connector_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["connector_id"], ["connectors.id"], name="fk_connections_connector_id"),
    )
    op.create_index("ix_connections_connector_id", "connections", ["connector_id"])
    op.create_table(
        "connection_sources",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["alert_sources.id"], name="fk_connection_sources_source_id"),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_connection_sources_connection_id"
        ),
        sa.PrimaryKeyConstraint("source_id", "connection_id", name="pk_connection_sources"),
    )
    op.create_index("ix_connection_sources_connection_id", "connection_sources", ["connection_id"])
    _errands()
    _remotes()


def _errands() -> None:
    op.create_table(
        "errands",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("moment", Json(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("in_order", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_errands_connection_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_errands_incident_id"),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name="fk_errands_actor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_errands"),
    )
    op.create_index("ix_errands_due", "errands", ["due_at"], **_where("due_at IS NOT NULL"))
    op.create_index(
        "ix_errands_waiting",
        "errands",
        ["connection_id", "incident_id", "id"],
        **_where("due_at IS NOT NULL"),
    )
    op.create_index("ix_errands_incident", "errands", ["incident_id", "id"])
    op.create_index("ix_errands_connection", "errands", ["connection_id", "id"])


def _remotes() -> None:
    op.create_table(
        "remotes",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("state", Json(), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name="fk_remotes_connection_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_remotes_incident_id"),
        sa.PrimaryKeyConstraint("connection_id", "incident_id", name="pk_remotes"),
    )
    op.create_index("ix_remotes_incident_id", "remotes", ["incident_id"])
    op.create_index("ix_remotes_remote_id", "remotes", ["connection_id", "remote_id"])

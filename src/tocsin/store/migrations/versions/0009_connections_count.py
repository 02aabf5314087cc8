"""Conditions of connections count: `trigger_count.10m`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table more."""
    op.create_table(
        "connection_counters",
        sa.Column("connection_id", sa.BigInteger(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_connection_counters_connection_id"
        ),
        sa.PrimaryKeyConstraint("connection_id", name="pk_connection_counters"),
    )

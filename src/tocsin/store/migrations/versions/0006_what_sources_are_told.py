"""Support hours, maintenance windows, counters of conditions, and the timer that raises incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant, Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEQUENCES = ("support_hours", "maintenance_windows")


def upgrade() -> None:
    """New tables, and columns of sources and incidents."""
    if op.get_bind().dialect.name == "postgresql":
        for name in SEQUENCES:
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{name}_ids")))
    _document("support_hours")
    _document("maintenance_windows", sa.Column("closes_at", Instant(), nullable=True))
    op.create_index("ix_maintenance_windows_closes_at", "maintenance_windows", ["closes_at"])
    op.create_table(
        "maintenance_sources",
        sa.Column("window_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["window_id"], ["maintenance_windows.id"], name="fk_maintenance_sources_window_id"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["alert_sources.id"], name="fk_maintenance_sources_source_id"),
        sa.PrimaryKeyConstraint("window_id", "source_id", name="pk_maintenance_sources"),
    )
    op.create_index("ix_maintenance_sources_source_id", "maintenance_sources", ["source_id"])
    op.create_table(
        "condition_counters",
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["alert_sources.id"], name="fk_condition_counters_source_id"),
        sa.PrimaryKeyConstraint("source_id", "condition", name="pk_condition_counters"),
    )
    _columns()


def _document(name: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def _columns() -> None:
    # By hand: SQLite can add a reference only together with its column.
    op.execute(
        "ALTER TABLE alert_sources ADD COLUMN support_hours_id BIGINT "
        "CONSTRAINT fk_alert_sources_support_hours_id REFERENCES support_hours (id)"
    )
    op.add_column(
        "alert_sources", sa.Column("maintained", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("incidents", sa.Column("raise_at", Instant(), nullable=True))
    condition = sa.text("raise_at IS NOT NULL")
    op.create_index(
        "ix_incidents_raise", "incidents", ["raise_at"], sqlite_where=condition, postgresql_where=condition
    )

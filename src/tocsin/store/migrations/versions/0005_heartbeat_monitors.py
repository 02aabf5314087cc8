"""Heartbeat monitors: many to a source, each with its own timer and its last pings."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant, Json

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, Any]:
    """A partial index, on both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """The timers of HEARTBEAT sources move into the table of all timers."""
    if op.get_bind().dialect.name == "postgresql":
        for name in ("heartbeat_monitors", "beats"):
            op.execute(sa.schema.CreateSequence(sa.Sequence(f"{name}_ids")))
    _monitors()
    _beats()
    _pings()
    _move()
    op.drop_table("heartbeats")


def _monitors() -> None:
    op.create_table(
        "heartbeat_monitors",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["alert_sources.id"], name="fk_heartbeat_monitors_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_heartbeat_monitors"),
    )
    op.create_index("ix_heartbeat_monitors_source_id", "heartbeat_monitors", ["source_id"])
    op.create_index(
        "uq_heartbeat_monitors_name",
        "heartbeat_monitors",
        ["name"],
        unique=True,
        **_where("deleted_at IS NULL"),
    )


def _beats() -> None:
    op.create_table(
        "beats",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("monitor_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("plan", Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_ping_at", Instant(), nullable=True),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("pings", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["alert_sources.id"], name="fk_beats_source_id"),
        sa.ForeignKeyConstraint(["monitor_id"], ["heartbeat_monitors.id"], name="fk_beats_monitor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_beats"),
        sa.UniqueConstraint("key", name="uq_beats_key"),
        sa.UniqueConstraint("uuid", name="uq_beats_uuid"),
        sa.UniqueConstraint("monitor_id", name="uq_beats_monitor_id"),
    )
    op.create_index("ix_beats_source_id", "beats", ["source_id"])
    op.create_index("ix_beats_due", "beats", ["due_at"], **_where("due_at IS NOT NULL"))


def _pings() -> None:
    op.create_table(
        "pings",
        sa.Column("beat_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("exit_status", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["beat_id"], ["beats.id"], name="fk_pings_beat_id"),
        sa.PrimaryKeyConstraint("beat_id", "number", name="pk_pings"),
    )


def _move() -> None:
    connection = op.get_bind()
    old = connection.execute(sa.text("SELECT * FROM heartbeats ORDER BY source_id")).mappings().all()
    if not old:
        return
    connection.execute(
        sa.text(
            "INSERT INTO beats (id, source_id, key, uuid, plan, state, reason, last_ping_at, due_at, pings, active)"
            " VALUES (:source_id, :source_id, :key, :uuid, :plan, :state, :reason, :last_ping_at, :due_at, 0, :active)"
        ),
        [
            {
                **row,
                "uuid": str(uuid.uuid4()),  # noqa: TID251 - a migration imports nothing that may change
                "plan": f'{{"intervalSec":{row["interval_sec"]}}}',
                "reason": "SILENT" if row["state"] == "OVERDUE" else "",
            }
            for row in old
        ],
    )
    last = old[-1]["source_id"]
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT setval('beats_ids', :last)"), {"last": last})
    else:
        connection.execute(sa.text("INSERT INTO counters VALUES ('beats', :last)"), {"last": last})

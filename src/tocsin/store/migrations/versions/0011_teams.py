"""Teams, their members, the policies that ask them, and what belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant, Json

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New tables."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.schema.CreateSequence(sa.Sequence("teams_ids")))
    op.create_table(
        "teams",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", Json(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_teams"),
    )
    _pairs("team_members", "team_id", ("user_id", "users"), sa.Column("role", sa.Text(), nullable=False))
    _pairs("policy_teams", "policy_id", ("team_id", "teams"))
    op.create_table(
        "owners",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("thing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("team_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name="fk_owners_team_id"),
        sa.PrimaryKeyConstraint("kind", "thing_id", "team_id", name="pk_owners"),
    )
    op.create_index("ix_owners_team_id", "owners", ["team_id"])


def _pairs(table: str, whose: str, of: tuple[str, str], *columns: sa.Column[object]) -> None:
    other, referred = of
    owner = {"team_id": "teams", "policy_id": "escalation_policies"}[whose]
    op.create_table(
        table,
        sa.Column(whose, sa.BigInteger(), nullable=False),
        sa.Column(other, sa.BigInteger(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint([whose], [f"{owner}.id"], name=f"fk_{table}_{whose}"),
        sa.ForeignKeyConstraint([other], [f"{referred}.id"], name=f"fk_{table}_{other}"),
        sa.PrimaryKeyConstraint(whose, other, name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_{other}", table, [other])

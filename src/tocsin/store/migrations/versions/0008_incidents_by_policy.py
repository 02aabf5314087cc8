"""Incidents of a policy are counted, to know whose turn it is: by index."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index more."""
    op.create_index("ix_incidents_policy", "incidents", ["policy_id", "id"])

"""Events keep what their body cannot tell, so that they can be read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column more."""
    op.add_column("events", sa.Column("came_with", Json(), nullable=True))

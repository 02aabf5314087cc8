"""Who has a schedule now, kept with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tocsin.store.columns import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns."""
    # By hand: SQLite can add a reference only together with its column.
    op.execute(
        "ALTER TABLE schedules ADD COLUMN present_user_id BIGINT "
        "CONSTRAINT fk_schedules_present_user_id REFERENCES users (id)"
    )
    op.add_column("schedules", sa.Column("present_start", Instant(), nullable=True))
    op.add_column("schedules", sa.Column("present_end", Instant(), nullable=True))

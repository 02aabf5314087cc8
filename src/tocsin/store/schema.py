"""Bringing a database to this release's schema, and refusing one that is ahead of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa

from tocsin.kit.errors import TocsinError
from tocsin.store.database import Database, Transaction
from tocsin.store.tables import SEQUENCES, counters

_FOLDER = Path(__file__).parent / "migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num"))


class SchemaMismatch(TocsinError):
    """The database does not fit this release; the message says what to do."""

    code = "SCHEMA_MISMATCH"
    refuses = True


def current(db: Database) -> str | None:
    """The schema revision of the database, None when it is empty."""
    with db.read() as tx:
        if not sa.inspect(tx.connection).has_table(_VERSION.name):
            return None
        revision: str | None = tx.scalar(sa.select(_VERSION.c.version_num))
        return revision


def head() -> str:
    """The schema revision of this release."""
    return _revisions()[-1]


def check(db: Database) -> bool:
    """Whether the schema is up to date. Raises SchemaMismatch when it is newer than this release."""
    revision = current(db)
    if revision is not None and revision not in _revisions():
        raise SchemaMismatch(
            f"the database has schema {revision}, which this release does not know (it knows up to "
            f"{head()}): it was written by a newer Tocsin. Start that release, or restore a backup."
        )
    return revision == head()


def migrate(db: Database) -> bool:
    """Bring the database up to date; True when there was something to do. Raises SchemaMismatch."""
    if check(db):
        return False
    with db.write() as tx:
        upgrade(tx, "head")
        if tx.sqlite:
            known = {row.name for row in tx.all(sa.select(counters.c.name))}
            fresh = [{"name": name, "value": 0} for name in SEQUENCES if name not in known]
            if fresh:
                tx.run(sa.insert(counters), fresh)
    return True


def upgrade(tx: Transaction, revision: str) -> None:
    """Run the migrations up to `revision`."""
    # A start seldom finds anything to do, and what does it takes a tenth of a start to load.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = tx.connection
    command.upgrade(config, revision)


@cache
def _revisions() -> list[str]:
    """Of this release, the oldest first. A migration's file begins with its revision; a test compares the two."""
    return sorted(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*.py"))

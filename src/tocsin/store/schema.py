"""Bringing a database to this release's schema, and refusing one that is ahead of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tocsin.kit.errors import TocsinError
from tocsin.store.database import Database
from tocsin.store.tables import SEQUENCES, counters

_FOLDER = Path(__file__).parent / "migrations"


class SchemaMismatch(TocsinError):
    """The database does not fit this release; the message says what to do."""

    code = "SCHEMA_MISMATCH"
    refuses = True


def current(db: Database) -> str | None:
    """The schema revision of the database, None when it is empty."""
    with db.read() as tx:
        return MigrationContext.configure(tx.connection).get_current_revision()


def head() -> str:
    """The schema revision of this release."""
    return str(_scripts().get_current_head())


def check(db: Database) -> bool:
    """Whether the schema is up to date. Raises SchemaMismatch when it is newer than this release."""
    revision = current(db)
    if revision is not None and revision not in {script.revision for script in _scripts().walk_revisions()}:
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
        config = _config()
        config.attributes["connection"] = tx.connection
        command.upgrade(config, "head")
        if tx.sqlite:
            known = {row.name for row in tx.all(sa.select(counters.c.name))}
            fresh = [{"name": name, "value": 0} for name in SEQUENCES if name not in known]
            if fresh:
                tx.run(sa.insert(counters), fresh)
    return True


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())

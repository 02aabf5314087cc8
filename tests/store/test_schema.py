"""Migrations: the history builds exactly the tables, and a newer database is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tocsin.store import schema
from tocsin.store.database import Database
from tocsin.store.tables import metadata


def test_migrations_build_what_the_code_declares(
    empty_database_url: str, open_database: Callable[[str], Database]
) -> None:
    db = open_database(empty_database_url)
    assert schema.current(db) is None
    assert schema.migrate(db)
    assert not schema.migrate(db)
    with db.read() as tx:
        context = MigrationContext.configure(tx.connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_names_of_the_migrations_are_their_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    scripts = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert schema._revisions() == scripts[::-1]
    assert schema.head() == scripts[0]


def test_every_migration_keeps_the_data(db: Database) -> None:
    assert schema.check(db)
    with db.write() as tx:
        assert tx.ids("users", 1) == [1]


def test_a_database_of_a_newer_release_is_refused(db: Database) -> None:
    with db.write() as tx:
        tx.run(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.SchemaMismatch, match="newer Tocsin"):
        schema.check(db)
    with pytest.raises(schema.SchemaMismatch):
        schema.migrate(db)

"""A backup: one consistent picture of the database, taken while the server runs."""

from __future__ import annotations

import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tocsin import __version__
from tocsin.kit.errors import TocsinError
from tocsin.kit.files import sync_folder
from tocsin.ops import archive
from tocsin.ops.archive import Manifest
from tocsin.store import schema
from tocsin.store.database import Database, Transaction
from tocsin.store.tables import counters

BATCH = 1000
_NOT_DATA = frozenset({"alembic_version", counters.name})
_SNAPSHOT = sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class BackupFailed(TocsinError):
    """There is no backup; the message says why."""

    code = "BACKUP_FAILED"


def backup(db: Database, target: Path, *, secret: str | None = None) -> Manifest:
    """Write a backup to `target`, whole or not at all. Raises BackupFailed, DatabaseAway, OSError."""
    revision = schema.current(db)
    if revision is None:
        raise BackupFailed("the database is empty: there is nothing to back up")
    check_integrity(db)
    draft = target.with_name(f"{target.name}.tmp")
    try:
        with db.read() as tx:
            manifest = _write(tx, draft, revision, secret)
        _verify(draft, manifest)
        draft.replace(target)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    sync_folder(target.parent)
    return manifest


def check_integrity(db: Database) -> None:
    """On SQLite, have the file checked: a copy of a damaged one is no backup. Raises BackupFailed."""
    findings = integrity(db)
    if findings:
        raise BackupFailed(f"the database is damaged ({findings[0]}): restore an earlier backup")


def integrity(db: Database) -> list[str]:
    """What SQLite finds wrong with its file; PostgreSQL looks after itself."""
    if not db.sqlite:
        return []
    with db.read() as tx:
        return [row[0] for row in tx.all(sa.text("PRAGMA integrity_check(5)")) if row[0] != "ok"]


def data_tables(tx: Transaction) -> list[sa.Table]:
    """The tables as they are in this database, in an order in which foreign keys hold."""
    found = sa.MetaData()
    found.reflect(bind=tx.connection)
    return [table for table in found.sorted_tables if table.name not in _NOT_DATA]


def _write(tx: Transaction, draft: Path, revision: str, secret: str | None) -> Manifest:
    if not tx.sqlite:
        tx.run(_SNAPSHOT)
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
            manifest = Manifest(
                release=__version__,
                schema_revision=revision,
                taken_at=tx.now,
                database="sqlite" if tx.sqlite else "postgresql",
                tables={table.name: _table(tx, target, table) for table in data_tables(tx)},
                sequences=_sequences(tx),
                secret=secret is not None,
            )
            if secret is not None:
                target.writestr(archive.SECRET, secret)
            archive.write_manifest(target, manifest)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _table(tx: Transaction, target: zipfile.ZipFile, table: sa.Table) -> int:
    query = sa.select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH)
    return archive.write_table(target, table.name, list(table.columns.keys()), tx.run(query))


def _sequences(tx: Transaction) -> dict[str, int]:
    if tx.sqlite:
        return {row.name: row.value for row in tx.all(sa.select(counters).order_by(counters.c.name))}
    names = sorted(sa.inspect(tx.connection).get_sequence_names())
    return {name.removesuffix("_ids"): _last(tx, name) for name in names if name.endswith("_ids")}


def _last(tx: Transaction, sequence: str) -> int:
    name = tx.connection.dialect.identifier_preparer.quote(sequence)
    row: Any = tx.first(sa.text(f"SELECT last_value, is_called FROM {name}"))  # noqa: S608 - quoted
    return int(row.last_value) if row.is_called else 0


def _verify(draft: Path, written: Manifest) -> None:
    with zipfile.ZipFile(draft) as copy:
        if archive.verified(copy) != written:
            raise BackupFailed("what was written reads differently: is the disk sound?")

"""Restoring a backup into either database: everything or, when anything is wrong, nothing."""

from __future__ import annotations

import itertools
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tocsin.kit.errors import TocsinError
from tocsin.kit.value import value
from tocsin.ops import archive
from tocsin.ops.archive import BadArchive, Manifest
from tocsin.ops.backup import BATCH, data_tables
from tocsin.store import schema
from tocsin.store.database import Database, Transaction
from tocsin.store.tables import counters, facts, incidents, notifications

_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = current_user "
    "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


class RestoreRefused(TocsinError):
    """Restoring now would do harm; nothing was changed."""

    code = "RESTORE_REFUSED"
    refuses = True


@value
class Restored:
    """What there is now."""

    manifest: Manifest
    open_incidents: int
    waiting: int
    """Messages that wait to be sent: a server sends those that are due as soon as it starts."""


def restore(db: Database, source: Path, *, force: bool = False) -> Restored:
    """Replace the database's content. Raises RestoreRefused, BadArchive, DatabaseAway, OSError."""
    with _opened(source) as backup:
        manifest = archive.verified(backup)
        _check_revision(manifest)
        _check_unused(db)
        _check_empty(db, force=force)
        schema.migrate(db)
        with _refusals(), db.write() as tx:
            _clear(tx)
            _fill(tx, backup, manifest)
            _set_sequences(tx, manifest)
            return _outcome(tx, manifest)


def restore_secret(source: Path, folder: Path) -> Path | None:
    """Put the backup's secret key, if it has one, into the data folder; returns the file."""
    with _opened(source) as backup:
        if archive.SECRET not in backup.namelist():
            return None
        secret = backup.read(archive.SECRET)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "secret.key"
    draft = folder / "secret.key.restored"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret + b"\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return path


@contextmanager
def _opened(source: Path) -> Iterator[zipfile.ZipFile]:
    try:
        backup = zipfile.ZipFile(source)
    except zipfile.BadZipFile as fault:
        raise BadArchive(f"{source} is no Tocsin backup, or it is damaged: use another one") from fault
    with backup:
        yield backup


def _check_revision(manifest: Manifest) -> None:
    if manifest.schema_revision != schema.head():
        raise RestoreRefused(
            f"the backup has schema {manifest.schema_revision} and this release {schema.head()}: restore it "
            f"with Tocsin {manifest.release}, which wrote it, and upgrade afterwards"
        )


def _check_unused(db: Database) -> None:
    """On PostgreSQL, see that nobody else is connected; a data folder has a lock for that."""
    if db.sqlite:
        return
    db.close()
    with db.read() as tx:
        others = tx.scalar(_OTHERS)
    if others:
        raise RestoreRefused(
            f"{others} other connections use this database: stop every Tocsin first "
            "(pg_stat_activity lists them)"
        )


def _check_empty(db: Database, *, force: bool) -> None:
    with db.read() as tx:
        used = [
            table.name
            for table in data_tables(tx)
            if table.name != facts.name and tx.first(sa.select(sa.literal(1)).select_from(table).limit(1))
        ]
    if used and not force:
        raise RestoreRefused(
            f"the database holds data already (in {', '.join(sorted(used)[:3])}): --force replaces all of it"
        )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except DBAPIError as fault:
        reason = str(fault.orig).strip().partition("\n")[0]
        raise BadArchive(
            f"the database refused a row of the backup ({reason}); nothing was changed"
        ) from fault


def _clear(tx: Transaction) -> None:
    for table in reversed(data_tables(tx)):
        tx.run(sa.delete(table))


def _fill(tx: Transaction, backup: zipfile.ZipFile, manifest: Manifest) -> None:
    tables = data_tables(tx)
    strange = set(manifest.tables) ^ {table.name for table in tables}
    if strange:
        raise BadArchive(f"the backup does not fit its schema: {', '.join(sorted(strange))}")
    for table in tables:
        rows = archive.read_table(backup, table.name)
        count = 0
        while batch := list(itertools.islice(rows, BATCH)):
            tx.run(sa.insert(table), batch)
            count += len(batch)
        if count != manifest.tables[table.name]:
            raise BadArchive(f"the backup's table {table.name} is not complete: use another backup")


def _set_sequences(tx: Transaction, manifest: Manifest) -> None:
    for name, last in manifest.sequences.items():
        if tx.sqlite:
            tx.run(sa.update(counters).where(counters.c.name == name).values(value=last))
        else:
            tx.run(
                sa.text("SELECT setval(CAST(:name AS regclass), :last, :called)"),
                {"name": f"{name}_ids", "last": max(last, 1), "called": last > 0},
            )


def _outcome(tx: Transaction, manifest: Manifest) -> Restored:
    count = sa.select(sa.func.count())
    return Restored(
        manifest=manifest,
        open_incidents=tx.scalar(count.select_from(incidents).where(incidents.c.status != "RESOLVED")),
        waiting=tx.scalar(count.select_from(notifications).where(notifications.c.due_at.is_not(None))),
    )

"""What the commands share that work on the data themselves: its folder and its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from tocsin.kit.errors import Conflict
from tocsin.ops import ownership
from tocsin.ops.opening import open_database
from tocsin.settings import Settings
from tocsin.store import schema
from tocsin.store.database import Database


class NotReady(Conflict):
    """There is no database yet, or not the right one."""

    code = "NOT_READY"


def is_sqlite(known: Settings) -> bool:
    """Whether the database is a file of ours."""
    return known.database_url.startswith("sqlite")


def owned(known: Settings) -> AbstractContextManager[None]:
    """The data folder for ourselves, where the database is in it. Raises Held."""
    return ownership.own(known.data_dir) if is_sqlite(known) else nullcontext()


@contextmanager
def database(known: Settings, *, new: bool = False) -> Iterator[Database]:
    """The database, closed afterwards; `new` allows one that is not there or not migrated yet."""
    db = open_database(known) if new else existing_database(known)
    try:
        if not new and not schema.check(db):
            raise NotReady("the database is not of this release: run `tocsin migrate` first")
        yield db
    finally:
        db.close()


def existing_database(known: Settings) -> Database:
    """The database; SQLite would make a missing file, who only looks should not. Raises NotReady."""
    path = Path(known.database_url.removeprefix("sqlite:///"))
    if is_sqlite(known) and not path.exists():
        raise NotReady(f"there is no database {path}: run `tocsin init` or `tocsin serve` first")
    return open_database(known)

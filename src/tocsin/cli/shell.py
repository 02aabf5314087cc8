"""What every command shares: settings, output for people or machines, and errors as one clear line.

Exit codes: 0 done, 1 failed (or something is broken), 2 misused or refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.kit.errors import BadInput, Conflict, Forbidden, NotFound, TocsinError, Unauthenticated
from tocsin.kit.value import dumps
from tocsin.ops import ownership
from tocsin.ops.opening import open_database
from tocsin.ops.restore import RestoreRefused
from tocsin.settings import Settings, SettingsError, from_environment
from tocsin.store import schema
from tocsin.store.database import Database
from tocsin.store.schema import SchemaMismatch

FAILED = 1
REFUSED = 2
_REFUSALS = (
    BadInput,
    Conflict,
    Forbidden,
    NotFound,
    RestoreRefused,
    SchemaMismatch,
    SettingsError,
    Unauthenticated,
    ownership.Held,
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class Failed(TocsinError):
    """A command could not do its work; the message says what to mend."""

    code = "FAILED"


class NotReady(Conflict):
    """There is no database yet, or not the right one."""

    code = "NOT_READY"


class Shell(click.Group):
    """A group of commands whose refusals become one line on standard error, never a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except TocsinError as refusal:
            _complain(ctx, refusal.message, REFUSED if isinstance(refusal, _REFUSALS) else FAILED)
        except BrokenPipeError:
            ctx.exit(FAILED)
        except OSError as fault:
            _complain(ctx, _words(fault), FAILED)


def _complain(ctx: click.Context, message: str, code: int) -> None:
    for line in message.splitlines():
        click.echo(f"tocsin: {line}", err=True)
    ctx.exit(code)


def _words(fault: OSError) -> str:
    reason = fault.strerror or str(fault)
    return f"{fault.filename}: {reason}" if fault.filename else reason


def settings() -> Settings:
    """This process's settings. Raises SettingsError."""
    return from_environment()


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


def say(text: str) -> None:
    """A line for people."""
    click.echo(text)


def say_json(data: object) -> None:
    """One line of JSON."""
    click.echo(dumps(data))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; plain text when nobody looks at a terminal."""
    drawn = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        drawn.add_row(*(escape(str(cell)) for cell in row))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    console.print(drawn)

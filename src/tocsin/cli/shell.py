"""What every command shares: settings, output for people or machines, and errors as one clear line.

Exit codes: 0 done, 1 failed (or something is broken), 2 misused or refused.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, ClassVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tocsin.kit.errors import TocsinError
from tocsin.kit.value import dumps
from tocsin.settings import Settings, from_environment

FAILED = 1
REFUSED = 2

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


class Failed(TocsinError):
    """A command could not do its work; the message says what to mend."""

    code = "FAILED"


@contextmanager
def loading() -> Iterator[None]:
    """Import without the garbage collector: what is loaded stays, and walking through it took a fifth of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Shell(click.Group):
    """A group of commands whose refusals become one line on standard error, never a stack trace.

    A command's module is imported when it is asked for: to report an event nobody needs a database driver.
    """

    modules: ClassVar[Mapping[str, str]] = {}
    """Of each command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        del ctx
        return sorted(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        del ctx
        module = self.modules.get(cmd_name)
        with loading():
            command: click.Command | None = getattr(import_module(module), cmd_name) if module else None
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except TocsinError as refusal:
            _complain(ctx, refusal.message, REFUSED if refusal.refuses else FAILED)
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

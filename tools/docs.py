"""Write the pages that are made from the code: `python -m tools.docs`; `--check` only says what is stale."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tocsin.cli import main as cli
from tocsin.settings import Setting, describe
from tools.channels import channels_page
from tools.connections import connections_page
from tools.integrations import integrations_page
from tools.replies import replies_page

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `python -m tools.docs`: do not edit. -->\n"

SETTINGS_HEAD = """\
# Settings

Everything is set by environment variables; there is no configuration file. None has to be set. An
empty one counts as unset, one with an unknown name stops the start, and `tocsin doctor` shows what
is in force.

Time-outs, sizes and other numbers that have one right answer are no settings.
"""

CLI_HEAD = """\
# The `tocsin` command

Every command takes `--json`. Answers go to standard output; what went wrong goes to standard error
and says what to mend. Exit codes: 0 done; 1 failed, or the doctor found something broken; 2 misused
or refused, and nothing was changed.

`event`, `incidents`, `who`, `explain` and `coverage` are clients: they talk to the server at `TOCSIN_URL`, all
but `event` with the key in `TOCSIN_API_KEY`. The others work on the data themselves, by the same
[settings](reference-settings.md) as the server. On SQLite `init`, `migrate` and `restore` refuse
while a server runs; `doctor`, `backup` and `outbox` work beside it.
"""


def pages() -> dict[Path, str]:
    """Every page made from the code, with its text."""
    return {
        Path("docs/reference-settings.md"): settings_page(),
        Path("docs/reference-cli.md"): cli_page(),
        Path("docs/reference/channels.md"): f"{MADE}\n{channels_page()}",
        Path("docs/reference/replies.md"): f"{MADE}\n{replies_page()}",
        Path("docs/reference/connections.md"): f"{MADE}\n{connections_page()}",
        Path("docs/integrations/README.md"): f"{MADE}\n{integrations_page()}",
    }


def settings_page() -> str:
    """The reference of the settings."""
    return f"{MADE}\n{SETTINGS_HEAD}\n" + "\n".join(_setting(row) for row in describe())


def _setting(row: Setting) -> str:
    default = (row.default if row.derive else f"`{row.default}`") if row.default else "none"
    secret = "\n\nSecret: never logged or shown." if row.secret else ""
    return f"## {row.name}\n\n{row.help}\n\nDefault: {default}{secret}\n"


def cli_page() -> str:
    """The reference of the commands."""
    root = click.Context(cli, info_name="tocsin", help_option_names=["-h", "--help"])
    return f"{MADE}\n{CLI_HEAD}\n" + "\n".join(_command(root, name) for name in cli.list_commands(root))


def _command(root: click.Context, name: str) -> str:
    command = cli.get_command(root, name)
    assert command is not None
    with click.Context(command, info_name=name, parent=root, terminal_width=100) as context:
        text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"## {name}\n\n```\n{text}\n```\n"


def stale(root: Path = ROOT) -> list[Path]:
    """The pages that differ from what the code says."""
    return [
        page
        for page, text in pages().items()
        if not (root / page).exists() or (root / page).read_text() != text
    ]


def main() -> int:
    """Write what is stale, or with --check only name it."""
    check = "--check" in sys.argv[1:]
    wrong = stale()
    for page in wrong:
        print(f"{page}: {'stale, run python -m tools.docs' if check else 'written'}")
        if not check:
            (ROOT / page).parent.mkdir(exist_ok=True)
            (ROOT / page).write_text(pages()[page])
    return 1 if check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())

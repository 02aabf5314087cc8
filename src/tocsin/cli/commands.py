"""The commands, and the modules that they are in."""

from __future__ import annotations

from typing import ClassVar

import click

from tocsin import __version__
from tocsin.cli.shell import Shell


class Commands(Shell):
    """Every command."""

    modules: ClassVar = {
        "serve": "tocsin.cli.server",
        "init": "tocsin.cli.server",
        "migrate": "tocsin.cli.server",
        "doctor": "tocsin.cli.data",
        "backup": "tocsin.cli.data",
        "restore": "tocsin.cli.data",
        "outbox": "tocsin.cli.data",
        "event": "tocsin.cli.asking",
        "incidents": "tocsin.cli.asking",
        "who": "tocsin.cli.asking",
        "explain": "tocsin.cli.asking",
        "coverage": "tocsin.cli.coverage",
        "agent": "tocsin.cli.agent",
    }


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tocsin")
def main() -> None:
    """Tocsin: self-hosted alerting and on-call. Settings are TOCSIN_... environment variables."""

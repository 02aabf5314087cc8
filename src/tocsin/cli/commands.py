"""The commands, in the order of the help page."""

from __future__ import annotations

import click

from tocsin import __version__
from tocsin.cli import agent, asking, coverage, data, server
from tocsin.cli.shell import Shell


@click.group(cls=Shell, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tocsin")
def main() -> None:
    """Tocsin: self-hosted alerting and on-call. Settings are TOCSIN_... environment variables."""


for _command in (
    server.serve,
    server.init,
    server.migrate,
    data.doctor,
    data.backup,
    data.restore,
    data.outbox,
    asking.event,
    asking.incidents,
    asking.who,
    asking.explain,
    coverage.coverage,
    agent.agent,
):
    main.add_command(_command)

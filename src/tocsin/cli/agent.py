"""The agent: a small server for networks without a sure way out."""

from __future__ import annotations

from pathlib import Path

import click

from tocsin.cli.shell import as_json, settings
from tocsin.kit import places
from tocsin.kit.clock import SystemClock
from tocsin.kit.errors import BadInput
from tocsin.telemetry import configure_logging


@click.command()
@click.option(
    "--listen",
    default="127.0.0.1:8977",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to take requests.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where to keep what waits.  [default: agent, in the data folder]",
)
@as_json
@click.pass_context
def agent(ctx: click.Context, *, listen: str, folder: Path | None, as_json: bool) -> None:
    """Take events and pings here, keep them on disk, and forward them to the server at TOCSIN_URL.

    For networks whose way out may fail. Give tools this agent's address in place of the server's.
    """
    from tocsin.ops.agent import run_agent  # noqa: PLC0415 - no other command needs it

    known = settings()
    configure_logging(json=as_json)
    try:
        place = places.address(listen)
    except ValueError as wrong:
        raise BadInput.at("--listen", str(wrong)) from None
    ctx.exit(run_agent(known.url, place.host, place.port, folder or known.data_dir / "agent", SystemClock()))

"""Is somebody always there? A client of a running Tocsin."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli.asking import POLICIES, instant
from tocsin.cli.client import client
from tocsin.cli.shell import FAILED, as_json, say, say_json, table


@click.command()
@click.option("--policy", metavar="NAME|ID", help="Only this escalation policy.")
@click.option("--from", "since", metavar="INSTANT", help="From when on, in RFC 3339.  [default: now]")
@click.option("--until", metavar="INSTANT", help="Until when.  [default: 90 days later; at most 400]")
@as_json
@click.pass_context
def coverage(
    ctx: click.Context, *, policy: str | None, since: str | None, until: str | None, as_json: bool
) -> None:
    """When nobody of an escalation policy could be told, and who is hard to reach.

    Exits with 1 when there are times with nobody, so that a timer can run it.
    """
    window = {"from": instant("--from", since), "until": instant("--until", until)}
    with client() as server:
        found = (
            [server.find(POLICIES, "escalation policy", policy)] if policy else list(server.every(POLICIES))
        )
        looked = [server.get(f"{POLICIES}/{each['id']}/coverage", **window) for each in found]
    if as_json:
        say_json(looked)
    else:
        for each in looked:
            _print(each)
    if any(each["uncovered"] or each["broken"] for each in looked):
        ctx.exit(FAILED)


def _print(found: dict[str, Any]) -> None:
    holes = found["uncovered"]
    said = f"{len(holes)} times with nobody" if holes else "somebody is always there"
    say(f"{found['policy']}, {found['start']} to {found['end']}: {said}")
    if holes:
        table(("nobody from", "until"), [(hole["start"], hole["end"]) for hole in holes])
    for part in found["broken"]:
        say(f"  cannot be computed: {part['problem']}")
    for change in found["clockChanges"]:
        say(f"  the clock is changed in a shift of {change['schedule']} at {change['at']}")
    for link in found["weakLinks"]:
        ways = ", ".join(link["verified"]) or "none"
        say(f"  {link['user']} has not two verified addresses of different kinds (verified: {ways})")

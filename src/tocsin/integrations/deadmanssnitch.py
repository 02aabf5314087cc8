"""Dead Man's Snitch, by its webhook."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The snitch's state as an event."""
    said = read(inbound)
    kind, snitch = said.text("type"), said.at("data.snitch")
    require(
        kind and snitch.text("token", "name"),
        "a webhook of Dead Man's Snitch: type and data.snitch are missing",
    )
    name = snitch.text("name") or snitch.text("token")
    return (
        event(
            kind_of(kind, opens="snitch.missing snitch.errored", resolves="snitch.reporting"),
            key=snitch.text("token") or name,
            summary=f"{name} is {kind.rpartition('.')[2]}",
            details=joined(snitch.text("notes"), snitch.lines("Status: status", "Before: previous_status")),
            labels={"snitch": name},
            raw=said,
        ),
    )


integration = Integration(
    type="DEADMANSSNITCH",
    name="Dead Man's Snitch",
    parse=parse,
    opens="snitch.missing, snitch.errored",
    resolves="snitch.reporting",
)

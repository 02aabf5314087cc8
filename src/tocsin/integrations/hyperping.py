"""Hyperping, by its webhook."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's state as an event."""
    said = read(inbound)
    happened, check = said.word("event"), said.at("check")
    url = check.text("url", "name")
    require(happened and url, "a webhook of Hyperping's: event and check.url are missing")
    down = kind_of(happened, opens="check.down check.degraded", resolves="check.up")
    return (
        event(
            down,
            key=check.text("monitorUuid") or url,
            summary=f"{check.text('name') or url} is {happened.rpartition('.')[2]}",
            details=check.lines("Address: url", "Status: status", "Since: date", "Seconds: downtime"),
            links={"Target": url},
            raw=said,
        ),
    )


integration = Integration(
    type="HYPERPING", name="Hyperping", parse=parse, opens="check.down", resolves="check.up"
)

"""Healthchecks.io, by a webhook with the header `Check-Status: $STATUS` and the body `$JSON`."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's state as an event."""
    said = read(inbound)
    address = said.text("ping_url", "update_url", "unique_key", "uuid", "code")
    name = said.text("name") or said.text("slug")
    require(address or name, "a check of Healthchecks.io's")
    status = inbound.headers.get("check-status", "").strip() or said.text("status")
    return (
        event(
            kind_of(status, opens="down", resolves="up"),
            key=address.rstrip("/").rpartition("/")[2] or name,
            summary=f"{name or address} is {status.lower()}",
            details=joined(
                said.text("desc"),
                said.lines(
                    "Last ping: last_ping",
                    "Pings: n_pings",
                    "Schedule: schedule",
                    "Period: timeout",
                    "Grace: grace",
                    "Tags: tags",
                ),
            ),
            labels={"check": name, "tags": said.text("tags")},
            raw=said,
        ),
    )


integration = Integration(
    type="HEALTHCHECKSIO",
    name="Healthchecks.io",
    parse=parse,
    opens="Check-Status down",
    resolves="Check-Status up",
    headers=("check-status",),
)

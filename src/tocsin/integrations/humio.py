"""Falcon LogScale (once Humio), by a webhook action."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the alert; further triggers go into the same one while it is open."""
    said = read(inbound)
    name = said.text("alert.name")
    require(name, "a webhook of LogScale's: alert.name is missing")
    repository = said.text("repository")
    return (
        event(
            "ALERT",
            key=said.text("alert.id") or f"{repository}/{name}",
            summary=name,
            details=joined(
                said.text("alert.description"),
                said.lines(
                    "Repository: repository", "Events: numberOfEvents", "Query: alert.query.queryString"
                ),
            ),
            links={"LogScale": said.text("linkURL", "url")},
            labels={"repository": repository},
            raw=said,
        ),
    )


integration = Integration(
    type="HUMIO", name="Falcon LogScale (Humio)", parse=parse, opens="every trigger of an alert"
)

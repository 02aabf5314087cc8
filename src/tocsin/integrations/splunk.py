"""Splunk, by the webhook action of an alert. A search says what it found, never that it finds nothing any more."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, listed, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for each time that the search finds something."""
    said = read(inbound)
    search = said.text("search_name")
    require(search or said.text("sid"), "a webhook of Splunk's: search_name is missing")
    return (
        event(
            "ALERT",
            key=said.text("sid"),
            summary=search or "Splunk: a search found something",
            details=joined(said.lines("App: app", "Owner: owner"), listed(said.texts("result"))),
            links={"Results": said.text("results_link")},
            labels={"search": search, "app": said.text("app")},
            raw=said,
        ),
    )


integration = Integration(
    type="SPLUNK", name="Splunk", parse=parse, opens="every result of the alert's search"
)

"""Pandora FMS, by a command of its alerts that sends its macros."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import event, joined, kind_of, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert, or its recovery."""
    said = read(inbound)
    key, title = said.text("incidentKey"), said.text("title")
    if not (key and title):
        return webhook.parse(inbound)
    return (
        event(
            kind_of(said.word("eventType"), opens="alert", resolves="resolved"),
            key=key,
            summary=title,
            details=joined(
                said.text("description"),
                said.lines(
                    "Agent: details.agentName",
                    "Module: details.moduleName",
                    "Value: details.moduleData",
                    "Severity: details.priority",
                    "Since: details.createdAt",
                ),
            ),
            labels={"agent": said.text("details.agentName"), "module": said.text("details.moduleName")},
            raw=said,
        ),
    )


integration = Integration(
    type="PANDORAFMS",
    name="Pandora FMS",
    parse=parse,
    opens="eventType alert",
    resolves="eventType resolved",
)

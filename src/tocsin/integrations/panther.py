"""Panther, by a custom webhook destination."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the alert."""
    said = read(inbound)
    number, title = said.text("alertId", "id"), said.text("title", "name")
    require(number and title, "an alert of Panther's: alertId and title are missing")
    return (
        event(
            "ALERT",
            key=number,
            summary=title,
            details=joined(
                said.text("description"),
                said.text("runbook"),
                said.lines("Rule: name", "Severity: severity", "Type: type", "Created: createdAt"),
            ),
            links={"Panther": said.text("link")},
            labels={"severity": said.text("severity"), "rule": said.text("id")},
            raw=said,
        ),
    )


integration = Integration(type="PANTHER", name="Panther", parse=parse, opens="every alert")

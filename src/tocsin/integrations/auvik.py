"""Auvik, by a webhook notification channel."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event."""
    said = read(inbound)
    status, number = said.word("alertStatusString", "alertStatus"), said.text("correlationId", "alertId")
    require(status and number, "a webhook of Auvik's: alertStatusString and alertId are missing")
    return (
        event(
            kind_of(status, opens="created triggered 0", resolves="cleared 1"),
            key=number,
            summary=said.text("subject") or f"{said.text('entityName')}: {said.text('alertName')}",
            details=joined(
                said.text("alertDescription"),
                said.lines(
                    "Entity: entityName",
                    "Type: entityType",
                    "Severity: alertSeverityString",
                    "Site: companyName",
                ),
            ),
            links={"Auvik": said.text("link")},
            labels={"entity": said.text("entityName"), "site": said.text("companyName")},
            raw=said,
        ),
    )


integration = Integration(
    type="AUVIK", name="Auvik", parse=parse, opens="status Created", resolves="status Cleared"
)

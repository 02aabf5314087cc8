"""Sysdig, by its webhook channel. "Notify when resolved" has to be switched on."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert's occurrence as an event."""
    said = read(inbound)
    name, number = said.text("alert.name", "alert.subject"), said.text("event.id")
    require(
        name and said.text("state", "resolved"), "a webhook of Sysdig's: alert.name and state are missing"
    )
    over = said.word("resolved") == "true" or said.word("state") in ("ok", "resolved")
    entities = "\n".join(
        f"- {one.text('entity')}" for one in said.each("entities")[:50] if one.text("entity")
    )
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key=number or name,
            summary=name,
            details=joined(
                said.text("alert.description"),
                said.lines("Condition: condition", "Scope: alert.scope", "Severity: alert.severityLabel"),
                entities,
            ),
            links={"Event": said.text("event.url"), "Alert": said.text("alert.editUrl")},
            labels={"severity": said.text("alert.severityLabel"), "scope": said.text("alert.scope")},
            raw=said,
        ),
    )


integration = Integration(
    type="SYSDIG", name="Sysdig", parse=parse, opens="state ACTIVE", resolves="resolved is true"
)

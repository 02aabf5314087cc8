"""Microsoft SCOM, by the PowerShell script of a command notification channel."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import event, joined, kind_of, listed, priority, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert in its resolution state."""
    said = read(inbound)
    alert, number = said.at("payload"), said.text("alertId")
    if not (alert and number):
        return webhook.parse(inbound)
    fields = {name: text for name, text in alert.texts("customDetails").items() if text != "NONE"}
    return (
        event(
            kind_of(said.word("eventType"), opens="alert", accepts="accepted", resolves="resolved"),
            key=number,
            summary=alert.text("summary") or f"Alert {number}",
            details=joined(
                alert.text("description"),
                alert.lines("Source: source", "Severity: severity", "Since: timestamp"),
                listed(fields),
            ),
            labels={"source": alert.text("source"), "severity": alert.text("severity")},
            priority=priority(alert.text("priority")),
            raw=said,
        ),
    )


integration = Integration(
    type="MSSCOM",
    name="Microsoft SCOM",
    parse=parse,
    opens="eventType alert (resolution state New and those of one's own)",
    accepts="eventType accepted (Acknowledged)",
    resolves="eventType resolved (Resolved, Closed)",
    aliases=("ms-scom",),
)

"""LibreNMS, by its transport API with the alert's variables, or our own JSON."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert's state as an event; critical is HIGH, everything else LOW."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    said = read(inbound)
    number, state = said.text("alert_id"), said.text("state")
    require(number and state, "an alert of LibreNMS': alert_id and state are missing")
    return (
        event(
            kind_of(state, opens="1 3 4 5", accepts="2", resolves="0"),
            key=number,
            summary=said.text("title", "name") or f"Alert {number}",
            details=joined(
                said.text("msg"),
                said.lines(
                    "Device: hostname", "Address: ip", "Rule: name", "Severity: severity", "Since: timestamp"
                ),
            ),
            labels={"host": said.text("hostname"), "rule": said.text("name")},
            priority="HIGH" if said.word("severity") == "critical" else "LOW",
            raw=said,
        ),
    )


integration = Integration(
    type="LIBRENMS",
    name="LibreNMS",
    parse=parse,
    opens="state 1 (alert), 3 (worse), 4 (better), 5 (changed)",
    accepts="state 2 (acknowledged)",
    resolves="state 0 (recovered)",
)

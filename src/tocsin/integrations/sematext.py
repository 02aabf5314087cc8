"""Sematext, by a custom webhook of an alert."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event; backToNormal ends it."""
    said = read(inbound)
    title = said.text("title", "description")
    require(
        title and said.text("backToNormal", "ruleType"),
        "a webhook of Sematext's: title and backToNormal are missing",
    )
    rule = (
        said.text("ruleId", "alertRuleId") or f"{said.text('applicationId')}/{said.text('ruleType')}/{title}"
    )
    return (
        event(
            "RESOLVE" if said.word("backToNormal") == "true" else "ALERT",
            key=rule,
            summary=title,
            details=joined(
                said.text("description"), said.lines("Rule: ruleType", "Application: applicationId")
            ),
            links={"Sematext": said.text("url"), "Troubleshoot": said.text("troubleshootUrl")},
            labels={"rule": said.text("ruleType")},
            raw=said,
        ),
    )


integration = Integration(
    type="SEMATEXT", name="Sematext", parse=parse, opens="backToNormal false", resolves="backToNormal true"
)

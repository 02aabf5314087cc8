"""Dash0, by a webhook notification channel."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue as an event. Raises NothingToReport for the test."""
    said = read(inbound)
    kind, issue = said.word("type"), said.at("data.issue")
    if kind == "test":
        raise NothingToReport("a test message of Dash0's")
    number = issue.text("issueIdentifier", "id")
    require(number, "a webhook of Dash0's: data.issue is missing")
    labels = {one.text("key"): one.text("value.stringValue", "value") for one in issue.each("labels")}
    return (
        event(
            "RESOLVE" if kind == "alert.resolved" or issue.word("status") == "resolved" else "ALERT",
            key=number,
            summary=issue.text("summary", "checkrules.0.name"),
            details=joined(
                issue.text("description"),
                issue.lines("Status: status", "Check rule: checkrules.0.name", "Since: start", "Until: end"),
            ),
            links={"Dash0": issue.text("url"), "Check rule": issue.text("checkrules.0.url")},
            labels=labels,
            raw=said,
        ),
    )


integration = Integration(
    type="DASH0", name="Dash0", parse=parse, opens="alert.ongoing", resolves="alert.resolved"
)

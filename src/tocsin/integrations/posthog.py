"""PostHog, by its plugin, or by a webhook that posts our own JSON."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The insight's alert as an event."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    said = read(inbound)
    number, name = (
        said.text("id", "shortId", "alert.id"),
        said.text("summary", "name", "derivedName", "title", "insight.name", "alert.name"),
    )
    status = said.word("status", "state")
    require(number and (name or status), "a message of PostHog's: id and name are missing")
    return (
        event(
            "RESOLVE" if status in ("resolved", "not firing", "ok") else "ALERT",
            key=number,
            summary=name or f"PostHog {number}: {status}",
            details=joined(
                said.text("description", "details"),
                said.lines(
                    "Status: status",
                    "Insight: derivedName",
                    "Value: data.latestDataPoint|value",
                    "Operator: data.operator",
                    "Threshold: data.threshold",
                ),
            ),
            links={"PostHog": said.text("links.0.url", "url", "link")},
            raw=said,
        ),
    )


integration = Integration(
    type="POSTHOG",
    name="PostHog",
    parse=parse,
    opens="an alert in any other status",
    resolves="status resolved",
)

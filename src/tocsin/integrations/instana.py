"""Instana, by its generic webhook: issues and incidents end, changes and presences only happen."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The issue as an event."""
    issue = read(inbound).at("issue")
    number, kind = issue.text("id"), issue.word("type")
    require(number, "an event of Instana's: issue.id is missing")
    ends = kind in ("issue", "incident") or issue.text("state")
    return (
        event(
            "RESOLVE" if ends and issue.word("state") == "closed" else "ALERT",
            # What does not end must not take in what happens later.
            key=number if ends else "",
            summary=issue.text("text") or f"Instana: {kind} {number}",
            details=joined(
                issue.text("suggestion"),
                issue.lines(
                    "Type: type",
                    "Severity: severity",
                    "Entity: entityLabel",
                    "Host: fqdn",
                    "Service: service",
                    "Zone: zone",
                    "Container: container",
                ),
            ),
            links={"Instana": issue.text("link")},
            labels={"type": kind, "zone": issue.text("zone"), "host": issue.text("fqdn")},
            raw=issue,
        ),
    )


integration = Integration(
    type="INSTANA",
    name="Instana",
    parse=parse,
    opens="an issue or incident; each change, each time something goes online or offline",
    resolves="an issue or incident is CLOSED",
)

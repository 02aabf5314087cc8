"""Raygun Crash Reporting, by its webhook: an error group is a problem, its address the key."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event, EventType
from tocsin.integrations import webhook
from tocsin.integrations.reading import event, joined, kind_of, read
from tocsin.plugins import Inbound, Integration

_ACTIVITIES: Mapping[str, EventType] = {"assignedtouser": "ACCEPT", "commentadded": "COMMENT"}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The error, or what somebody did about it."""
    said = read(inbound)
    happened, error, application = said.word("eventType"), said.at("error"), said.text("application.name")
    group = error.text("url").partition("?")[0]
    if not group or not said.word("event").startswith("error_"):
        return webhook.parse(inbound)
    activity = said.word("event") == "error_activity"
    kind = _ACTIVITIES.get(happened, "ALERT") if activity else "ALERT"
    if happened == "statuschanged":
        kind = kind_of(error.text("status"), opens="active", resolves="resolved ignored permanentlyignored")
    message = error.text("message") or "an error without a message"
    return (
        event(
            kind,
            key=group,
            summary=f"{application}: {message}" if application else message,
            details=joined(
                error.text("description"),
                error.lines(
                    "First: firstOccurredOn",
                    "Last: lastOccurredOn",
                    "Occurrences: totalOccurrences",
                    "Users affected: usersAffected",
                    "Tags: instance.tags",
                    "Assigned to: assignedTo",
                ),
            ),
            links={"Raygun": error.text("url"), "Application": said.text("application.url")},
            labels={"application": application},
            comment=error.text("comment"),
            commented_by=error.text("user"),
            raw=said,
        ),
    )


integration = Integration(
    type="RAYGUN",
    name="Raygun",
    parse=parse,
    opens="an error occurs, occurs again or goes on (error_notification); status Active",
    accepts="AssignedToUser",
    resolves="StatusChanged to Resolved, Ignored, PermanentlyIgnored",
)

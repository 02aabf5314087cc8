"""4me (Xurrent), by a webhook: requests and problems."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.integrations.tickets import States
from tocsin.plugins import Inbound, Integration

_STATES = States(
    opens=(
        "declined",
        "registered",
        "on_backlog",
        "assigned",
        "reservation_pending",
        "analyzed",
        "change_requested",
    ),
    accepts=(
        "accepted",
        "in_progress",
        "waiting_for",
        "waiting_for_customer",
        "workflow_pending",
        "project_pending",
    ),
    resolves=("completed", "solved", "canceled"),
)


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The request or problem as an event. Raises NothingToReport for the verification of the webhook."""
    said = read(inbound)
    happened, ticket = said.word("event"), said.at("payload")
    if happened == "webhook.verify":
        raise NothingToReport("4me verifies the webhook: open its callback address to enable it")
    number = said.text("object_id", "payload.id")
    require(happened and number, "a webhook of 4me's: event and object_id are missing")
    if not happened.startswith(("request.", "problem.")):
        raise NothingToReport(f"{happened}: only requests and problems count")
    return (
        event(
            _STATES.kind(ticket.text("status")),
            key=f"{happened.partition('.')[0]}-{number}",
            summary=ticket.text("subject"),
            details=joined(
                ticket.text("note"),
                ticket.lines(
                    "Status: status", "Impact: impact", "Team: team.name", "Service: service_instance.name"
                ),
            ),
            labels={"team": ticket.text("team.name"), "impact": ticket.text("impact")},
            raw=said,
        ),
    )


integration = Integration(
    type="FOURME",
    name="4me",
    parse=parse,
    opens="a request or problem in any other status",
    accepts="accepted, in progress, waiting",
    resolves="completed, solved",
)

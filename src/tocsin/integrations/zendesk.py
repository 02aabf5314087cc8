"""Zendesk, by a trigger with a webhook and the JSON template of our documentation."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event
from tocsin.core.incidents import Priority
from tocsin.integrations.reading import event, joined, listed, read, require
from tocsin.integrations.tickets import States
from tocsin.plugins import Inbound, Integration

_STATES = States(
    opens=("new", "open"), accepts=("pending", "hold", "on-hold"), resolves=("solved", "closed", "deleted")
)
_PRIORITIES: Mapping[str, Priority] = {"urgent": "HIGH", "high": "HIGH", "low": "LOW"}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The ticket's state as an event; a pending one that we do not know is opened."""
    said = read(inbound)
    ticket = said.at("ticket") or said
    number, status = ticket.text("id", "ticket_id"), ticket.word("status", "ticket_status")
    require(number and status, "a ticket of Zendesk's: id and status are missing")
    more = ticket.get("additional_ticket_details") or said.get("additional_ticket_details")
    return (
        event(
            _STATES.kind(status),
            key=number,
            summary=ticket.text("title", "subject", "ticket_title") or f"Ticket {number}",
            details=joined(
                ticket.text("description", "ticket_description"),
                ticket.lines(
                    "Status: status", "Priority: priority", "Requester: requester", "Assignee: assignee"
                ),
                listed({str(name): str(text) for name, text in more.items()})
                if isinstance(more, dict)
                else "",
            ),
            priority=_PRIORITIES.get(ticket.word("priority", "ticket_priority")),
            links={"Ticket": ticket.text("url", "link", "ticket_url")},
            labels={"requester": ticket.text("requester")},
            comment=ticket.text("latest_comment"),
            or_opens=status == "pending",
            raw=said,
        ),
    )


integration = Integration(
    type="ZENDESK",
    name="Zendesk",
    parse=parse,
    opens="New, Open; Pending if it was not known",
    accepts="Pending, On-hold",
    resolves="Solved, Closed",
)

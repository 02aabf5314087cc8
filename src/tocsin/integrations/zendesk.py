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
                    "Status: status",
                    "Priority: priority",
                    "Requester: requester|requester_name",
                    "Group: group_name",
                    "Assignee: assignee|assignee_name",
                ),
                listed({str(name): str(text) for name, text in more.items()})
                if isinstance(more, dict)
                else "",
            ),
            priority=_PRIORITIES.get(ticket.word("priority", "ticket_priority")),
            links={"Ticket": _address(ticket.text("url", "link", "ticket_url"))},
            labels={"requester": ticket.text("requester", "requester_name")},
            comment=ticket.text("latest_comment"),
            commented_by=ticket.text("latest_comment_author_name"),
            or_opens=status == "pending",
            raw=said,
        ),
    )


def _address(link: str) -> str:
    """Zendesk leaves the scheme out."""
    return link if "://" in link or not link else f"https://{link}"


integration = Integration(
    type="ZENDESK",
    name="Zendesk",
    parse=parse,
    opens="New, Open; Pending if it was not known",
    accepts="Pending, On-hold",
    resolves="Solved, Closed",
)

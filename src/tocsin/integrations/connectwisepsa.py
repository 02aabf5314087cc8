"""ConnectWise PSA (once Manage), by a callback for tickets: the record is JSON in a text."""

from __future__ import annotations

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations import webhook
from tocsin.integrations.reading import Doc, event, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The ticket as an event. Raises NothingToReport for other records."""
    said = read(inbound)
    number, action = said.text("ID"), said.word("Action")
    if not (number and action and said.text("Type")):
        return webhook.parse(inbound)
    if said.word("Type") != "ticket":
        raise NothingToReport(f"a callback about a {said.word('Type')}: only tickets count")
    ticket = said.packed("Entity")
    kind = "RESOLVE" if action == "deleted" else _kind(ticket)
    return (
        event(
            kind,
            key=number,
            summary=f"#{number} {ticket.text('summary')}".strip(),
            details=ticket.lines(
                "Board: board.name",
                "Status: status.name",
                "Priority: priority.name",
                "Company: company.name",
                "Contact: contact.name",
                "Owner: owner.name",
                "Description: initialDescription",
            ),
            labels={
                "board": ticket.text("board.name"),
                "company": ticket.text("company.name"),
                "priority": ticket.text("priority.name"),
            },
            or_opens=kind == "ACCEPT",
            raw=Doc({**said.texts(), "Entity": ticket.data}),
        ),
    )


def _kind(ticket: Doc) -> EventType:
    if ticket.text("closedFlag") == "true":
        return "RESOLVE"
    return "ACCEPT" if ticket.word("status.name") in ("in progress", "assigned") else "ALERT"


integration = Integration(
    type="CONNECTWISEPSA",
    name="ConnectWise PSA",
    parse=parse,
    opens="a ticket that is open",
    accepts="status In Progress, Assigned",
    resolves="closedFlag true; Action deleted",
)

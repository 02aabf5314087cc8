"""Autotask tickets, by its webhook (JSON) or by an extension callout (a form or XML)."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.core.incidents import Priority
from tocsin.integrations.reading import Doc, event, joined, read, require
from tocsin.plugins import Inbound, Integration

_PRIORITIES: Mapping[str, Priority] = {
    **dict.fromkeys(("1", "low"), "LOW"),
    **dict.fromkeys(("2", "3", "4", "medium", "high", "critical"), "HIGH"),
}
_STATES = {"1": "new", "5": "complete", "8": "in progress"}
"""The statuses that every Autotask has by the same number."""
_ENDS = ("complete", "denied", "closed", "resolved")
_WAITS = ("waiting", "in progress", "on hold", "dispatched", "scheduled", "pending")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The ticket's state as an event: a ticket in progress is accepted, and opened if we never heard of it."""
    said = read(inbound)
    entity, action = said.word("EntityType"), said.word("Action")
    if entity not in ("", "ticket", "tickets"):
        raise NothingToReport(f"a webhook about {entity}: only tickets count")
    ticket = Doc({name.lower(): value for name, value in (said.at("Fields") or said).texts().items()})
    number = said.text("Id") or ticket.text("id", "ticketid", "ticketnumber")
    require(number, "a ticket of Autotask's: it has no id")
    status = ticket.word("status")
    kind, or_opens = _meaning("deleted" if action == "delete" else _STATES.get(status, status))
    title = ticket.text("title", "ticketname", "name")
    return (
        event(
            kind,
            key=number,
            summary=title or f"Ticket {ticket.text('ticketnumber') or number}",
            details=joined(
                ticket.text("description"),
                ticket.lines(
                    "Ticket: ticketnumber", "Status: status", "Priority: priority", "Queue: queueid"
                ),
            ),
            priority=_PRIORITIES.get(ticket.word("priority")),
            links={"Ticket": ticket.text("url", "ticketurl")},
            or_opens=or_opens,
            raw=said,
        ),
    )


def _meaning(status: str) -> tuple[EventType, bool]:
    if status == "deleted" or any(word in status for word in _ENDS):
        return "RESOLVE", False
    if "in progress" in status:
        return "ACCEPT", True
    return ("ACCEPT", False) if any(word in status for word in _WAITS) else ("ALERT", False)


integration = Integration(
    type="AUTOTASK",
    name="Autotask",
    parse=parse,
    opens="a new ticket, or one in progress that was not known",
    accepts="In Progress, and the waiting states",
    resolves="Complete, Denied, or deleted",
)

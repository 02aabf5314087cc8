"""HaloITSM and HaloPSA tickets, by a webhook with the payload that names the ticket; or our own JSON."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import event, joined, read, require
from tocsin.kit.value import replace
from tocsin.plugins import Inbound, Integration

_OVER = ("closed", "resolved", "completed", "cancelled", "canceled")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The ticket's status as an event."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    ticket = read(inbound).at("ticket")
    number = ticket.text("id")
    require(number, "a ticket of Halo's: ticket.id is missing")
    status = ticket.word("status.name", "status.shortname", "status_name", "status")
    return (
        event(
            "RESOLVE" if any(word in status for word in _OVER) else "ALERT",
            key=number,
            summary=ticket.text("summary") or f"Ticket {number}",
            details=joined(
                ticket.text("details"),
                ticket.lines(
                    "Status: status.name",
                    "Type: tickettype.name",
                    "Priority: priority.name",
                    "Customer: client_name",
                    "Site: site_name",
                    "Team: team",
                    "Agent: agent.name",
                ),
            ),
            labels={"customer": ticket.text("client_name"), "team": ticket.text("team")},
            raw=ticket,
        ),
    )


haloitsm = Integration(
    type="HALOITSM",
    name="HaloITSM",
    parse=parse,
    opens="a ticket in any other status",
    resolves="status Closed, Resolved, Completed",
)
halopsa = replace(haloitsm, type="HALOPSA", name="HaloPSA")

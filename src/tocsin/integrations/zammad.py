"""Zammad, by a trigger with a webhook (its standard content)."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration

_OVER = ("closed", "merged", "removed")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The ticket as an event; its newest article goes to the timeline."""
    said = read(inbound)
    ticket, article = said.at("ticket"), said.at("article")
    number = ticket.text("id")
    require(number, "a webhook of Zammad's: ticket.id is missing")
    state = ticket.word("state.name", "state")
    high = ticket.text("priority.id", "priority_id") == "3" or "high" in ticket.word(
        "priority.name", "priority"
    )
    return (
        event(
            "RESOLVE" if state in _OVER else "ALERT",
            key=number,
            summary=ticket.text("title") or f"Ticket {ticket.text('number') or number}",
            details=joined(
                article.text("body"),
                ticket.lines(
                    "Ticket: number",
                    "State: state.name",
                    "Priority: priority.name",
                    "Group: group.name",
                    "Customer: customer.login",
                    "Owner: owner.login",
                ),
            ),
            priority="HIGH" if high else "LOW",
            links={"Ticket": said.text("ticket_url", "ticket.url", "notification.link")},
            labels={"number": ticket.text("number"), "group": ticket.text("group.name", "group")},
            comment=article.text("body") if ticket.text("article_count") not in ("", "0", "1") else "",
            commented_by=article.text("from"),
            raw=said,
        ),
    )


integration = Integration(
    type="ZAMMAD",
    name="Zammad",
    parse=parse,
    opens="a ticket in any other state",
    resolves="state closed, merged, removed",
)

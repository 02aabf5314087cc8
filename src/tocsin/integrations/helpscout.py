"""Help Scout, by its webhooks: a conversation is a problem. The header says what happened to it."""

from __future__ import annotations

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations import webhook
from tocsin.integrations.reading import event, joined, read
from tocsin.plugins import Inbound, Integration

_HEADER = "x-helpscout-event"
_COUNTS = ("", "convo.created", "convo.status", "convo.customer.reply.created", "convo.deleted")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The conversation as an event. Raises NothingToReport for tags, notes, assignments and the like."""
    said = read(inbound)
    number, happened = said.text("id"), inbound.headers.get(_HEADER, "").strip().lower()
    if not number or not (happened or said.text("subject", "status")):
        return webhook.parse(inbound)
    if happened not in _COUNTS:
        raise NothingToReport(f"{happened}: only new, answered, closed and deleted conversations count")
    status = said.word("status")
    shown, subject = said.text("number"), said.text("subject") or "a conversation without a subject"
    return (
        event(
            "RESOLVE" if happened == "convo.deleted" else _kind(status),
            key=number,
            summary=f"#{shown} {subject}" if shown else subject,
            details=joined(
                said.text("preview"),
                said.lines(
                    "From: primaryCustomer.email|customer.email|createdBy.email",
                    "Status: status",
                    "Assigned to: assignee.email|owner.email",
                    "Tags: tags",
                ),
            ),
            links={
                "Help Scout": f"https://secure.helpscout.net/conversation/{number}/{shown}/" if shown else ""
            },
            labels={"mailbox": said.text("mailbox.name", "mailboxId")},
            raw=said,
        ),
    )


def _kind(status: str) -> EventType:
    """Pending means in Help Scout that somebody answered and waits for the customer."""
    if status in ("closed", "spam"):
        return "RESOLVE"
    return "ACCEPT" if status == "pending" else "ALERT"


integration = Integration(
    type="HELPSCOUT",
    name="Help Scout",
    parse=parse,
    opens="convo.created, convo.customer.reply.created; status active",
    accepts="status pending",
    resolves="status closed, spam; convo.deleted",
    headers=(_HEADER,),
)

"""Amazon SNS, any topic. Message attributes say what a message means: eventType, incidentKey, incidentUrl1 to 3."""

from __future__ import annotations

from typing import Any

from tocsin.core.events import Event
from tocsin.integrations.reading import Doc, event, kind_of
from tocsin.integrations.sns import HEADERS, notice
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """One event for the message; without attributes it opens an incident of its own."""
    sent = notice(inbound)
    said = Doc(sent.attributes)
    raw: dict[str, Any] = dict(sent.envelope.texts())
    if sent.parsed:
        raw["_ilert"] = {"parsedMessage": sent.parsed.data}
    return (
        event(
            kind_of(said.text("eventType") or "ALERT", opens="alert", accepts="accept", resolves="resolve"),
            key=said.text("incidentKey", "alertKey"),
            summary=sent.subject or sent.message.partition("\n")[0][:200],
            details=sent.message,
            links={
                f"Link {number}": said.text(f"incidentUrl{number}", f"alertUrl{number}")
                for number in (1, 2, 3)
            },
            labels={"topic": sent.topic.rpartition(":")[2]},
            raw=Doc(raw),
        ),
    )


integration = Integration(
    type="AMAZONSNS",
    name="Amazon SNS",
    parse=parse,
    opens="every message, unless its attribute eventType says otherwise",
    accepts="attribute eventType ACCEPT with incidentKey",
    resolves="attribute eventType RESOLVE with incidentKey",
    headers=HEADERS,
)

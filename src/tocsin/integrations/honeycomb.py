"""Honeycomb, by a webhook recipient of a trigger or burn alert."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The trigger's state as an event."""
    said = read(inbound)
    trigger, status = said.text("id", "name"), said.text("status")
    require(trigger and status, "a webhook of Honeycomb's: id and status are missing")
    return (
        event(
            kind_of(status, opens="triggered", resolves="ok resolved"),
            key=trigger,
            summary=said.text("name", "summary"),
            details=joined(
                said.text("summary"),
                said.text("trigger_description", "description"),
                said.lines("Operator: operator", "Threshold: threshold"),
            ),
            links={"Trigger": said.text("trigger_url"), "Result": said.text("result_url")},
            labels={"trigger": said.text("name")},
            raw=said.without("shared_secret".__eq__),
        ),
    )


integration = Integration(
    type="HONEYCOMB", name="Honeycomb", parse=parse, opens="status TRIGGERED", resolves="status OK"
)

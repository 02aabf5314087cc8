"""Ubidots, by a webhook of an event; its back-to-normal webhook ends it."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import event, read
from tocsin.plugins import Inbound, Integration

_OVER = ("resolve", "resolved", "ok", "normal", "back_to_normal", "back to normal", "recovery")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The variable's state as an event; our own JSON is understood too."""
    said = read(inbound)
    variable, device = said.text("variableId", "variableName"), said.text("deviceName", "deviceId")
    if not variable and not device:
        return speaking.parse(inbound)
    name = said.text("variableName") or variable
    return (
        event(
            "RESOLVE" if said.word("eventType") in _OVER else "ALERT",
            key="/".join(filter(None, (said.text("deviceId") or device, variable))),
            summary=f"{device}: {name} is {said.text('triggerValue', 'lastValue')}",
            details=said.lines(
                "Device: deviceName",
                "Variable: variableName",
                "Value: triggerValue",
                "Since: triggerTimestamp",
                "Last value: lastValue",
                "Last seen: lastValueTimestamp",
            ),
            labels={"device": device, "variable": name},
            raw=said,
        ),
    )


integration = Integration(
    type="UBIDOTS",
    name="Ubidots",
    parse=parse,
    opens="eventType alert",
    resolves="eventType resolve, from the back-to-normal webhook",
)

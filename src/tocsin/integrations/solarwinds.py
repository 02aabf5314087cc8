"""SolarWinds Orion, by its trigger and reset actions that post a form."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, listed, read, require
from tocsin.plugins import Inbound, Integration

_PREFIX = "iLert"


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """What the form says; fields of its own go into the details."""
    said = read(inbound)
    kind, summary = said.text("iLertEventType"), said.text("iLertEventSummary")
    require(kind, "a form of SolarWinds': iLertEventType is missing")
    extra = {name: text for name, text in said.texts().items() if not name.startswith(_PREFIX)}
    return (
        event(
            kind_of(
                kind, opens="alert trigger triggered", accepts="accept acknowledge", resolves="resolve reset"
            ),
            key=said.text("iLertIncidentKey", "iLertAlertKey"),
            summary=summary,
            details=joined(said.text("iLertEventDetails", "iLertDetails"), listed(extra)),
            links={"SolarWinds": said.text("iLertUrl")},
            raw=said,
        ),
    )


integration = Integration(
    type="SOLARWINDS",
    name="SolarWinds",
    parse=parse,
    opens="the trigger action (iLertEventType ALERT)",
    accepts="iLertEventType ACCEPT",
    resolves="the reset action (iLertEventType RESOLVE)",
)

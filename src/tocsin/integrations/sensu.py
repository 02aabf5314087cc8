"""Sensu Go, by its own event or by the handler sensu-ilert, which speaks our JSON."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration

_WORDS = {"0": "ok", "1": "warning", "2": "critical"}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's state as an event; entity and check are the key."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    said = read(inbound)
    entity, name = said.text("entity.metadata.name"), said.text("check.metadata.name")
    status = said.text("check.status")
    require(entity and name and status, "an event of Sensu's with a check")
    what, output = f"{entity}/{name}", said.text("check.output")
    state, first = _WORDS.get(status, f"unknown ({status})"), output.partition("\n")[0]
    return (
        event(
            "RESOLVE" if status == "0" else "ALERT",
            key=what,
            summary=f"{what} is {state}" + (f": {first}" if first else ""),
            details=joined(
                output,
                said.lines(
                    "Command: check.command",
                    "Occurrences: check.occurrences",
                    "Namespace: entity.metadata.namespace",
                ),
            ),
            labels={"entity": entity, "check": name, **said.texts("check.metadata.labels")},
            raw=said,
        ),
    )


integration = Integration(
    type="SENSU", name="Sensu", parse=parse, opens="check status 1 or higher", resolves="check status 0"
)

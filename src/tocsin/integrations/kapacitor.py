"""Kapacitor, by the POST handler of an alert node."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert's level as an event."""
    said = read(inbound)
    number, level = said.text("id"), said.text("level")
    require(number and level, "an alert of Kapacitor's: id and level are missing")
    return (
        event(
            kind_of(level, opens="critical warning info", resolves="ok"),
            key=number,
            summary=said.text("message") or f"{number} is {level}",
            details=joined(
                said.text("details"), said.lines("Level: level", "Before: previousLevel", "Time: time")
            ),
            labels={"level": level, **said.texts("data.series.0.tags")},
            raw=said,
        ),
    )


integration = Integration(
    type="KAPACITOR",
    name="Kapacitor",
    parse=parse,
    opens="level CRITICAL, WARNING, INFO",
    resolves="level OK",
)

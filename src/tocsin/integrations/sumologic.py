"""Sumo Logic, by a webhook connection with the payload of our documentation."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the monitor or scheduled search; a trigger type Resolved… ends it."""
    said = read(inbound)
    name = said.text("Name", "name", "searchName", "SearchName")
    require(name, "a payload of Sumo Logic's: name is missing")
    return (
        event(
            "RESOLVE" if said.word("TriggerType", "triggerType").startswith("resolved") else "ALERT",
            key=said.text("Id", "id", "alertId"),
            summary=name,
            details=joined(
                said.text("Description", "description"),
                said.lines(
                    "Query: Query|query",
                    "Time range: TimeRange",
                    "Results: NumQueryResults|NumRawResults",
                    "Fired: FireTime",
                ),
                said.text("AggregateResultsJson", "ResultsJson"),
            ),
            links={"Sumo Logic": said.text("QueryURL", "SearchQueryUrl", "SourceURL", "url")},
            labels={"monitor": name},
            raw=said,
        ),
    )


integration = Integration(
    type="SUMOLOGIC",
    name="Sumo Logic",
    parse=parse,
    opens="every other payload",
    resolves="TriggerType Resolved…",
)

"""Rollbar, by its webhook."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration

_OPENS = ("new_item", "reactivated_item", "reopened_item", "exp_repeat_item", "item_velocity", "occurrence")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The item as an event. Raises NothingToReport for deployments and tests."""
    said = read(inbound)
    happened, item = said.word("event_name"), said.at("data.item")
    require(happened, "a webhook of Rollbar's: event_name is missing")
    if not item or happened not in (*_OPENS, "resolved_item"):
        raise NothingToReport(f"{happened}: only items count")
    return (
        event(
            "RESOLVE" if happened == "resolved_item" else "ALERT",
            key=item.text("id", "counter"),
            summary=item.text("title"),
            details=joined(
                item.text("last_occurrence.body.message.body"),
                item.lines("Level: level", "Environment: environment", "Occurrences: total_occurrences"),
            ),
            links={"Rollbar": said.text("data.url", "data.item.public_item_url")},
            labels={"level": item.text("level"), "environment": item.text("environment")},
            raw=said,
        ),
    )


integration = Integration(
    type="ROLLBAR",
    name="Rollbar",
    parse=parse,
    opens="new_item, reactivated_item, exp_repeat_item, item_velocity, occurrence",
    resolves="resolved_item",
)

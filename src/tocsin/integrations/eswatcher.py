"""Elasticsearch Watcher, by a webhook action whose body is the whole `ctx`."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the watch; further executions go into the same one while it is open."""
    said = read(inbound)
    context = said.at("ctx") or said
    watch = context.text("watch_id")
    require(watch, "the context of a watch: watch_id is missing")
    hits = context.text("payload.hits.total.value", "payload.hits.total")
    return (
        event(
            "ALERT",
            key=watch,
            summary=context.text("metadata.name", "metadata.summary")
            or f"Watch {watch}" + (f": {hits} hits" if hits else ""),
            details=joined(
                context.text("metadata.description", "vars.details"),
                context.lines(
                    "Watch: watch_id",
                    "Hits: payload.hits.total.value",
                    "Executed: execution_time",
                    "Triggered: trigger.triggered_time",
                ),
            ),
            labels={"watch": watch},
            raw=context,
        ),
    )


integration = Integration(
    type="ESWATCHER", name="Elastic Watcher", parse=parse, opens="every execution of the watch's action"
)

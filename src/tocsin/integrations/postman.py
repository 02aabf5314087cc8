"""Postman monitors, by the webhook for monitoring results: a run with failures opens, one without resolves."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import event, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The run as an event; the monitor is the key."""
    said = read(inbound)
    monitor, failed = said.text("monitor_uid"), said.text("metrics.failedTests")
    errors = said.text("metrics.errors")
    if not (monitor and (failed or errors)):
        return webhook.parse(inbound)
    name = said.text("monitor_name", "collection_name") or monitor
    over = {failed, errors} <= {"", "0"}
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key=monitor,
            summary=f"{name} passed"
            if over
            else f"{name} failed: {failed or 0} failed tests, {errors or 0} errors",
            details=said.lines(
                "Collection: collection_name",
                "Environment: environment_name",
                "Passed: metrics.passedTests",
                "Failed: metrics.failedTests",
                "Errors: metrics.errors",
                "Warnings: metrics.warnings",
                "Requests: metrics.requestCount",
                "Latency (ms): metrics.totalLatency",
            ),
            labels={
                "monitor": name,
                "collection": said.text("collection_name"),
                "environment": said.text("environment_name"),
            },
            raw=said,
        ),
    )


integration = Integration(
    type="POSTMAN",
    name="Postman",
    parse=parse,
    opens="a run with failed tests or errors",
    resolves="a run without any",
)

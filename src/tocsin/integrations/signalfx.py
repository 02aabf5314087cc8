"""Splunk Observability Cloud (once SignalFx), by a webhook."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The detector's incident as an event."""
    said = read(inbound)
    number, status = said.text("incidentId"), said.text("statusExtended", "status")
    require(number and status, "a webhook of SignalFx': incidentId and status are missing")
    return (
        event(
            "RESOLVE" if status.lower() in ("ok", "stopped", "manually resolved") else "ALERT",
            key=number,
            summary=said.text("messageTitle", "description", "rule", "detector"),
            details=joined(
                said.text("messageBody", "description"),
                said.lines("Detector: detector", "Rule: rule", "Severity: severity", "Tip: tip"),
            ),
            links={"Detector": said.text("detectorUrl"), "Runbook": said.text("runbookUrl")},
            images=(said.text("imageUrl"),),
            labels={
                "detector": said.text("detector"),
                "severity": said.text("severity"),
                **said.texts("dimensions"),
            },
            raw=said,
        ),
    )


integration = Integration(
    type="SIGNALFX",
    name="Splunk Observability (SignalFx)",
    parse=parse,
    opens="status anomalous",
    resolves="status ok, stopped, manually resolved",
)

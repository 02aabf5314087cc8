"""Alibaba CloudMonitor, by the callback of an alert rule: a form."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The rule's state as an event. Raises NothingToReport for INSUFFICIENT_DATA."""
    said = read(inbound)
    name, state = said.text("alertName", "ruleId"), said.text("alertState")
    require(name and state, "a callback of CloudMonitor's: alertName and alertState are missing")
    if state.upper() == "INSUFFICIENT_DATA":
        raise NothingToReport(f"{name} has insufficient data: only ALERT and OK count")
    where = said.text("instanceName", "dimensions")
    return (
        event(
            kind_of(state, opens="alert", resolves="ok"),
            key="/".join(filter(None, (said.text("ruleId") or name, said.text("dimensions")))),
            summary=f"{name} is {state.upper()}" + (f" on {where}" if where else ""),
            details=said.lines(
                "Metric: metricName",
                "Value: curValue",
                "Expression: expression",
                "Namespace: namespace",
                "Dimensions: dimensions",
                "Level: triggerLevel",
            ),
            labels={"rule": name, "level": said.text("triggerLevel", "preTriggerLevel")},
            raw=said,
        ),
    )


integration = Integration(
    type="ALIBABACLOUD",
    name="Alibaba CloudMonitor",
    parse=parse,
    opens="alertState ALERT",
    resolves="alertState OK",
)

"""Azure Monitor, by an action group's webhook: the common alert schema, and the older ones."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import Doc, event, joined, kind_of, listed, read, require
from tocsin.plugins import Inbound, Integration

_PORTAL = "https://portal.azure.com/#resource"


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event."""
    said = read(inbound)
    essentials = said.at("data.essentials")
    if essentials:
        return (_common(said, essentials),)
    context = said.at("data.context") or said.at("context")
    require(context, "an alert of Azure Monitor's: neither data.essentials nor a context")
    return (_older(said, context),)


def _common(said: Doc, essentials: Doc) -> Event:
    rule, alert = essentials.text("alertRule"), essentials.text("alertId")
    conditions = said.each("data.alertContext.condition.allOf")
    target = essentials.text("configurationItems.0") or essentials.text("alertTargetIDs.0").rpartition("/")[2]
    return event(
        kind_of(essentials.text("monitorCondition"), opens="fired", resolves="resolved"),
        # A stateful alert says Resolved with the id of the one that fired.
        key=alert,
        summary=f"{rule or 'Azure alert'}" + (f" on {target}" if target else ""),
        details=joined(
            essentials.text("description"),
            said.text("data.alertContext.properties.communication", "data.alertContext.properties.title"),
            essentials.lines(
                "Severity: severity",
                "Signal: signalType",
                "Service: monitoringService",
                "Fired: firedDateTime",
                "Resolved: resolvedDateTime",
            ),
            "\n".join(
                f"- {one.text('metricName', 'searchQuery')} {one.text('operator')} {one.text('threshold')}: "
                f"{one.text('metricValue')}"
                for one in conditions[:20]
            ),
            listed(said.texts("data.customProperties")),
        ),
        links={
            "Resource": _resource(essentials.text("alertTargetIDs.0")),
            "Alert": said.text("data.alertContext.linkToSearchResultsUI"),
        },
        labels={
            "severity": essentials.text("severity"),
            "rule": rule,
            "service": essentials.text("monitoringService"),
        },
        raw=said,
    )


def _resource(path: str) -> str:
    return (
        f"{_PORTAL}{path}" if path.startswith("/subscriptions/") and not any(map(str.isspace, path)) else ""
    )


def _older(said: Doc, context: Doc) -> Event:
    """Metric alerts and activity log alerts from before the common schema."""
    status = said.text("data.status", "status")
    name = context.text("name", "activityLog.operationName", "activityLog.properties.title")
    return event(
        "RESOLVE" if status.lower() in ("deactivated", "resolved") else "ALERT",
        key=context.text("id", "activityLog.correlationId"),
        summary=f"{name}"
        + (f" on {on}" if (on := context.text("resourceName", "activityLog.resourceId")) else ""),
        details=joined(
            context.text("description", "activityLog.description", "activityLog.properties.communication"),
            context.lines(
                "Resource: resourceId",
                "Region: resourceRegion",
                "Metric: condition.metricName",
                "Value: condition.metricValue",
                "Threshold: condition.threshold",
                "Status: activityLog.status",
                "Caller: activityLog.caller",
            ),
        ),
        links={"Azure": context.text("portalLink")},
        raw=said,
    )


integration = Integration(
    type="AZUREALERTS",
    name="Azure Monitor",
    parse=parse,
    opens="monitorCondition Fired; every activity log, budget and log alert",
    resolves="monitorCondition Resolved (metric and service health alerts)",
)

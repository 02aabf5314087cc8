"""Cisco ThousandEyes, by a webhook of an alert rule."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event. Raises NothingToReport for the test."""
    said = read(inbound)
    kind, alert = said.word("eventType"), said.at("alert")
    if kind.endswith("_test"):
        raise NothingToReport("a test message of ThousandEyes'")
    number = alert.text("alertId", "id")
    require(number, "a webhook of ThousandEyes': alert.alertId is missing")
    about = alert.text("testName", "agentName", "hostname")
    return (
        event(
            "RESOLVE" if "clear" in kind or alert.text("active") == "0" else "ALERT",
            key=number,
            summary=": ".join(filter(None, (about, alert.text("ruleName")))),
            details=joined(
                alert.text("ruleExpression"),
                alert.lines(
                    "Type: type", "Severity: severity", "Since: dateStartZoned", "Until: dateEndZoned"
                ),
            ),
            links={"ThousandEyes": alert.text("permalink")},
            labels={"rule": alert.text("ruleName"), "severity": alert.text("severity")},
            raw=said,
        ),
    )


integration = Integration(
    type="CISCOTHOUSANDEYES",
    name="Cisco ThousandEyes",
    parse=parse,
    opens="ALERT_NOTIFICATION_TRIGGER",
    resolves="ALERT_NOTIFICATION_CLEAR",
)

"""Kibana rules, by a webhook connector with the body of our documentation: rule, alert and context."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event; the action group "recovered" ends it."""
    said = read(inbound)
    rule, alert = said.text("rule.name", "alertName", "rule.id"), said.text("alert.id", "alertInstanceId")
    require(rule, "a body of Kibana's: rule.name is missing")
    group = said.word("alert.actionGroup", "alertActionGroup")
    return (
        event(
            "RESOLVE" if group == "recovered" else "ALERT",
            key="/".join(filter(None, (said.text("rule.id", "alertId") or rule, alert))),
            summary=said.text("context.title")
            or (f"{rule}: {alert}" if alert and alert != "query matched" else rule),
            details=joined(
                said.text("context.message", "context.reason"),
                said.lines(
                    "Rule: rule.name",
                    "Group: alert.actionGroupName",
                    "Value: context.value",
                    "Conditions: context.conditions",
                    "Time: date",
                ),
            ),
            links={"Kibana": said.text("rule.url", "context.link", "context.viewInAppUrl")},
            labels={"rule": rule, "space": said.text("rule.spaceId")},
            raw=said,
        ),
    )


integration = Integration(
    type="KIBANA",
    name="Kibana",
    parse=parse,
    opens="a rule's action runs",
    resolves="the action group is recovered, if the rule has an action for it",
)

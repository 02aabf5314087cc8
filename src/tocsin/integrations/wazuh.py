"""Wazuh, by the integration `shuffle`, or by one of one's own that passes on the alert as it is."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import webhook
from tocsin.integrations.reading import event, joined, read
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the alert."""
    said = read(inbound)
    alert = said.at("all_fields") or said
    number, title = alert.text("id") or said.text("id"), said.text("title") or alert.text("rule.description")
    if not (number and title and (alert.at("rule") or said.text("rule_id"))):
        return webhook.parse(inbound)
    agent = alert.text("agent.name")
    return (
        event(
            "ALERT",
            key=number,
            summary=f"{agent}: {title}" if agent else title,
            details=joined(
                alert.text("full_log") or said.text("text"),
                alert.lines(
                    "Rule: rule.id",
                    "Level: rule.level",
                    "Groups: rule.groups",
                    "Technique: rule.mitre.technique",
                    "Agent: agent.name",
                    "Address: agent.ip",
                    "Source: data.srcip",
                    "Where: location",
                    "Manager: manager.name",
                ),
            ),
            labels={
                "agent": agent,
                "rule": alert.text("rule.id") or said.text("rule_id"),
                "level": alert.text("rule.level"),
            },
            raw=said,
        ),
    )


integration = Integration(type="WAZUH", name="Wazuh", parse=parse, opens="every alert of the chosen level")

"""Amazon GuardDuty findings, by EventBridge over Amazon SNS."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, require
from tocsin.integrations.sns import HEADERS, notice
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for the finding; updates of it go into the same one."""
    said = notice(inbound).parsed
    finding = said.at("detail") or said
    require(finding.text("id") and finding.text("title", "type"), "a finding of GuardDuty's")
    return (
        event(
            "ALERT",
            key=finding.text("id"),
            summary=finding.text("title", "type"),
            details=joined(
                finding.text("description"),
                finding.lines(
                    "Type: type",
                    "Severity: severity",
                    "Account: accountId",
                    "Region: region",
                    "Count: service.count",
                ),
            ),
            labels={"type": finding.text("type"), "region": finding.text("region")},
            raw=said,
        ),
    )


integration = Integration(
    type="GUARDDUTY",
    name="Amazon GuardDuty",
    parse=parse,
    opens="every finding",
    headers=HEADERS,
)

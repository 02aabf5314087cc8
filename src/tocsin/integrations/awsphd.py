"""AWS Health (Personal Health Dashboard), by EventBridge over Amazon SNS."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, require
from tocsin.integrations.sns import HEADERS, notice
from tocsin.plugins import Inbound, Integration

_EVENT = "https://health.aws.amazon.com/health/home#/account/event-log?eventID="


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """One event for the message; the issue's ARN is the key."""
    said = notice(inbound).parsed
    issue = said.at("detail")
    arn = issue.text("eventArn")
    require(arn, "an event of AWS Health's: detail.eventArn is missing")
    service, code = issue.text("service"), issue.text("eventTypeCode")
    affected = [one.text("entityValue") for one in issue.each("affectedEntities")]
    return (
        event(
            "RESOLVE" if issue.word("statusCode") == "closed" else "ALERT",
            key=arn,
            summary=f"AWS Health: {code or service}"
            + (f" in {region}" if (region := said.text("region")) else ""),
            details=joined(
                issue.text("eventDescription.0.latestDescription"),
                issue.lines(
                    "Service: service",
                    "Category: eventTypeCategory",
                    "Status: statusCode",
                    "Began: startTime",
                    "Ended: endTime",
                ),
                said.lines("Account: account", "Region: region"),
                f"Affected: {', '.join(affected[:100])}" if affected else "",
            ),
            links={"AWS Health": f"{_EVENT}{arn}"},
            labels={"service": service, "region": said.text("region"), "account": said.text("account")},
            raw=said,
        ),
    )


integration = Integration(
    type="AWSPHD",
    name="AWS Personal Health Dashboard",
    parse=parse,
    opens="an issue, a scheduled change, a notification",
    resolves="statusCode closed",
    headers=HEADERS,
)

"""Checkly, by its iLert channel (our own JSON), or by a webhook with its standard body."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import speaking
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's alert as an event; any recovery ends it."""
    if speaking.speaks(inbound):
        return speaking.parse(inbound)
    said = read(inbound)
    check, kind = said.text("check_id", "check_name"), said.word("alert_type")
    require(check and kind, "a webhook of Checkly's: check_id and alert_type are missing")
    return (
        event(
            "RESOLVE" if "recovery" in kind else "ALERT",
            key=f"{check}/certificate" if "ssl" in kind else check,
            summary=said.text("event", "alert_title") or f"{said.text('check_name')}: {kind}",
            details=joined(
                said.text("check_error_message"),
                said.lines(
                    "Check: check_name",
                    "Group: group_name",
                    "Type: check_type",
                    "Location: run_location",
                    "Response time: response_time",
                    "Status code: api_check_response_status_code",
                    "Began: started_at",
                ),
            ),
            links={"Checkly": said.text("link")},
            labels={"check": said.text("check_name"), "group": said.text("group_name")},
            raw=said,
        ),
    )


integration = Integration(
    type="CHECKLY",
    name="Checkly",
    parse=parse,
    opens="ALERT_FAILURE, ALERT_DEGRADED, ALERT_SSL",
    resolves="ALERT_RECOVERY, ALERT_DEGRADED_RECOVERY",
)

"""Amazon CloudWatch alarms, over Amazon SNS: from the alarm itself, or by EventBridge."""

from __future__ import annotations

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations.reading import event, joined, require
from tocsin.integrations.sns import HEADERS, notice
from tocsin.plugins import Inbound, Integration

_KINDS: dict[str, EventType] = {"alarm": "ALERT", "ok": "RESOLVE"}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alarm as an event. Raises NothingToReport for INSUFFICIENT_DATA."""
    said = notice(inbound).parsed
    name = said.text("AlarmName", "detail.alarmName")
    require(name, "an alarm of CloudWatch's: AlarmName is missing")
    state = said.word("NewStateValue", "detail.state.value")
    if state == "insufficient_data":
        raise NothingToReport(f"the alarm {name} has insufficient data: only ALARM and OK count")
    require(state in _KINDS, "an alarm of CloudWatch's: its state is neither ALARM nor OK")
    reason = said.text("NewStateReason", "detail.state.reason")
    region = said.text("Region", "region")
    return (
        event(
            _KINDS[state],
            key=said.text("AlarmArn", "resources.0")
            or f"{said.text('AWSAccountId', 'account')}/{region}/{name}",
            summary=f"{name} is {state.upper()}" + (f" in {region}" if region else ""),
            details=joined(
                said.text("AlarmDescription", "detail.configuration.description"),
                reason,
                said.lines(
                    "Account: AWSAccountId",
                    "Region: Region",
                    "Metric: Trigger.MetricName",
                    "Namespace: Trigger.Namespace",
                    "Since: StateChangeTime",
                    "Before: OldStateValue",
                ),
            ),
            labels={
                "alarm": name,
                "region": region,
                **{one.text("name"): one.text("value") for one in said.each("Trigger.Dimensions")},
            },
            raw=said,
        ),
    )


integration = Integration(
    type="CLOUDWATCH",
    name="Amazon CloudWatch",
    parse=parse,
    opens="state ALARM",
    resolves="state OK",
    headers=HEADERS,
)

"""N-able N-central, by the XML of a PSA notification."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The notification as an event; the new state Normal ends it."""
    said = read(inbound)
    trigger, state = said.text("ActiveNotificationTriggerID"), said.word("QualitativeNewState")
    require(trigger or state, "a notification of N-central's: ActiveNotificationTriggerID is missing")
    device, service = said.text("DeviceName"), said.text("AffectedService")
    ends, taken = state == "normal", said.text("AcknowledgementUser", "AcknowledgementTime")
    return (
        event(
            "RESOLVE" if ends else "ACCEPT" if taken else "ALERT",
            key=trigger or f"{device}/{service}",
            summary=f"{device}: {service} is {state}",
            details=joined(
                said.text("QuantitativeNewState"),
                said.lines(
                    "Customer: CustomerName",
                    "Device: DeviceName",
                    "Address: DeviceURI",
                    "Before: QualitativeOldState",
                    "Probe: ProbeURI",
                    "Time: TimeOfStateChange",
                ),
            ),
            links={"N-central": said.text("NcentralURI", "RemoteControlLink")},
            labels={"customer": said.text("CustomerName"), "device": device},
            comment=said.text("AcknowledgementNote"),
            commented_by=said.text("AcknowledgementUser"),
            raw=said,
        ),
    )


integration = Integration(
    type="NCENTRAL",
    name="N-able N-central",
    parse=parse,
    opens="any other new state",
    accepts="AcknowledgementUser or AcknowledgementTime is set; the note goes to the timeline",
    resolves="the new state is Normal",
)

"""Site24x7, by a webhook (third-party integration)."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The monitor's state as an event."""
    said = read(inbound)
    monitor, status = said.text("MONITOR_ID", "MONITORID", "MONITORNAME"), said.text("STATUS")
    require(monitor and status, "a webhook of Site24x7's: STATUS and MONITORNAME are missing")
    name = said.text("MONITORNAME", "DISPLAY_NAME")
    return (
        event(
            kind_of(status, opens="down trouble critical", resolves="up"),
            key=monitor,
            summary=f"{name or monitor} is {status.lower()}",
            details=joined(
                said.text("INCIDENT_REASON"),
                said.lines(
                    "Type: MONITORTYPE",
                    "Locations: FAILED_LOCATIONS",
                    "Group: MONITOR_GROUPNAME",
                    "Time: INCIDENT_TIME",
                ),
            ),
            links={
                "Site24x7": said.text("MONITOR_DASHBOARD_LINK"),
                "Target": said.text("MONITORURL"),
                "Cause": said.text("RCA_LINK"),
            },
            labels={"monitor": name, "type": said.text("MONITORTYPE")},
            raw=said,
        ),
    )


integration = Integration(
    type="SITE24X7",
    name="Site24x7",
    parse=parse,
    opens="STATUS DOWN, TROUBLE, CRITICAL",
    resolves="STATUS UP",
)

"""Kentix AlarmManager, by its webhook with the JSON template of our documentation."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, listed, read, require
from tocsin.plugins import Inbound, Integration

_QUIET = ("", "0", "false", "no", "off", "ok", "normal", "none", "inactive")
"""A placeholder that the device does not know stays as it is: `$DEWPOINT_ALARM$`."""


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident a device, for as long as any of its alarms is raised."""
    said = read(inbound)
    device = said.text("device", "devicename", "alarmzone")
    alarms = {name: text for name, text in said.texts().items() if name.lower().endswith("alarm")}
    require(device and alarms, "a message of AlarmManager's: a device and its alarms are missing")
    raised = [name for name, text in alarms.items() if text.lower() not in _QUIET and text[:1] != "$"]
    kinds = ", ".join(name.lower().removesuffix("alarm").strip("-_ ") or "alarm" for name in raised)
    place = "/".join(filter(None, (said.text("building"), said.text("alarmzone"), device)))
    return (
        event(
            "ALERT" if raised else "RESOLVE",
            key=place,
            summary=f"{place}: {kinds}" if raised else f"{place}: all alarms are over",
            details=listed(said.texts()),
            labels={"building": said.text("building"), "zone": said.text("alarmzone"), "device": device},
            raw=said,
        ),
    )


integration = Integration(
    type="KENTIXAM",
    name="Kentix AlarmManager",
    parse=parse,
    opens="any alarm of a device",
    resolves="all alarms of the device are over",
)

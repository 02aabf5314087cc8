"""PRTG, by its notification "Execute HTTP action" with the post data of our documentation."""

from __future__ import annotations

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations.reading import event, joined, read, require
from tocsin.kit.errors import BadInput
from tocsin.plugins import Inbound, Integration

_KINDS: tuple[tuple[str, EventType], ...] = (
    ("acknowledged", "ACCEPT"),
    ("down", "ALERT"),
    ("warning", "ALERT"),
    ("unusual", "ALERT"),
    ("up", "RESOLVE"),
)


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The sensor's state as an event."""
    said = read(inbound)
    sensor, status = said.text("sensorid", "sensor_id"), said.word("status", "state", "laststatus")
    require(sensor and status, "post data of PRTG's: sensorid and status are missing")
    name = " / ".join(filter(None, (said.text("device"), said.text("name", "sensor"))))
    return (
        event(
            _kind(status),
            key=sensor,
            summary=f"{name or f'Sensor {sensor}'}: {said.text('status', 'state', 'laststatus')}",
            details=joined(
                said.text("message", "lastmessage"),
                said.lines(
                    "Group: group",
                    "Probe: probe",
                    "Host: host",
                    "Since: since",
                    "Down: down",
                    "Priority: priority",
                ),
            ),
            links={"Sensor": said.text("linksensor", "link"), "Device": said.text("linkdevice")},
            labels={"device": said.text("device"), "group": said.text("group"), "probe": said.text("probe")},
            raw=said,
        ),
    )


def _kind(status: str) -> EventType:
    """Of "Down ended (now: Up)" only the end counts."""
    now = status.rpartition("now:")[2]
    if "paused" in now or "unknown" in now:
        raise NothingToReport(f"the sensor is {now}")
    for word, kind in _KINDS:
        if word in now:
            return kind
    raise BadInput.at("status", f"{status!r} is not one that is known")


integration = Integration(
    type="PRTG",
    name="PRTG Network Monitor",
    parse=parse,
    opens="Down, Warning, Unusual",
    accepts="Down (Acknowledged)",
    resolves="Up",
)

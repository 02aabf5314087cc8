"""UptimeRobot, by its web-hook: everything stands in the query, or in a form, or in JSON."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import Doc, event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The monitor's state as an event: type 1 is down, 2 up, 3 a certificate that expires."""
    said = Doc({**inbound.query, **read(inbound).texts()} if inbound.body.strip() else dict(inbound.query))
    monitor, kind = said.text("monitorID"), said.text("alertType")
    require(monitor and kind, "a web-hook of UptimeRobot's: monitorID and alertType are missing")
    name, what = said.text("monitorFriendlyName", "monitorURL"), said.text("alertTypeFriendlyName")
    expiry = kind == "3"
    return (
        event(
            kind_of(kind, opens="1 3", resolves="2"),
            key=f"{monitor}/certificate" if expiry else monitor,
            summary=f"{name or monitor}: {what or {'1': 'down', '2': 'up'}.get(kind, 'certificate expires')}",
            details=joined(
                said.text("alertDetails"),
                said.lines("Address: monitorURL", "Seconds: alertDuration", "Expires: sslExpiryDate"),
            ),
            links={"Target": said.text("monitorURL")},
            labels={"monitor": name},
            raw=said,
        ),
    )


integration = Integration(
    type="UPTIMEROBOT",
    name="UptimeRobot",
    parse=parse,
    opens="alertType 1 (down), 3 (certificate expires)",
    resolves="alertType 2 (up)",
    by_get=True,
)

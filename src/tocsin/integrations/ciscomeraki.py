"""Cisco Meraki, by a webhook of the dashboard. Few alerts say that they are over."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, listed, read, require
from tocsin.plugins import Inbound, Integration

_OVER = {
    "cellular_up": "cellular_down",
    "started_reporting": "stopped_reporting",
    "port_connected": "port_disconnected",
    "power_supply_up": "power_supply_down",
    "pcc_outage_end": "pcc_outage",
    "bluetooth_in": "bluetooth_out",
}
"""Which alert ends which."""


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event; the device and the kind of alert are the key."""
    said = read(inbound)
    kind = said.word("alertTypeId").replace(" ", "_")
    require(kind or said.text("alertType"), "a webhook of Meraki's: alertType is missing")
    device, network = said.text("deviceName", "deviceMac"), said.text("networkName", "networkId")
    over = kind in _OVER or (kind.startswith("sensor_") and kind.endswith(("reconnected", "improved")))
    about = _OVER.get(kind, kind.replace("reconnected", "disconnected").replace("improved", "degraded"))
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key="/".join(
                filter(None, (said.text("networkId"), said.text("deviceSerial", "deviceMac"), about))
            ),
            summary=f"{device or network}: {said.text('alertType') or kind}",
            details=joined(
                said.lines(
                    "Organisation: organizationName",
                    "Network: networkName",
                    "Device: deviceName",
                    "Model: deviceModel",
                    "Level: alertLevel",
                    "Since: occurredAt",
                ),
                listed(said.texts("alertData")),
            ),
            links={"Device": said.text("deviceUrl"), "Network": said.text("networkUrl")},
            labels={"network": network, "device": device},
            raw=said.without("sharedSecret".__eq__),
        ),
    )


integration = Integration(
    type="CISCOMERAKI",
    name="Cisco Meraki",
    parse=parse,
    opens="every other alert",
    resolves="cellular_up, started_reporting, port_connected, power_supply_up, pcc_outage_end, bluetooth_in, "
    "sensor_… reconnected or improved",
)

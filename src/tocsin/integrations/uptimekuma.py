"""Uptime Kuma, by a notification of type webhook (JSON)."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The monitor's state as an event. Raises NothingToReport for the test message."""
    said = read(inbound)
    monitor, beat = said.at("monitor"), said.at("heartbeat")
    if not monitor and not beat and "testing" in said.word("msg"):
        raise NothingToReport("a test message of Uptime Kuma's")
    number = monitor.text("id") or beat.text("monitorID")
    require(number, "a notification of Uptime Kuma's: monitor.id is missing")
    status, name = beat.text("status"), monitor.text("name")
    if status in ("2", "3"):
        raise NothingToReport(f"{name} is " + ("pending" if status == "2" else "in maintenance"))
    expiry = not status  # a certificate that expires has no heartbeat
    return (
        event(
            "ALERT" if expiry else kind_of(status, opens="0", resolves="1"),
            key=f"{number}/certificate" if expiry else number,
            summary=said.text("msg") if expiry else f"{name} is {'up' if status == '1' else 'down'}",
            details=joined(
                said.text("msg"),
                beat.text("msg"),
                monitor.lines("Type: type", "Host: hostname", "Port: port"),
            ),
            links={"Target": monitor.text("url")},
            labels={
                "monitor": name,
                **{tag.text("name"): tag.text("value") for tag in monitor.each("tags")},
            },
            raw=said,
        ),
    )


integration = Integration(
    type="UPTIMEKUMA",
    name="Uptime Kuma",
    parse=parse,
    opens="status 0 (down), a certificate that expires",
    resolves="status 1 (up)",
)

"""ServerGuard24, by a webhook with a template that names everything it knows."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's status as an event."""
    said = read(inbound)
    status, check = said.text("status"), said.text("check")
    require(
        status and (check or said.text("id")), "a message of ServerGuard24's: status and check are missing"
    )
    server = said.text("server", "address")
    return (
        event(
            "RESOLVE" if status.lower() in ("ok", "up", "0") else "ALERT",
            key="/".join(filter(None, (server, check))) or said.text("id"),
            summary=f"{server}: {check} is {status}",
            details=joined(
                said.text("output", "downmsg"),
                said.lines(
                    "Server: server", "Address: address", "Remark: remark", "Time: datetime_iso|datetime_gmt"
                ),
            ),
            links={"ServerGuard24": said.text("shortlink")},
            labels={"server": server, "check": check},
            raw=said,
        ),
    )


integration = Integration(
    type="SERVERGUARD24", name="ServerGuard24", parse=parse, opens="any other status", resolves="status OK"
)

"""MXToolBox, by a webhook with a template that names everything it knows."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, read, require
from tocsin.plugins import Inbound, Integration

_OVER = ("up", "ok", "resolved", "recovered", "passed", "cleared", "delisted")


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The monitor's transition as an event."""
    said = read(inbound)
    command, about = said.text("Command"), said.text("Argument", "Name")
    require(command and about, "a message of MXToolBox': Command and Argument are missing")
    change = said.text("StatusChange", "AlertType")
    over = bool({*said.word("AlertType").split(), *said.word("StatusChange").split()[-1:]} & set(_OVER))
    return (
        event(
            "RESOLVE" if over else "ALERT",
            key=f"{command}/{about}",
            summary=f"{said.text('Name') or about}: {command} {change}",
            details=said.lines(
                "Monitor: Argument",
                "Policy: PolicyName",
                "Alert: AlertType",
                "Change: StatusChange",
                "Time: AlertTime",
            ),
            links={"MXToolBox": said.text("UrlDetails")},
            labels={"policy": said.text("PolicyName"), "command": command},
            raw=said,
        ),
    )


integration = Integration(
    type="MXTOOLBOX",
    name="MXToolBox",
    parse=parse,
    opens="any other transition",
    resolves="AlertType or the new status says up, ok, resolved",
)

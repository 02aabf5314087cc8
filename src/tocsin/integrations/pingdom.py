"""Pingdom, by its webhook."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.core.incidents import Priority
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration

_REPORT = "https://my.pingdom.com/app/reports/uptime#check="


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The check's state as an event."""
    said = read(inbound)
    check, name = said.text("check_id"), said.text("check_name")
    require(
        check and said.text("current_state"), "a webhook of Pingdom's: check_id and current_state are missing"
    )
    priority: Priority | None = "LOW" if said.word("importance_level") == "low" else None
    state = said.text("current_state")
    return (
        event(
            kind_of(state, opens="down unconfirmed_down failing", resolves="up success"),
            key=check,
            summary=f"{name or check} is {state}",
            details=joined(
                said.text("long_description"),
                said.lines(
                    "Check: check_type",
                    "Target: check_params.full_url",
                    "Host: check_params.hostname",
                    "Description: description",
                    "Since: state_changed_utc_time",
                    "Probe: first_probe.location",
                ),
            ),
            links={"Pingdom": f"{_REPORT}{check}", "Target": said.text("check_params.full_url")},
            labels={"check": name, "type": said.text("check_type")},
            priority=priority,
            raw=said,
        ),
    )


integration = Integration(
    type="PINGDOM", name="Pingdom", parse=parse, opens="current_state DOWN", resolves="current_state UP"
)

"""Cronitor, by its webhook: each monitor, and each of its environments, is a problem of its own."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, joined, kind_of, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert or recovery of a monitor."""
    said = read(inbound)
    monitor, kind = said.text("id"), said.text("type")
    require(monitor and kind, "a webhook of Cronitor's: id and type are missing")
    name, rule, environment = said.text("monitor") or monitor, said.text("rule"), said.text("environment")
    return (
        event(
            kind_of(kind, opens="alert", resolves="recovery", where="the type"),
            key="/".join(filter(None, (monitor, environment))),
            summary=f"{name}: {rule}" if rule else name,
            details=joined(said.text("description"), said.lines("Environment: environment", "Group: group")),
            links={"Issue": said.text("issue_url"), "Monitor": said.text("monitor_url")},
            labels={"monitor": name, "environment": environment, "group": said.text("group")},
            raw=said,
        ),
    )


integration = Integration(
    type="CRONITOR", name="Cronitor", parse=parse, opens="type ALERT", resolves="type RECOVERY"
)

"""HetrixTools, by a webhook: uptime, resource usage and blacklists. Only uptime monitors say that they recovered."""

from __future__ import annotations

from tocsin.core.events import Event, EventType
from tocsin.integrations.reading import event, joined, kind_of, listed, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The monitor's state as an event."""
    said = read(inbound)
    monitor, name = said.text("monitor_id", "monitor"), said.text("monitor_name", "monitor")
    require(monitor, "a webhook of HetrixTools': monitor_id is missing")
    kind: EventType
    if said.text("blacklisted_now"):
        kind, what = ("RESOLVE" if said.text("blacklisted_now") == "0" else "ALERT"), "blacklisted"
    elif said.at("resource_usage"):
        kind, what = "ALERT", said.text("resource_usage.resource_type") or "resource usage"
    else:
        kind, what = kind_of(said.text("monitor_status"), opens="offline", resolves="online"), ""
    lists = "\n".join(f"- {one.text('rbl')}" for one in said.each("blacklisted_on")[:50])
    return (
        event(
            kind,
            key="/".join(filter(None, (monitor, what))),
            summary=f"{name}: {what or said.text('monitor_status')}",
            details=joined(
                said.lines("Target: monitor_target", "Type: monitor_type", "Category: monitor_category"),
                listed(said.texts("monitor_errors")),
                listed(said.texts("resource_usage")),
                lists,
            ),
            links={"Report": said.text("links.report_link"), "Target": said.text("monitor_target")},
            labels={"monitor": name},
            raw=said,
        ),
    )


integration = Integration(
    type="HETRIXTOOLS",
    name="HetrixTools",
    parse=parse,
    opens="monitor_status offline, high resource usage, an address on a blacklist",
    resolves="monitor_status online, an address off all blacklists",
)

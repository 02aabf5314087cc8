"""ServiceNow, by the business rule of our documentation."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event
from tocsin.core.incidents import Priority
from tocsin.integrations.reading import event, joined, read, require
from tocsin.integrations.tickets import States
from tocsin.plugins import Inbound, Integration

_STATES = States(
    opens=("1", "new", "open"),
    accepts=("2", "in progress", "work in progress", "3", "on hold", "pending"),
    resolves=("6", "resolved", "7", "closed", "8", "canceled", "cancelled", "complete", "closed complete"),
)
_PRIORITIES: Mapping[str, Priority] = {"1": "HIGH", "2": "HIGH", "4": "LOW", "5": "LOW"}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The record's state as an event; sys_id is the key."""
    said = read(inbound)
    record = said.at("result") or said.at("record") or said
    number, state = record.text("sys_id"), record.text("state", "incident_state")
    require(number and state, "a record of ServiceNow's: sys_id and state are missing")
    return (
        event(
            _STATES.kind(state),
            key=number,
            summary=": ".join(filter(None, (record.text("number"), record.text("short_description")))),
            details=joined(
                record.text("description"),
                record.lines(
                    "State: state",
                    "Priority: priority",
                    "Category: category",
                    "Caller: caller_id",
                    "Configuration item: cmdb_ci",
                    "Assignment group: assignment_group",
                ),
            ),
            priority=_PRIORITIES.get(record.text("priority")[:1]),
            links={"ServiceNow": record.text("url", "link") or _page(record.text("server_url"), number)},
            labels={"number": record.text("number"), "group": record.text("assignment_group")},
            routing_key=record.text("routing_key", "routingKey"),
            comment=record.text("comments"),
            commented_by=record.text("sys_updated_by"),
            raw=said,
        ),
    )


def _page(server: str, number: str) -> str:
    return f"{server.rstrip('/')}/nav_to.do?uri=incident.do?sys_id={number}" if server else ""


integration = Integration(
    type="SERVICENOW",
    name="ServiceNow",
    parse=parse,
    opens="state New",
    accepts="In Progress, On Hold",
    resolves="Resolved, Closed, Canceled",
)

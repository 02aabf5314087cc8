"""Opsgenie's outgoing webhook: its alerts, and what people do with them there.

Not to be confused with Opsgenie's own API, which we speak as well (opsgenie_alerts).
"""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations.reading import event, joined, listed, read, require
from tocsin.plugins import Inbound, Integration

_KINDS: Mapping[str, EventType] = {
    "create": "ALERT",
    "acknowledge": "ACCEPT",
    "close": "RESOLVE",
    "delete": "RESOLVE",
    "addnote": "COMMENT",
}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """What was done with the alert. Raises NothingToReport for what changes nothing here."""
    said = read(inbound)
    alert, action = said.at("alert"), said.text("action")
    number = alert.text("alertId", "alias")
    require(action and number, "a webhook of Opsgenie's: action and alert.alertId are missing")
    kind = _KINDS.get(action.lower())
    if kind is None:
        raise NothingToReport(f"{action} of an alert: only new, acknowledged, closed and noted ones count")
    return (
        event(
            kind,
            key=number,
            summary=alert.text("message"),
            details=joined(
                alert.text("description"),
                alert.lines("Entity: entity", "Source: source", "Tags: tags", "Priority: priority"),
                listed(alert.texts("details")),
            ),
            labels={"entity": alert.text("entity"), "priority": alert.text("priority")},
            priority="LOW" if alert.text("priority") in ("P4", "P5") else None,
            comment=alert.text("note"),
            commented_by=alert.text("username"),
            raw=said,
        ),
    )


integration = Integration(
    type="OPSGENIE",
    name="Opsgenie",
    parse=parse,
    opens="Create",
    accepts="Acknowledge",
    resolves="Close, Delete",
)

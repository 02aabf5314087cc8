"""Server Density, by its webhook."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event; `fixed` tells that it is over."""
    said = read(inbound)
    item, check = said.text("item_name", "itemName"), said.text("alert_type", "alertType", "metric")
    require(
        said.text("fixed") and (item or check),
        "a webhook of Server Density's: fixed and item_name are missing",
    )
    alert = said.text("alert_id", "alertId", "configId", "config_id")
    return (
        event(
            "RESOLVE" if said.word("fixed") in ("true", "1", "yes") else "ALERT",
            key="/".join(filter(None, (alert, item, "" if alert else check))),
            summary=f"{item}: {check} {said.text('comparison')} {said.text('trigger_threshold')}",
            details=said.lines(
                "Item: item_name",
                "Type: item_type",
                "Group: group",
                "Value: trigger_value",
                "Threshold: trigger_threshold",
                "Since: alerted_at",
                "Over: fixed_at",
            ),
            links={"Server Density": said.text("item_url", "url")},
            labels={"item": item, "group": said.text("group")},
            raw=said,
        ),
    )


integration = Integration(
    type="SERVERDENSITY",
    name="Server Density",
    parse=parse,
    opens="an alert is triggered",
    resolves="fixed is true",
)

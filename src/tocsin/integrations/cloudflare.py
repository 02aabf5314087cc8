"""Cloudflare notifications, by a webhook."""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations.reading import event, joined, listed, read, require
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The notification as an event. Raises NothingToReport for the message that tests the webhook."""
    said = read(inbound)
    said_text = said.text("text")
    if "test message sent from" in said_text.lower():
        raise NothingToReport("a test message of Cloudflare's")
    require(
        said.text("alert_type", "name", "policy_name"),
        "a notification of Cloudflare's: alert_type is missing",
    )
    return (
        event(
            "RESOLVE" if said.text("alert_event").endswith("_END") else "ALERT",
            key=said.text("alert_correlation_id"),
            summary=said.text("name", "policy_name", "alert_type"),
            details=joined(
                said_text,
                said.lines("Policy: policy_name", "Kind: alert_type", "Account: account_id"),
                listed(said.texts("data")),
            ),
            links={"Cloudflare": said.text("data.dashboard_link", "data.url")},
            labels={"type": said.text("alert_type"), "policy": said.text("policy_name")},
            raw=said,
        ),
    )


integration = Integration(
    type="CLOUDFLARE",
    name="Cloudflare",
    parse=parse,
    opens="every notification",
    resolves="alert_event ALERT_STATE_EVENT_END, of the few kinds that have it",
)

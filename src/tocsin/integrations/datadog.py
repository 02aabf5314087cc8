"""Datadog, by its webhook with the payload template of our documentation."""

from __future__ import annotations

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations.reading import Doc, event, joined, read, require
from tocsin.plugins import Inbound, Integration

_MARK = "%%%"
"""Stands around Markdown in Datadog's texts."""


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The monitor's transition as an event; the monitor and its group are the key."""
    said = read(inbound)
    transition, title = (
        said.word("alert_transition", "transition"),
        said.text("title", "event_title", "alert_title"),
    )
    require(transition or title, "a webhook of Datadog's: alert_transition and title are missing")
    if transition in ("muted", "unmuted"):
        raise NothingToReport(f"a monitor was {transition}")
    monitor = said.text("alert_id", "alertId", "id")
    return (
        event(
            _kind(transition, said.word("alert_type", "event_alert_type")),
            key=said.text("aggreg_key", "alert_cycle_key") or monitor,
            summary=title or said.text("body").partition("\n")[0],
            details=joined(
                said.text("body", "text_only_msg").replace(_MARK, "").strip(),
                said.lines(
                    "Status: alert_status", "Metric: alert_metric", "Scope: alert_scope", "Host: hostname"
                ),
            ),
            links={"Datadog": said.text("link"), "Snapshot": said.text("snapshot")},
            images=(said.text("snapshot"),),
            labels={"host": said.text("hostname"), **_tags(said)},
            raw=said,
        ),
    )


def _kind(transition: str, alert_type: str) -> EventType:
    """Recovered ends it; everything else, also what is no monitor's, is news."""
    recovered = "recovered" in transition or (not transition and alert_type == "success")
    return "RESOLVE" if recovered else "ALERT"


def _tags(said: Doc) -> dict[str, str]:
    pairs = (tag.partition(":") for tag in said.text("tags").split(",") if ":" in tag)
    return {name.strip(): text.strip() for name, _, text in pairs}


integration = Integration(
    type="DATADOG",
    name="Datadog",
    parse=parse,
    opens="Triggered, Re-Triggered, Warn, No data; events without a transition",
    resolves="Recovered",
)

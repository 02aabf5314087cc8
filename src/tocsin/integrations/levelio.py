"""Level, by its webhooks. Their envelope is published; the alert within is read by the names it may have."""

from __future__ import annotations

from collections.abc import Mapping

from tocsin.core.events import Event, EventType, NothingToReport
from tocsin.integrations import webhook
from tocsin.integrations.reading import read
from tocsin.kit.value import replace
from tocsin.plugins import Inbound, Integration

_KINDS: Mapping[str, EventType] = {"alert_active": "ALERT", "alert_resolved": "RESOLVE"}


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The alert as an event. Raises NothingToReport for what happens to devices and groups."""
    said = read(inbound)
    happened = said.word("event_type")
    if not (happened and said.text("event_id") and said.text("data.id")):
        return webhook.parse(inbound)
    if happened not in _KINDS:
        raise NothingToReport(f"{happened}: only alerts count")
    return (replace(webhook.guess(said), event_type=_KINDS[happened]),)


integration = Integration(
    type="LEVELIO",
    name="Level",
    parse=parse,
    opens="event_type alert_active",
    resolves="event_type alert_resolved",
)

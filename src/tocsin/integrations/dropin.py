"""The dialects of other products by name.

A payload that came through one of them is read by it, whatever the type of its alert source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tocsin.core.events import Event
from tocsin.integrations import alertmanager_api, oncall, opsgenie_alerts, pagerduty_events
from tocsin.kit.value import replace
from tocsin.plugins import Inbound

ALERTMANAGER = "alertmanager"
_READERS: Mapping[str, Callable[[Inbound], tuple[Event, ...]]] = {
    "pagerduty-v2": pagerduty_events.parse_v2,
    "pagerduty-v1": pagerduty_events.parse_v1,
    "pagerduty-change": pagerduty_events.parse_change,
    "opsgenie": opsgenie_alerts.parse,
    "oncall": oncall.parse,
    ALERTMANAGER: alertmanager_api.parse,
}


def speaks(dialect: str) -> bool:
    """Whether there is a dialect of this name."""
    return dialect in _READERS


def parse(dialect: str, inbound: Inbound, *, request_id: str) -> tuple[Event, ...]:
    """The events of a payload in a dialect. What has no key gets the id of its request. Raises BadInput."""
    found = _READERS[dialect](inbound)
    return tuple(event if event.key else replace(event, key=request_id) for event in found)

"""Sysdig Monitor: an event for each occasion. Wire: `POST /api/v2/events`."""

from __future__ import annotations

from typing import Annotated, Any

from tocsin.connections.answers import json_request, title
from tocsin.connections.tickets import OneMessage, facts, happened
from tocsin.kit.clock import to_micros
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Errand, Request, ValueClass

_SEVERITY = {"PENDING": 2, "ACCEPTED": 4, "RESOLVED": 6}
"""Sysdig counts from 0 (emergency) to 7."""


@value
class SysdigConnector:
    """A Sysdig team."""

    api_key: Annotated[str, MinLen(1), MaxLen(255)]
    url: Url = "https://app.sysdigcloud.com"
    """The address of your region, or of your own Sysdig."""


@value
class SysdigParams:
    """How the events are marked."""

    tags: Annotated[tuple[Annotated[str, MaxLen(200)], ...], MaxLen(50)] = ()
    """Each `name:value`."""
    event_filter: Annotated[str, MaxLen(1_000)] = ""
    """The scope of the events."""


class Sysdig(OneMessage):
    """The connection type `sysdig`."""

    type = "sysdig"
    name = "Sysdig"
    connector: ValueClass | None = SysdigConnector
    params: ValueClass = SysdigParams
    secrets = frozenset({"api_key"})

    def request(self, errand: Errand) -> Request:
        """One event."""
        o, params = errand.occasion, errand.params
        pairs = (tag.partition(":") for tag in params.tags)
        event: dict[str, Any] = {
            "timestamp": to_micros(o.at) // 1_000_000,
            "name": title(o)[:256],
            "description": f"{happened(o)}\n\n{facts(o)}"[:4_000],
            "severity": _SEVERITY[o.status],
            "tags": {name: text for name, _, text in pairs},
        }
        if params.event_filter:
            event["scope"] = params.event_filter
        known = (("authorization", f"Bearer {errand.connector.api_key}"),)
        url = f"{errand.connector.url.rstrip('/')}/api/v2/events"
        return json_request("POST", url, {"event": event}, known)


connection = Sysdig()

"""Datadog: an event in the event stream for each occasion. Wire: `POST /api/v1/events`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from tocsin.connections.answers import json_request, title
from tocsin.connections.tickets import OneMessage, facts, happened
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.plugins import Errand, Request, ValueClass

_SITES = {"US": "datadoghq.com", "EU": "datadoghq.eu"}
_KINDS = {"PENDING": "error", "ACCEPTED": "warning", "RESOLVED": "success"}


@value
class DatadogConnector:
    """A Datadog organisation."""

    api_key: Annotated[str, MinLen(1), MaxLen(255)]


@value
class DatadogParams:
    """How the events are marked."""

    tags: Annotated[tuple[Annotated[str, MaxLen(200)], ...], MaxLen(50)] = ()
    priority: Literal["normal", "low"] = "normal"
    site: Literal["US", "EU"] = "US"


class Datadog(OneMessage):
    """The connection type `datadog`."""

    type = "datadog"
    name = "Datadog"
    connector: ValueClass | None = DatadogConnector
    params: ValueClass = DatadogParams
    secrets = frozenset({"api_key"})

    def request(self, errand: Errand) -> Request:
        """One event; those of an incident belong together."""
        o, params = errand.occasion, errand.params
        body: dict[str, Any] = {
            "title": title(o)[:100],
            "text": f"{happened(o)}\n\n{facts(o)}"[:4_000],
            "priority": params.priority,
            "alert_type": _KINDS[o.status],
            "aggregation_key": f"tocsin-{o.incident_id}",
            "source_type_name": "tocsin",
            "tags": list(params.tags),
        }
        known = (("dd-api-key", errand.connector.api_key),)
        return json_request("POST", f"https://api.{_SITES[params.site]}/api/v1/events", body, known)


connection = Datadog()

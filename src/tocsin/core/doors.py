"""Where a tool sends what it reports."""

from __future__ import annotations

from tocsin.core.events import AlertSource

REQUEST_ID = "tocsin-request-id"
"""The header with the id under which an agent sends a request, perhaps again: it is stored once."""
MAX_BODY = 1_048_576
"""How many bytes a body may have."""


def url_of(public_url: str, source: AlertSource) -> str:
    """The address that takes a source's events (or its pings), the key in it; "" of one that listens to telephones."""
    match source.integration_type:
        case "API":
            return f"{public_url}/api/v1/events/{source.integration_key}"
        case "HEARTBEAT":
            return f"{public_url}/api/v1/heartbeats/{source.integration_key}"
        case "HEARTBEAT2":
            return f"{public_url}/ping/{source.integration_key}"
        case "EMAIL" | "EMAIL2":
            return f"mailto:{source.integration_key}"
        case "SMS":
            return ""
        case kind:
            return f"{public_url}/api/v1/events/{kind.lower()}/{source.integration_key}"

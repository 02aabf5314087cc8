"""Recorded payloads, in the documented format of each tool."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tocsin.core.events import Event
from tocsin.plugins import Inbound, Integration

_FOLDER = Path(__file__).parent / "data"


def payload(name: str) -> dict[str, Any]:
    """A recorded payload."""
    data: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return data


def parsed(integration: Integration, data: object) -> Event:
    """The one event in a payload."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    (event,) = integration.parse(Inbound(body=body, content_type="application/json"))
    return event

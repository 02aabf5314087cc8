"""The shapes that several chats share: an attachment, an adaptive card, the address that is a secret."""

from __future__ import annotations

from typing import Annotated, Any

from tocsin.connections.answers import json_request, templated, title
from tocsin.connections.tickets import happened
from tocsin.core.connections import Occasion
from tocsin.kit.value import MaxLen, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Errand, HttpRequest

COLOURS = {"PENDING": 0xC62828, "ACCEPTED": 0x1565C0, "RESOLVED": 0x2E7D32}


@value
class ChatConnector:
    """The address of an incoming webhook. It is a secret."""

    url: Url


@value
class NoParams:
    """Nothing to choose."""


@value
class ChatParams:
    """Where to, and what."""

    url: Url
    body_template: Annotated[str, MaxLen(65_536)] = ""
    """A whole body of your own; empty for ours."""


def posted(errand: Errand, ours: dict[str, Any]) -> HttpRequest:
    """A request to the connection's own address, with our body or the one of its template."""
    params = errand.params
    request = json_request("POST", params.url, ours)
    if not params.body_template:
        return request
    own = templated(params.body_template, errand.occasion).encode()
    return HttpRequest(url=params.url, headers=request.headers, body=own)


def attachment(o: Occasion) -> dict[str, Any]:
    """A message with an attachment, as Slack has made it common."""
    fields = [
        {"title": name, "value": text, "short": True}
        for name, text in (("Source", o.source), ("Priority", o.priority))
    ]
    shown = {
        "fallback": title(o),
        "color": f"#{COLOURS[o.status]:06x}",
        "title": f"#{o.incident_id} {o.summary}"[:1_000],
        "title_link": o.url,
        "text": o.details[:3_000],
        "fields": fields,
    }
    return {"text": happened(o), "attachments": [shown]}

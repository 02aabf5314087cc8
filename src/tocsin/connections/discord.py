"""Discord: one message for each incident, redrawn as it moves. Wire: a webhook of a channel, with `wait`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from tocsin.connections.answers import json_of, json_request, title, with_query
from tocsin.connections.chat_shapes import COLOURS, ChatConnector, NoParams
from tocsin.connections.tickets import Ticket, happened
from tocsin.core.connections import Occasion, Remote
from tocsin.kit.clock import rfc3339
from tocsin.plugins import Answer, Errand, Request, ValueClass


class Discord(Ticket):
    """The connection type `discord`."""

    type = "discord"
    name = "Discord"
    connector: ValueClass | None = ChatConnector
    params: ValueClass = NoParams
    secrets = frozenset({"url"})

    def create(self, errand: Errand) -> Request:
        """The message; `wait` makes Discord say its id."""
        return json_request("POST", with_query(errand.connector.url, "wait", "true"), _embed(errand.occasion))

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """The message's id."""
        del errand
        said = json_of(answer)
        return Remote(id=str(said["id"])) if isinstance(said, dict) and said.get("id") else None

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """Redraw the message."""
        at = urlsplit(errand.connector.url)
        url = at._replace(path=f"{at.path.rstrip('/')}/messages/{quote(there.id, safe='')}").geturl()
        return (json_request("PATCH", url, _embed(errand.occasion)),)


def _embed(o: Occasion) -> dict[str, Any]:
    return {
        "embeds": [
            {
                "title": title(o)[:256],
                "url": o.url,
                "description": f"{happened(o)}\n\n{o.details}"[:4_000],
                "color": COLOURS[o.status],
                "timestamp": rfc3339(o.at),
                "footer": {"text": o.source[:2_000]},
            }
        ]
    }


connection = Discord()

"""Zoom chat: a message by the incoming webhook app."""

from __future__ import annotations

from typing import Annotated

from tocsin.connections.answers import json_request, title, with_query
from tocsin.connections.chat_shapes import NoParams
from tocsin.connections.tickets import OneMessage, happened
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Errand, Request, ValueClass


@value
class ZoomConnector:
    """The incoming webhook of a Zoom chat."""

    url: Url
    authorization: Annotated[str, MinLen(1), MaxLen(1_024)]
    """The verification token that Zoom shows with the address."""


class ZoomChat(OneMessage):
    """The connection type `zoom_chat`."""

    type = "zoom_chat"
    name = "Zoom chat"
    connector: ValueClass | None = ZoomConnector
    params: ValueClass = NoParams
    secrets = frozenset({"url", "authorization"})

    def request(self, errand: Errand) -> Request:
        """One message in Zoom's full format."""
        o = errand.occasion
        lines = [
            {"type": "message", "text": text} for text in (happened(o), o.details[:2_000], o.url) if text
        ]
        body = {"content": {"head": {"text": title(o)[:500]}, "body": lines}}
        known = (("authorization", errand.connector.authorization),)
        return json_request("POST", with_query(errand.connector.url, "format", "full"), body, known)


connection = ZoomChat()

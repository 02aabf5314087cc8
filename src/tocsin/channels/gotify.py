"""Push by a Gotify server: one way, with a tap that opens the incident.

An address is `gotify:` and the token of an application that the person made for Tocsin in their account.
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.channels.asking import json, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.push_text import push_text
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import fields_of, text_at

_ADDRESS = re.compile(r"gotify:([-_.A-Za-z0-9]{5,100})")
_URGENT, _USUAL = 10, 5


@value
class Gotify:
    """A Gotify server."""

    url: ServerUrl
    """The server's address."""


class GotifyProvider(ProviderDefaults):
    """Push by Gotify."""

    method: Method = "PUSH"
    type = "gotify"
    name = "Gotify"
    config = Gotify

    def takes(self, address: str) -> bool:
        """`gotify:` and an application's token."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Gotify, sending: Sending) -> HttpRequest:
        """`POST /message`."""
        del sending
        shown = push_text(message)
        url = message.answers.accept if message.answers else shown.url
        extras: dict[str, Any] = {"client::display": {"contentType": "text/plain"}}
        if url:
            extras["client::notification"] = {"click": {"url": url}}
        said = {
            "title": shown.title,
            "message": shown.body or shown.title,
            "priority": _URGENT if shown.urgent else _USUAL,
            "extras": extras,
        }
        key = ("X-Gotify-Key", message.to.removeprefix("gotify:"))
        return json(f"{config.url.rstrip('/')}/message", said, [key])

    def read(self, answer: Answer) -> Receipt:
        """The message's id. An unknown token is the person's address, so it bounces."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT":
            return sent_if(found, text_at(said, "id"))
        words = (text_at(said, "error"), text_at(said, "errorDescription"))
        return receipt(found, ": ".join(filter(None, words)), bounced=found.status == 401)


provider = GotifyProvider()

"""Messages in a Matrix room with the person: one way, with links to the answers.

An address is the room's id (`!abc:example.com`); the account that sends must be in it.
"""

from __future__ import annotations

import re
from html import escape
from typing import Annotated
from urllib.parse import quote

from tocsin.channels.asking import bearer, json, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.push_text import buttons, push_text
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, MinLen, replace, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import LONGEST_PAUSE_SECONDS, fields_of, text_at, within

_ADDRESS = re.compile(r"![^\s:/]{1,100}(:[^\s/]{1,200})?")


@value
class Matrix:
    """An account on a Matrix server."""

    homeserver: ServerUrl
    """`https://matrix.example.com`."""
    access_token: Annotated[str, MinLen(1), MaxLen(500)]
    """The account's access token."""


class MatrixProvider(ProviderDefaults):
    """Messages by Matrix."""

    method: Method = "MATRIX"
    type = "matrix"
    name = "Matrix"
    config = Matrix
    secret_fields = frozenset({"accessToken"})

    def takes(self, address: str) -> bool:
        """A room's id."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Matrix, sending: Sending) -> HttpRequest:
        """`PUT send/m.room.message`. The transaction id makes a second try no second message."""
        del sending
        server, room = config.homeserver.rstrip("/"), quote(message.to, safe="")
        transaction = f"tocsin-{message.notification_id}"
        url = f"{server}/_matrix/client/v3/rooms/{room}/send/m.room.message/{transaction}"
        shown = push_text(message)
        links = [(label, page) for _, label, page in buttons(message)]
        if shown.url:
            links.append((shown.words.open, shown.url))
        plain = [shown.text, shown.details, *(f"{label}: {page}" for label, page in links)]
        rich = [f"<b>{escape(shown.title)}</b>", *map(escape, shown.body.splitlines())]
        rich += [escape(line) for line in shown.details.splitlines()]
        rich.append(" · ".join(f'<a href="{escape(page)}">{escape(label)}</a>' for label, page in links))
        said = {
            "msgtype": "m.text",
            "body": "\n".join(filter(None, plain)),
            "format": "org.matrix.custom.html",
            "formatted_body": "<br>".join(filter(None, rich)),
        }
        return json(url, said, [bearer(config.access_token)], method="PUT")

    def read(self, answer: Answer) -> Receipt:
        """The event's id, or the server's error."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT":
            return sent_if(found, text_at(said, "event_id"), "sent")
        code = text_at(said, "errcode")
        # M_FORBIDDEN: the account is not in the room (any more).
        read = receipt(found, f"{code}: {text_at(said, 'error')}", bounced=code == "M_FORBIDDEN")
        pause = within(said, "retry_after_ms")
        if read.outcome == "TEMPORARY" and isinstance(pause, int) and pause >= 0:
            return replace(read, pause_seconds=min(pause, 1000 * LONGEST_PAUSE_SECONDS) / 1000)
        return read


provider = MatrixProvider()

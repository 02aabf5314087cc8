"""Push by Pushover: urgent pages repeat until they are acknowledged, and that acknowledges the incident.

An address is `pushover:` and the person's user key.
"""

from __future__ import annotations

import re
from typing import Annotated

from tocsin.channels.asking import form, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.hearing import form_of, path_of
from tocsin.channels.push_text import push_text
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, Callback, Heard, HttpRequest, ProviderDefaults, Reply, Sending
from tocsin.plugins.said import fields_of, text_at, within

_ADDRESS = re.compile(r"pushover:([A-Za-z0-9]{30})")
_MAX_TITLE, _MAX_MESSAGE, _MAX_URL = 250, 1024, 512


@value
class Pushover:
    """A Pushover application."""

    token: Annotated[str, MinLen(1), MaxLen(100)]
    """The application's API token."""
    repeat_seconds: Annotated[int, Ge(30), Le(3600)] = 60
    """How often an urgent page sounds again until somebody acknowledges it."""
    repeat_until_seconds: Annotated[int, Ge(60), Le(10_800)] = 600
    """When it stops doing so."""
    api_url: ServerUrl = "https://api.pushover.net"
    """Pushover's API."""


class PushoverProvider(ProviderDefaults):
    """Push by Pushover."""

    method: Method = "PUSH"
    type = "pushover"
    name = "Pushover"
    config = Pushover
    secret_fields = frozenset({"token"})

    def takes(self, address: str) -> bool:
        """`pushover:` and a user key."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Pushover, sending: Sending) -> HttpRequest:
        """`POST messages.json`: an emergency, in its words, when it may wake somebody."""
        shown = push_text(message)
        fields = [
            ("token", config.token),
            ("user", message.to.removeprefix("pushover:")),
            ("title", shown.title[:_MAX_TITLE]),
            ("message", (shown.body or shown.title)[:_MAX_MESSAGE]),
            ("priority", "2" if shown.urgent else "0"),
            ("timestamp", str(int(message.sent_at.timestamp()))),
        ]
        if shown.urgent:
            fields += [
                ("retry", str(config.repeat_seconds)),
                ("expire", str(config.repeat_until_seconds)),
                ("callback", f"{sending.callback_url}/acknowledged/{message.token}"),
            ]
        url = message.answers.accept if message.answers else shown.url
        if url and len(url) <= _MAX_URL:
            fields += [("url", url), ("url_title", shown.words.open)]
        return form(f"{config.api_url.rstrip('/')}/1/messages.json", fields)

    def read(self, answer: Answer) -> Receipt:
        """The receipt's or the request's id, or what Pushover finds wrong."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT" and within(said, "status") == 1:
            return sent_if(found, text_at(said, "receipt") or text_at(said, "request"))
        errors = within(said, "errors")
        words = "; ".join(str(each) for each in errors) if isinstance(errors, list) else ""
        outcome: Outcome | None = "UNKNOWN" if outcome_of(found.status) == "SENT" else None
        return receipt(found, words, outcome=outcome, bounced=text_at(said, "user") == "invalid")

    def hear(self, callback: Callback, config: Pushover) -> Heard:
        """Somebody acknowledged an urgent page in the app."""
        del config
        what, token, _ = path_of(callback)
        fields = form_of(callback)
        if what != "acknowledged" or fields.get("acknowledged") != "1":
            return Heard()
        name = fields.get("receipt", "")[:100]
        return Heard(replies=(Reply(text="accept", token=token or None, reference=name or None, key=name),))


provider = PushoverProvider()

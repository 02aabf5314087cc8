"""Push by ntfy, on a server of one's own or the public one: with buttons, and past Do Not Disturb.

An address is `ntfy:` and the person's topic. Whoever knows a topic of a server without accounts can
read it: it should be long and unguessable.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from tocsin.channels.asking import bearer, json, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.push_text import buttons, push_text
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import fields_of, text_at

_ADDRESS = re.compile(r"ntfy:([-_A-Za-z0-9]{1,64})")
_URGENT, _USUAL = 5, 3
"""Only the highest priority makes a telephone ring in Do Not Disturb."""


@value
class Ntfy:
    """An ntfy server."""

    url: ServerUrl = "https://ntfy.sh"
    """The server's address."""
    token: Annotated[str, MaxLen(200)] = ""
    """An access token (`tk_...`), where the server has accounts."""


class NtfyProvider(ProviderDefaults):
    """Push by ntfy."""

    method: Method = "PUSH"
    type = "ntfy"
    name = "ntfy"
    config = Ntfy
    secret_fields = frozenset({"token"})

    def takes(self, address: str) -> bool:
        """`ntfy:` and a topic."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Ntfy, sending: Sending) -> HttpRequest:
        """`POST /` with the message in JSON. Its buttons post to the page that takes answers."""
        del sending
        shown = push_text(message)
        said: dict[str, Any] = {
            "topic": message.to.removeprefix("ntfy:"),
            "title": shown.title,
            "message": shown.body or shown.title,
            "priority": _URGENT if shown.urgent else _USUAL,
            "tags": ["rotating_light"] if shown.urgent else [],
        }
        if shown.url:
            said["click"] = shown.url
        actions = [_button(*each) for each in buttons(message)]
        if actions:
            said["actions"] = actions
        return json(config.url, said, [bearer(config.token)] if config.token else ())

    def read(self, answer: Answer) -> Receipt:
        """The message's id, or why there is none."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT":
            return sent_if(found, text_at(said, "id"), text_at(said, "event"))
        return receipt(found, text_at(said, "error"))


def _button(action: str, label: str, page: str) -> dict[str, Any]:
    return {
        "action": "http",
        "label": label,
        "url": page.partition("?")[0],
        "method": "POST",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": f"do={action}",
        "clear": True,
    }


provider = NtfyProvider()

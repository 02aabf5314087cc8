"""Messages to a person in Microsoft Teams: one way, with links to the answers.

An address is the URL of the person's own flow “Post to a chat when a webhook request is received”. It
contains its own key.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tocsin.channels.asking import json, outcome_of, receipt, web_answer
from tocsin.channels.push_text import buttons, push_text
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import value
from tocsin.plugins import Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import fields_of, text_at

_MAX_URL = 1000


@value
class Teams:
    """Teams needs no settings: every person's address holds what is needed."""


class TeamsProvider(ProviderDefaults):
    """Messages by Microsoft Teams."""

    method: Method = "TEAMS"
    type = "teams"
    name = "Microsoft Teams"
    config = Teams

    def takes(self, address: str) -> bool:
        """The https address of a flow."""
        try:
            parts = urlsplit(address)
            return parts.scheme == "https" and bool(parts.hostname) and len(address) <= _MAX_URL
        except ValueError:
            return False

    def render(self, message: Message, config: Teams, sending: Sending) -> HttpRequest:
        """An adaptive card."""
        del config, sending
        return json(message.to, {"type": "message", "attachments": [_attachment(message)]})

    def read(self, answer: Answer) -> Receipt:
        """A flow says 202, and no more. A flow that was deleted or whose key is another one bounces."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        words = text_at(said, "error", "message")
        # The connectors of old answer 200 with their troubles in the text.
        refused = outcome_of(found.status) == "SENT" and b"failed with error" in found.body
        outcome: Outcome | None = "TEMPORARY" if refused else None
        return receipt(found, words, outcome=outcome, bounced=found.status in (401, 403, 404, 410))


def _attachment(message: Message) -> dict[str, Any]:
    return {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": _card(message),
    }


def _card(message: Message) -> dict[str, Any]:
    shown = push_text(message)
    color = "Attention" if shown.urgent else "Default"
    body = [
        {"type": "TextBlock", "text": shown.title, "weight": "Bolder", "wrap": True, "color": color},
        *({"type": "TextBlock", "text": line, "wrap": True} for line in shown.body.splitlines() if line),
    ]
    if shown.details:
        body.append({"type": "TextBlock", "text": shown.details, "wrap": True, "isSubtle": True})
    links = [(label, page) for _, label, page in buttons(message)]
    if shown.url:
        links.append((shown.words.open, shown.url))
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": label, "url": page} for label, page in links],
    }


provider = TeamsProvider()

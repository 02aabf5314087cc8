"""Direct messages by a Mattermost webhook, with buttons that answer.

An address is `@` and the person's name. Mattermost must be allowed to call us (`AllowedUntrustedInternalConnections`
when we are in its own network), or the buttons do nothing.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from tocsin.channels.asking import json, outcome_of, receipt, web_answer
from tocsin.channels.hearing import ACTIONS, json_reply
from tocsin.channels.push_text import buttons, push_text
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, value
from tocsin.kit.web_address import WebAddress
from tocsin.plugins import (
    Answer,
    Answered,
    Callback,
    Heard,
    HttpReply,
    HttpRequest,
    ProviderDefaults,
    Reply,
    Sending,
)
from tocsin.plugins.said import fields_of, text_at

_ADDRESS = re.compile(r"@[a-z0-9._-]{1,64}")
_URGENT, _USUAL = "#d24b4e", "#3d8ad6"
_NO_CHANNEL = "web.incoming_webhook.user.app_error"


@value
class Mattermost:
    """An incoming webhook of a Mattermost server."""

    webhook_url: Annotated[str, MaxLen(500), WebAddress()]
    """The webhook's address: `https://chat.example.com/hooks/...`. It must not be locked to a channel."""
    username: Annotated[str, MaxLen(60)] = "Tocsin"
    """Who the message is from, where the server lets webhooks choose."""


class MattermostProvider(ProviderDefaults):
    """Direct messages by Mattermost."""

    method: Method = "MATTERMOST"
    type = "mattermost"
    name = "Mattermost direct message"
    config = Mattermost
    secret_fields = frozenset({"webhookUrl"})

    def takes(self, address: str) -> bool:
        """`@` and a name."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Mattermost, sending: Sending) -> HttpRequest:
        """A post with an attachment, whose buttons call us back."""
        said = {"channel": message.to, "username": config.username}
        return json(config.webhook_url, said | {"attachments": [_drawn(message, sending)]})

    def read(self, answer: Answer) -> Receipt:
        """The word `ok`. An unknown name bounces."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT" and found.body.strip() != b"ok":
            return receipt(found, "an answer that is not Mattermost's", outcome="UNKNOWN")
        name = text_at(said, "id")
        words = ": ".join(filter(None, (name, text_at(said, "message"))))
        return receipt(found, words, bounced=name == _NO_CHANNEL)

    def hear(self, callback: Callback, config: Mattermost) -> Heard:
        """A button. The secret address is proof that Mattermost asks: it signs nothing."""
        del config
        said = fields_of(callback.body)
        action, token = text_at(said, "context", "action"), text_at(said, "context", "token")
        if action not in ACTIONS or not token:
            return Heard()
        name = f"{text_at(said, 'post_id')}-{text_at(said, 'trigger_id')}"[:300]
        sender = text_at(said, "user_name")
        reply = Reply(
            text=action, token=token, from_address=f"@{sender}" if sender else None, key=name, in_place=True
        )
        return Heard(replies=(reply,))

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: Mattermost, sending: Sending
    ) -> HttpReply:
        """What came of a button, visible to whoever pressed it; and the message as it stands now."""
        del config
        if not answered:
            return heard.answer or HttpReply()
        said: dict[str, Any] = {"ephemeral_text": answered[0].text}
        if answered[0].message is not None:
            props = {"attachments": [_drawn(answered[0].message, sending)]}
            said["update"] = {"message": "", "props": props}
        return json_reply(said)


def _drawn(message: Message, sending: Sending) -> dict[str, Any]:
    shown = push_text(message)
    attachment: dict[str, Any] = {
        "fallback": shown.title,
        "color": _URGENT if shown.urgent else _USUAL,
        "title": shown.title,
        "text": "\n".join(filter(None, (shown.body, shown.details))),
        "actions": [
            {
                "id": action,
                "name": label,
                "integration": {
                    "url": f"{sending.callback_url}/button",
                    "context": {"action": action, "token": message.token},
                },
            }
            for action, label, _ in buttons(message)
        ],
    }
    if shown.url:
        attachment["title_link"] = shown.url
    return attachment


provider = MattermostProvider()

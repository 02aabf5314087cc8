"""Direct messages by a Slack app, with buttons that answer.

An address is the person's member id: `U012AB3CD`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from tocsin.channels.asking import bearer, json, outcome_of, receipt, web_answer
from tocsin.channels.hearing import (
    OLDEST_SECONDS,
    button,
    demand,
    form_of,
    hmac_hex,
    json_reply,
    own_words,
)
from tocsin.channels.push_text import PushText, buttons, push_text
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.chance import same
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, Answered, Callback, Heard, HttpRequest, ProviderDefaults, Reply, Sending
from tocsin.plugins.said import fields_of, text_at, within

_ADDRESS = re.compile(r"[UW][A-Z0-9]{5,30}")
_STYLES = {"accept": "primary", "escalate": "danger"}
_MAX_SECTION = 2900
_GONE = frozenset({"channel_not_found", "user_not_found", "users_not_found", "user_disabled"})
_TEMPORARY = frozenset({
    "ratelimited", "rate_limited", "fatal_error", "internal_error", "service_unavailable", "request_timeout",
})  # fmt: skip


@value
class Slack:
    """A Slack app in a workspace."""

    bot_token: Annotated[str, MinLen(1), MaxLen(300)]
    """The bot's token (`xoxb-...`), with the scope `chat:write`."""
    signing_secret: Annotated[str, MinLen(1), MaxLen(200)]
    """Proves that a callback is Slack's."""
    api_url: ServerUrl = "https://slack.com/api"
    """Slack's API."""


class SlackProvider(ProviderDefaults):
    """Direct messages by Slack."""

    method: Method = "SLACK"
    type = "slack"
    name = "Slack direct message"
    config = Slack
    secret_fields = frozenset({"botToken", "signingSecret"})

    def takes(self, address: str) -> bool:
        """A member's id."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Slack, sending: Sending) -> HttpRequest:
        """`chat.postMessage` to the member: it arrives in the direct message with the app."""
        del sending
        still = {"unfurl_links": False, "unfurl_media": False}
        return _call(config, "chat.postMessage", {"channel": message.to, **_drawn(message), **still})

    def read(self, answer: Answer) -> Receipt:
        """Channel and time of the message. Slack says 200 to nearly everything; `ok` is what counts."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        error = text_at(said, "error")
        if outcome_of(found.status) != "SENT":
            return receipt(found, error)
        channel, at = text_at(said, "channel"), text_at(said, "ts")
        if within(said, "ok") is True and at:
            return receipt(found, "sent", reference=f"{channel}:{at}")
        outcome: Outcome = "UNKNOWN" if not error else "TEMPORARY" if error in _TEMPORARY else "PERMANENT"
        return receipt(found, error, outcome=outcome, bounced=error in _GONE)

    def hear(self, callback: Callback, config: Slack) -> Heard:
        """A button, a direct message, or Slack's question whether we are there."""
        demand(_is_signed(callback, config.signing_secret), "Slack")
        if callback.body.lstrip()[:1] == b"{":
            return _event(fields_of(callback.body))
        return _pressed(fields_of(form_of(callback).get("payload", "")))

    def redraw(self, answered: Answered, config: Slack) -> HttpRequest | None:
        """`chat.update` of the message whose button was pressed."""
        channel, _, at = (answered.reply.reference or "").partition(":")
        if not at or answered.message is None:
            return None
        return _call(config, "chat.update", {"channel": channel, "ts": at, **_drawn(answered.message)})


def _call(config: Slack, method: str, said: Any) -> HttpRequest:
    return json(f"{config.api_url.rstrip('/')}/{method}", said, [bearer(config.bot_token)])


def _drawn(message: Message) -> dict[str, Any]:
    shown = push_text(message)
    return {"text": _escaped(shown.title), "blocks": _blocks(message, shown)}


def _is_signed(callback: Callback, secret: str) -> bool:
    """Version v0: the time and the body under HMAC-SHA256."""
    at = callback.headers.get("x-slack-request-timestamp", "")
    if not at.isascii() or not at.isdigit() or len(at) > 12:
        return False
    if abs(callback.received_at.timestamp() - int(at)) > OLDEST_SECONDS:
        return False
    right = "v0=" + hmac_hex(secret, f"v0:{at}:".encode() + callback.body)
    return same(right, callback.headers.get("x-slack-signature", ""))


def _event(said: Any) -> Heard:
    challenge = text_at(said, "challenge")
    if text_at(said, "type") == "url_verification" and challenge:
        return Heard(answer=json_reply({"challenge": challenge[:500]}))
    event = within(said, "event")
    text, sender = own_words(text_at(event, "text")), text_at(event, "user")
    written = text_at(event, "type") == "message" and text_at(event, "channel_type") == "im"
    # Our own messages come back as events too.
    if not written or not text or not sender or text_at(event, "bot_id") or text_at(event, "subtype"):
        return Heard()
    thread = text_at(event, "thread_ts")
    reply = Reply(
        text=text,
        from_address=sender,
        reference=f"{text_at(event, 'channel')}:{thread}" if thread else None,
        key=text_at(said, "event_id"),
    )
    return Heard(replies=(reply,))


def _pressed(said: Any) -> Heard:
    action, token = button(text_at(said, "actions", 0, "value"))
    if text_at(said, "type") != "block_actions" or not action:
        return Heard()
    channel, at = text_at(said, "container", "channel_id"), text_at(said, "container", "message_ts")
    reply = Reply(
        text=action,
        token=token,
        reference=f"{channel}:{at}" if at else None,
        from_address=text_at(said, "user", "id") or None,
        key=f"{at}-{text_at(said, 'actions', 0, 'action_ts')}",
        quiet=True,
    )
    return Heard(replies=(reply,))


def _blocks(message: Message, shown: PushText) -> list[dict[str, Any]]:
    head = f"*{_escaped(shown.title)}*\n{_escaped(shown.body)}"
    blocks: list[dict[str, Any]] = [_section(head)]
    if shown.details:
        blocks.append(_section(_escaped(shown.details)))
    pressed = [_button(action, label, message.token) for action, label, _ in buttons(message)]
    if shown.url:
        words = {"type": "plain_text", "text": shown.words.open}
        pressed.append({"type": "button", "action_id": "open", "text": words, "url": shown.url})
    if pressed:
        blocks.append({"type": "actions", "elements": pressed})
    return blocks


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_MAX_SECTION]}}


def _button(action: str, label: str, token: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label},
        "value": f"{action}:{token}",
    }
    return made | ({"style": _STYLES[action]} if action in _STYLES else {})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


provider = SlackProvider()

"""Messages by a Telegram bot, with buttons that answer.

An address is the number of the chat. The bot tells it to whoever writes `/start`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from tocsin.channels.asking import json, receipt, web_answer
from tocsin.channels.hearing import button, demand_same, json_reply, own_words
from tocsin.channels.push_text import buttons, push_text
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, MinLen, replace, value
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
from tocsin.plugins.said import fields_of, text_at, within

_ADDRESS = re.compile(r"-?\d{1,20}")
_MAX_TEXT, _MAX_TOAST, _MAX_DATA = 4000, 200, 64
_GONE = re.compile(r"bot was blocked|chat not found|user is deactivated|bot was kicked", re.IGNORECASE)


@value
class Telegram:
    """A Telegram bot."""

    bot_token: Annotated[str, MinLen(1), MaxLen(200)]
    """What @BotFather gave: `123456:ABC...`."""
    webhook_secret: Annotated[str, MaxLen(256)] = ""
    """The `secret_token` given to `setWebhook`. With it only Telegram's own callbacks are taken."""
    api_url: Annotated[str, MaxLen(300)] = "https://api.telegram.org"
    """Telegram's bot API, or a bot API server of one's own."""


class TelegramProvider(ProviderDefaults):
    """Messages by Telegram."""

    method: Method = "TELEGRAM"
    type = "telegram"
    name = "Telegram bot"
    config = Telegram
    secret_fields = frozenset({"botToken", "webhookSecret"})

    def takes(self, address: str) -> bool:
        """The number of a chat."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Telegram, sending: Sending) -> HttpRequest:
        """`sendMessage`, with the answers as buttons under it."""
        del sending
        shown = push_text(message)
        text = "\n".join(filter(None, (shown.text, shown.details)))
        said: dict[str, Any] = {
            "chat_id": int(message.to),
            "text": text[:_MAX_TEXT],
            "link_preview_options": {"is_disabled": True},
            "disable_notification": False,
        }
        rows = _keyboard(message, shown.url, shown.words.open)
        if rows:
            said["reply_markup"] = {"inline_keyboard": rows}
        return json(f"{config.api_url.rstrip('/')}/bot{config.bot_token}/sendMessage", said)

    def read(self, answer: Answer) -> Receipt:
        """Chat and number of the message, or Telegram's description of what is wrong."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        words = text_at(said, "description")
        chat, number = text_at(said, "result", "chat", "id"), text_at(said, "result", "message_id")
        if within(said, "ok") is True and number:
            return receipt(found, "sent", reference=f"{chat}:{number}")
        outcome: Outcome | None = "UNKNOWN" if found.status < 300 else None
        read = receipt(found, words, outcome=outcome, bounced=_GONE.search(words) is not None)
        pause = within(said, "parameters", "retry_after")
        if read.outcome == "TEMPORARY" and isinstance(pause, int):
            return replace(read, pause_seconds=float(min(max(pause, 1), 3600)))
        return read

    def hear(self, callback: Callback, config: Telegram) -> Heard:
        """A button that was pressed, a text, or `/start`."""
        if config.webhook_secret:
            secret = callback.headers.get("x-telegram-bot-api-secret-token", "")
            demand_same(config.webhook_secret, secret, "Telegram")
        said = fields_of(callback.body)
        if within(said, "callback_query") is not None:
            return _pressed(within(said, "callback_query"))
        return _written(within(said, "message"), text_at(said, "update_id"))

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: Telegram, sending: Sending
    ) -> HttpReply:
        """What came of a button, as a toast over the chat."""
        del config, sending
        if not answered or not answered[0].reply.in_place:
            return heard.answer or HttpReply()
        toast = {
            "method": "answerCallbackQuery",
            "callback_query_id": answered[0].reply.key,
            "text": answered[0].text[:_MAX_TOAST],
            "show_alert": answered[0].outcome not in ("ACCEPT", "RESOLVE", "ESCALATE"),
        }
        return json_reply(toast)


def _keyboard(message: Message, url: str, label: str) -> list[list[dict[str, str]]]:
    row = [
        {"text": text, "callback_data": f"{action}:{message.token}"[:_MAX_DATA]}
        for action, text, _ in buttons(message)
    ]
    # Telegram takes only addresses that it could reach itself.
    link = [{"text": label, "url": url}] if url.startswith("https://") else []
    return [each for each in (row, link) if each]


def _pressed(query: Any) -> Heard:
    action, token = button(text_at(query, "data"))
    name = text_at(query, "id")
    if not action:
        return Heard()
    chat, number = text_at(query, "message", "chat", "id"), text_at(query, "message", "message_id")
    reply = Reply(
        text=action,
        token=token,
        reference=f"{chat}:{number}" if chat and number else None,
        from_address=chat or text_at(query, "from", "id") or None,
        key=name,
        in_place=True,
    )
    return Heard(replies=(reply,))


def _written(message: Any, name: str) -> Heard:
    chat, text = text_at(message, "chat", "id"), own_words(text_at(message, "text"))
    if not chat or not text:
        return Heard()
    if text.split()[0].partition("@")[0] == "/start":
        words = (
            f"This chat's number is {chat}. Enter it in Tocsin, in your profile, as your Telegram contact."
        )
        return Heard(answer=json_reply({"method": "sendMessage", "chat_id": int(chat), "text": words}))
    to = text_at(message, "reply_to_message", "message_id")
    reply = Reply(
        text=text, from_address=chat, reference=f"{chat}:{to}" if to else None, key=f"update-{name}"
    )
    return Heard(replies=(reply,))


provider = TelegramProvider()

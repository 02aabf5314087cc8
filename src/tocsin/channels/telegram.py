"""Messages by a Telegram bot, with buttons that answer.

An address is the number of the chat. `/start` with the code of a profile makes the chat that person's address;
without one the bot tells the number. What people do is told to us, or asked for where Telegram cannot reach us.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from tocsin.channels.asking import json, receipt, web_answer
from tocsin.channels.hearing import button, demand_same, json_reply, own_words
from tocsin.channels.push_text import buttons, push_text
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, MinLen, dumps, replace, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import (
    Answer,
    Answered,
    Callback,
    Enrolment,
    Heard,
    HttpAnswer,
    HttpReply,
    HttpRequest,
    ProviderDefaults,
    Reply,
    Sending,
    Updates,
)
from tocsin.plugins.said import fields_of, text_at, within

_PROOF = "x-telegram-bot-api-secret-token"
_UPDATES = ("message", "callback_query")
_WAIT_SECONDS, _MOST_UPDATES, _MOST_BYTES = 5, 50, 1_000_000
"""Of one question for updates. It ends soon, because a process that is to stop waits for it."""
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
    bot_name: Annotated[str, MaxLen(64)] = ""
    """The bot's name (`acme_pages_bot`): with it a profile shows a link that enrols a chat at one tap."""
    answers: Literal["WEBHOOK", "POLLING"] = "WEBHOOK"
    """How answers reach us: WEBHOOK lets Telegram call us; POLLING asks Telegram, which cannot reach this server."""
    api_url: ServerUrl = "https://api.telegram.org"
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
        said = {"chat_id": int(message.to), **_drawn(message), "disable_notification": False}
        return _call(config, "sendMessage", said)

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
            secret = callback.headers.get(_PROOF, "")
            demand_same(config.webhook_secret, secret, "Telegram")
        said = fields_of(callback.body)
        if within(said, "callback_query") is not None:
            return _pressed(within(said, "callback_query"))
        return _written(within(said, "message"), text_at(said, "update_id"))

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: Telegram, sending: Sending
    ) -> HttpReply:
        """What came of a button, as a toast over the chat; what came of a code, as a message."""
        del config, sending
        if not answered or not answered[0].reply.in_place:
            return heard.answer or HttpReply()
        if answered[0].reply.enrols:
            return _message(answered[0].reply.from_address or "", answered[0].text)
        toast = {
            "method": "answerCallbackQuery",
            "callback_query_id": answered[0].reply.key,
            "text": answered[0].text[:_MAX_TOAST],
            "show_alert": answered[0].outcome not in ("ACCEPT", "RESOLVE", "ESCALATE"),
        }
        return json_reply(toast)

    def redraw(self, answered: Answered, config: Telegram) -> HttpRequest | None:
        """`editMessageText` of the message whose button was pressed."""
        chat, _, number = (answered.reply.reference or "").partition(":")
        if not _ADDRESS.fullmatch(chat) or not number.isdecimal() or answered.message is None:
            return None
        said = {"chat_id": int(chat), "message_id": int(number), **_drawn(answered.message)}
        return _call(config, "editMessageText", said)

    def enrolment(self, code: str, config: Telegram) -> Enrolment:
        """`/start` with the code, or the link that writes it."""
        name = config.bot_name.removeprefix("@")
        url = f"https://t.me/{quote(name, safe='')}?start={code}" if name else ""
        return Enrolment(command=f"/start {code}", url=url)

    def poll(self, after: str, config: Telegram) -> HttpRequest | None:
        """`getUpdates`, which waits some seconds for the first."""
        if config.answers != "POLLING":
            return None
        asked = {"timeout": _WAIT_SECONDS, "limit": _MOST_UPDATES, "allowed_updates": _UPDATES}
        request = _call(config, "getUpdates", asked | ({"offset": int(after) + 1} if after else {}))
        return replace(request, timeout_seconds=_WAIT_SECONDS + 10.0, answer_bytes_max=_MOST_BYTES)

    def polled(self, answer: Answer, after: str, config: Telegram, now: datetime) -> Updates | None:
        """Each update, as Telegram would have called with it."""
        said = fields_of(answer.body) if isinstance(answer, HttpAnswer) else {}
        found = within(said, "result")
        if within(said, "ok") is not True or not isinstance(found, list):
            return None
        numbers = [n for each in found if isinstance(n := within(each, "update_id"), int)]
        proof = {_PROOF: config.webhook_secret}
        return Updates(
            callbacks=tuple(
                Callback(method="POST", url="", headers=proof, body=dumps(each).encode(), received_at=now)
                for each in found
            ),
            after=str(max(numbers)) if numbers else after,
        )

    def reply_by(self, reply: HttpReply, config: Telegram) -> HttpRequest | None:
        """The method that the reply names."""
        said = dict(fields_of(reply.body))
        method = said.pop("method", None)
        return _call(config, method, said) if isinstance(method, str) else None


def _call(config: Telegram, method: str, said: Any) -> HttpRequest:
    return json(f"{config.api_url.rstrip('/')}/bot{config.bot_token}/{method}", said)


def _drawn(message: Message) -> dict[str, Any]:
    shown = push_text(message)
    text = "\n".join(filter(None, (shown.text, shown.details)))
    said: dict[str, Any] = {"text": text[:_MAX_TEXT], "link_preview_options": {"is_disabled": True}}
    rows = _keyboard(message, shown.url, shown.words.open)
    return said | ({"reply_markup": {"inline_keyboard": rows}} if rows else {})


def _message(chat: str, text: str) -> HttpReply:
    return json_reply({"method": "sendMessage", "chat_id": int(chat), "text": text})


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
        return _started(message, chat, text)
    to = text_at(message, "reply_to_message", "message_id")
    reply = Reply(
        text=text, from_address=chat, reference=f"{chat}:{to}" if to else None, key=f"update-{name}"
    )
    return Heard(replies=(reply,))


def _started(message: Any, chat: str, text: str) -> Heard:
    """A code proves a chat that is one person's; a group is everybody's."""
    if not _ADDRESS.fullmatch(chat):
        return Heard()
    code = text.partition(" ")[2].strip()
    if code and text_at(message, "chat", "type") == "private":
        name = f"{text_at(message, 'chat', 'first_name')} {text_at(message, 'chat', 'last_name')}".strip()
        reply = Reply(text=text, from_address=chat, enrols=code, name=name, in_place=True)
        return Heard(replies=(reply,))
    words = f"This chat's number is {chat}. Enter it in Tocsin, in your profile, as your Telegram contact."
    return Heard(answer=_message(chat, words))


provider = TelegramProvider()

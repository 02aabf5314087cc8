"""Telegram: one message for each incident in a group, redrawn as it moves, with buttons.

Wire: the Bot API (`sendMessage`, `editMessageText`). Back: the bot's webhook, with its secret token.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.hearing import demand_secret, incident_number
from tocsin.connections.tickets import Ticket, happened
from tocsin.core.connections import Occasion, Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, dumps, loads, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Callback, Errand, HookHeard, HttpReply, Request, Told, ValueClass
from tocsin.plugins.said import text_at, within

_ACTIONS = {"accept": "ACCEPT", "resolve": "RESOLVE", "escalate": "ESCALATE"}
_LONGEST_TEXT = 4_000


@value
class TelegramConnector:
    """A bot of yours."""

    bot_token: Annotated[str, MinLen(1), MaxLen(255)]
    webhook_secret: Annotated[str, MaxLen(255)] = ""
    """The `secret_token` that the bot's webhook was set with: without it buttons are refused."""
    url: Url = "https://api.telegram.org"
    """Another address for a Bot API server of your own."""


@value
class TelegramParams:
    """Which group."""

    channel_id: Annotated[str, MinLen(1), MaxLen(100)]
    """`-1001234567890`."""


class Telegram(Ticket):
    """The connection type `telegram`."""

    type = "telegram"
    name = "Telegram"
    connector: ValueClass | None = TelegramConnector
    params: ValueClass = TelegramParams
    secrets = frozenset({"bot_token", "webhook_secret"})
    two_way = True

    def probe(self, connector: TelegramConnector) -> Request:
        """Whom does Telegram take us for."""
        return _request(connector, "getMe", {})

    def create(self, errand: Errand) -> Request:
        """The message."""
        return _request(errand.connector, "sendMessage", _message(errand))

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """The message's id."""
        del errand
        said = json_of(answer)
        message = said.get("result") if isinstance(said, dict) else None
        known = isinstance(message, dict) and message.get("message_id")
        return Remote(id=str(message["message_id"])) if known and isinstance(message, dict) else None

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """Redraw the message."""
        return (
            _request(errand.connector, "editMessageText", {**_message(errand), "message_id": int(there.id)}),
        )

    def hear(self, callback: Callback, connector: TelegramConnector, params: Any) -> HookHeard:
        """A button was pressed; the answer makes its clock stop turning."""
        del params
        given = callback.headers.get("x-telegram-bot-api-secret-token", "")
        demand_secret(given, connector.webhook_secret)
        body = loads(callback.body)
        pressed = within(body, "callback_query")
        if not isinstance(pressed, dict):
            return HookHeard()
        return HookHeard(told=_told(pressed), answer=_stop(pressed))


def _told(pressed: dict[str, Any]) -> tuple[Told, ...]:
    action, _, number = text_at(pressed, "data").partition(":")
    incident_id = incident_number(number)
    if action not in _ACTIONS or incident_id is None:
        raise BadInput.at("callback_query.data", "this is no button of ours")
    return (
        Told(
            remote_id="",
            incident_id=incident_id,
            action=_ACTIONS[action],  # type: ignore[arg-type]  # one of the three
            by=text_at(pressed, "from", "first_name"),
            identity=text_at(pressed, "from", "id"),
            redraw=True,
        ),
    )


def _stop(pressed: dict[str, Any]) -> HttpReply:
    body = {"method": "answerCallbackQuery", "callback_query_id": text_at(pressed, "id")}
    return HttpReply(content_type="application/json", body=dumps(body).encode())


def _message(errand: Errand) -> dict[str, Any]:
    o = errand.occasion
    text = f"{title(o)}\n{happened(o)}\n\n{o.details}\n\n{o.url}"
    body: dict[str, Any] = {"chat_id": errand.params.channel_id, "text": text[:_LONGEST_TEXT]}
    return {**body, "reply_markup": {"inline_keyboard": _buttons(o)}}


def _buttons(o: Occasion) -> list[list[dict[str, str]]]:
    if o.over or not o.incident_id:
        return []
    shown = [("resolve", "Resolve"), ("escalate", "Escalate")]
    if o.status == "PENDING":
        shown.insert(0, ("accept", "Accept"))
    return [[{"text": label, "callback_data": f"{action}:{o.incident_id}"} for action, label in shown]]


def _request(connector: TelegramConnector, method: str, body: Any) -> Request:
    url = f"{connector.url.rstrip('/')}/bot{quote(connector.bot_token, safe=':')}/{method}"
    return json_request("POST", url, body)


connection = Telegram()

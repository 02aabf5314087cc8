"""Calls through Vonage, in call control objects of our own: state, summary, and a menu of four keys.

A call that nobody pressed a key in has acknowledged nothing, so a voicemail does no harm.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Annotated, Any

from tocsin.channels.asking import bearer, json, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.hearing import (
    anything_of,
    demand,
    is_telephone,
    json_reply,
    own_words,
    path_of,
    telephone,
)
from tocsin.channels.short_words import short_words
from tocsin.channels.spoken import Call, after, call, keys_url, last_words, says_again, turn_of
from tocsin.channels.tokens import private_key, read_token, signed_token
from tocsin.core.delivery import Receipt, ReportState
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.chance import same
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import (
    Answer,
    Answered,
    Callback,
    Heard,
    HttpReply,
    HttpRequest,
    ProviderDefaults,
    Reply,
    Report,
    Sending,
)
from tocsin.plugins.said import fields_of, text_at, within

KEY_SECONDS = 6
"""How long a call waits for a key before it says the menu again."""
TOKEN_LIFETIME = timedelta(minutes=15)
_OLDEST_SECONDS = 3600

Text = Annotated[str, MinLen(1), MaxLen(200)]

_STATES: dict[str, ReportState] = {
    "ringing": "SENT",
    "answered": "DELIVERED",
    "human": "DELIVERED",
    "completed": "DELIVERED",
    "machine": "FAILED",
    "busy": "FAILED",
    "cancelled": "FAILED",
    "failed": "FAILED",
    "rejected": "FAILED",
    "timeout": "FAILED",
    "unanswered": "FAILED",
}


@value
class VonageVoice:
    """A Vonage application that calls people."""

    application_id: Text
    """The id of a Vonage application that may use voice."""
    private_key: Annotated[str, MinLen(1), MaxLen(8000)]
    """The application's private key, in PEM."""
    sender: Annotated[str, MinLen(1), MaxLen(20)]
    """The number that calls come from: `+447700900000`."""
    signature_secret: Annotated[str, MaxLen(200)] = ""
    """With it only signed callbacks are taken. Empty: the secret address is proof enough."""
    premium: bool = False
    """Whether the better, dearer voices speak."""
    ring_seconds: Annotated[int, Ge(5), Le(120)] = 30
    """How long it rings before the call counts as not answered."""
    detect_machines: bool = False
    """Whether a call that a machine answers is ended, and counts as failed at once."""
    api_url: ServerUrl = "https://api.nexmo.com"
    """Vonage's Voice API; another one for another region."""

    def __post_init__(self) -> None:
        """Refuse a key that cannot sign, when it is entered."""
        private_key(self.private_key)


class VonageVoiceProvider(ProviderDefaults):
    """Calls by Vonage."""

    method: Method = "VOICE"
    type = "vonage"
    name = "Vonage Voice"
    config = VonageVoice
    secret_fields = frozenset({"privateKey", "signatureSecret"})
    reports = True

    def takes(self, address: str) -> bool:
        """Telephone numbers with their country."""
        return is_telephone(address)

    def render(self, message: Message, config: VonageVoice, sending: Sending) -> HttpRequest:
        """`POST /v1/calls` with everything to be said, signed by the application."""
        said: dict[str, Any] = {
            "to": [{"type": "phone", "number": message.to.removeprefix("+")}],
            "from": {"type": "phone", "number": config.sender.removeprefix("+")},
            "ncco": ncco(call(message), keys_url(sending.callback_url, message, 1), premium=config.premium),
            "event_url": [f"{sending.callback_url}/status/{message.token}"],
            "event_method": "POST",
            "ringing_timer": config.ring_seconds,
        }
        if config.detect_machines:
            said["machine_detection"] = "hangup"
        claims = {
            "application_id": config.application_id,
            "iat": int(message.sent_at.timestamp()),
            "exp": int((message.sent_at + TOKEN_LIFETIME).timestamp()),
            "jti": f"{message.token}-{int(message.sent_at.timestamp() * 1000)}",
        }
        token = signed_token(private_key(config.private_key), claims)
        return json(f"{config.api_url.rstrip('/')}/v1/calls", said, [bearer(token)])

    def read(self, answer: Answer) -> Receipt:
        """The call's UUID, or why there is none."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT":
            return sent_if(found, text_at(said, "uuid"), text_at(said, "status"))
        words = (text_at(said, "title") or text_at(said, "error_title"), text_at(said, "detail"))
        return receipt(found, ": ".join(filter(None, words)))

    def hear(self, callback: Callback, config: VonageVoice) -> Heard:
        """How the call went (`/status`), and the keys that were pressed (`/keys`)."""
        if config.signature_secret:
            demand(_is_signed(callback, config.signature_secret), "Vonage")
        what, token, turn = path_of(callback)
        fields = anything_of(callback)
        if what == "keys":
            uuid = fields.get("uuid", "")
            reply = Reply(
                text=_digits(callback, fields)[:10],
                token=token or None,
                reference=uuid or None,
                key=f"{uuid}/{turn}",
                in_place=True,
            )
            return Heard(replies=(reply,))
        return Heard(reports=_report(fields, token, config))

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: VonageVoice, sending: Sending
    ) -> HttpReply:
        """What came of the key, or everything once more."""
        if not answered:
            return heard.answer or HttpReply()
        done = answered[0]
        message, turn = done.message, turn_of(done.reply.key)
        if message is None or not says_again(done):
            say = _Say(message.language if message else "en", premium=config.premium)
            return json_reply([say(last_words(done))])
        keys = keys_url(sending.callback_url, message, turn + 1)
        wrong = after(done.reply.text, message.language)
        return json_reply(ncco(call(message), keys, first=wrong, premium=config.premium))

    def callers(self, config: VonageVoice) -> tuple[str, ...]:
        """The number that calls come from."""
        number = telephone(config.sender)
        return (number,) if is_telephone(number) else ()


def ncco(said: Call, keys: str, *, first: str = "", premium: bool = False) -> list[dict[str, Any]]:
    """The script of a call: the lines, the menu, and one key."""
    say = _Say(said.language, premium=premium)
    lines = " ".join(filter(None, (first, *(_sentence(line) for line in said.lines))))
    if not said.menu:
        return [say(lines), say(lines)]
    return [
        say(lines, barge_in=True),
        say(said.menu, barge_in=True),
        {
            "action": "input",
            "type": ["dtmf"],
            "dtmf": {"maxDigits": 1, "timeOut": KEY_SECONDS},
            "eventUrl": [keys],
            "eventMethod": "POST",
        },
    ]


class _Say:
    def __init__(self, language: str, *, premium: bool) -> None:
        self._how = {"language": short_words(language).voice, "premium": premium}

    def __call__(self, text: str, *, barge_in: bool = False) -> dict[str, Any]:
        # Text in angle brackets would be read as markup.
        plain = text.replace("<", " ").replace(">", " ")
        return {"action": "talk", "text": plain, **self._how, "bargeIn": barge_in}


def _sentence(line: str) -> str:
    return line if line.endswith((".", "!", "?")) else f"{line}."


def _digits(callback: Callback, fields: dict[str, str]) -> str:
    """The keys pressed: `{"dtmf": {"digits": "1"}}`, or as it was before, `{"dtmf": "1"}`."""
    return text_at(fields_of(callback.body), "dtmf", "digits") or fields.get("dtmf", "")


def _is_signed(callback: Callback, secret: str) -> bool:
    """Whether the token in the header is signed with the secret, fresh, and about this body."""
    kind, _, token = callback.headers.get("authorization", "").partition(" ")
    claims = read_token(token.strip(), secret) if kind.lower() == "bearer" else None
    if claims is None:
        return False
    at = within(dict(claims), "iat")
    fresh = isinstance(at, int) and abs(callback.received_at.timestamp() - at) <= _OLDEST_SECONDS
    about = text_at(dict(claims), "payload_hash")
    body = hashlib.sha256(callback.body).hexdigest()
    return fresh and (not callback.body or same(about, body))


def _report(fields: dict[str, str], token: str, config: VonageVoice) -> tuple[Report, ...]:
    status = fields.get("status", "")
    state = _STATES.get(status)
    if state is None:
        return ()
    if config.detect_machines and status == "answered":
        # By whom, the next report says.
        state = "SENT"
    detail = fields.get("reason") or fields.get("detail", "")
    reason = own_words(f"{status} {detail}") if state == "FAILED" else ""
    return (Report(state=state, token=token or None, reference=fields.get("uuid") or None, reason=reason),)


provider = VonageVoiceProvider()

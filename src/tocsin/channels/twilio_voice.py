"""Calls through Twilio, in TwiML of our own: state, summary, and a menu of four keys.

A call that nobody pressed a key in has acknowledged nothing, so a voicemail does no harm.
"""

from __future__ import annotations

from typing import Annotated
from xml.sax.saxutils import escape, quoteattr

from tocsin.channels import twilio
from tocsin.channels.hearing import is_telephone, path_of, xml_reply
from tocsin.channels.short_words import short_words
from tocsin.channels.spoken import TURNS, Call, after, call, keys_url, last_words, says_again, turn_of
from tocsin.core.delivery import Receipt, ReportState
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import Ge, Le, MaxLen, value
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

KEY_SECONDS = 6
"""How long a call waits for a key before it says the menu again."""

_STATES: dict[str, ReportState] = {
    "ringing": "SENT",
    "in-progress": "DELIVERED",
    "answered": "DELIVERED",
    "completed": "DELIVERED",
    "busy": "FAILED",
    "no-answer": "FAILED",
    "failed": "FAILED",
    "canceled": "FAILED",
}

_TAKEN = frozenset({"in-progress", "answered"})


@value
class TwilioVoice:
    """A Twilio account that calls people."""

    account_sid: twilio.Text
    """The account's SID: `AC...`."""
    auth_token: twilio.Text
    """The account's auth token. It also proves that a callback is Twilio's."""
    sender: twilio.Text
    """The number that calls come from: `+14155550100`."""
    voice: Annotated[str, MaxLen(60)] = ""
    """Who speaks: `Polly.Vicki`. Empty: Twilio's own voice for the language."""
    ring_seconds: Annotated[int, Ge(5), Le(120)] = 30
    """How long it rings before the call counts as not answered."""
    detect_machines: bool = False
    """Whether a call that a machine answers counts as failed at once (Twilio charges for finding out)."""
    api_url: ServerUrl = "https://api.twilio.com"
    """Twilio's API; another one for another region."""


class TwilioVoiceProvider(ProviderDefaults):
    """Calls by Twilio."""

    method: Method = "VOICE"
    type = "twilio"
    name = "Twilio Voice"
    config = TwilioVoice
    secret_fields = frozenset({"authToken"})
    reports = True

    def takes(self, address: str) -> bool:
        """Telephone numbers with their country."""
        return is_telephone(address)

    def render(self, message: Message, config: TwilioVoice, sending: Sending) -> HttpRequest:
        """`POST Calls.json` with everything to be said."""
        back = sending.callback_url
        fields = [
            ("To", message.to),
            ("From", config.sender),
            ("Twiml", twiml(call(message), keys_url(back, message, 1), config.voice)),
            ("Timeout", str(config.ring_seconds)),
            ("StatusCallback", f"{back}/status/{message.token}"),
            ("StatusCallbackMethod", "POST"),
            *(("StatusCallbackEvent", event) for event in ("ringing", "answered", "completed")),
        ]
        if config.detect_machines:
            fields += [
                ("MachineDetection", "Enable"),
                ("AsyncAmd", "true"),
                ("AsyncAmdStatusCallback", f"{back}/machine/{message.token}"),
            ]
        return twilio.ask(config, "Calls", fields)

    def read(self, answer: Answer) -> Receipt:
        """The call's SID, or why there is none."""
        return twilio.read(answer)

    def hear(self, callback: Callback, config: TwilioVoice) -> Heard:
        """How the call went (`/status`, `/machine`), and the keys that were pressed (`/keys`)."""
        fields = twilio.genuine_form(callback, config)
        what, token, turn = path_of(callback)
        sid = fields.get("CallSid", "")
        match what:
            case "status":
                return Heard(reports=_report(fields, token, config))
            case "machine":
                return Heard(reports=_machine(fields, token))
            case "keys":
                reply = Reply(
                    text=fields.get("Digits", "")[:10],
                    token=token or None,
                    reference=sid or None,
                    key=f"{sid}/{turn}",
                    in_place=True,
                )
                return Heard(replies=(reply,))
            case _:
                return Heard()

    def respond(
        self, heard: Heard, answered: tuple[Answered, ...], config: TwilioVoice, sending: Sending
    ) -> HttpReply:
        """What came of the key, or everything once more."""
        if not answered:
            return heard.answer or HttpReply()
        done, message = answered[0], answered[0].message
        if message is None or not says_again(done):
            return xml_reply(last_twiml(last_words(done), message, config.voice))
        turn = turn_of(done.reply.key)
        said = call(message)
        wrong = after(done.reply.text, message.language)
        again = twiml(said, keys_url(sending.callback_url, message, turn + 1), config.voice, first=wrong)
        return xml_reply(again)

    def callers(self, config: TwilioVoice) -> tuple[str, ...]:
        """The number that calls come from."""
        return (config.sender,) if is_telephone(config.sender) else ()


def twiml(said: Call, keys: str, voice: str, first: str = "") -> str:
    """The script of a call: the lines, and the menu as often as nobody presses a key."""
    say = _Say(said.language, voice)
    lines = "".join(say(line) for line in (first, *said.lines) if line)
    if not said.menu:
        return _response(lines + '<Pause length="1"/>' + lines)
    asked = say(said.menu)
    rounds = [_gather(keys, lines + asked), *[_gather(keys, asked)] * (TURNS - 1)]
    return _response("".join(rounds) + say(f"{said.nothing_pressed} {said.goodbye}"))


def last_twiml(text: str, message: Message | None, voice: str) -> str:
    """The end of a call: one sentence."""
    language = message.language if message else "en"
    return _response(_Say(language, voice)(text) + "<Hangup/>")


class _Say:
    def __init__(self, language: str, voice: str) -> None:
        chosen = f" voice={quoteattr(voice)}" if voice else ""
        self._start = f'<Say language="{short_words(language).voice}"{chosen}>'

    def __call__(self, text: str) -> str:
        return f"{self._start}{escape(text)}</Say>" if text else ""


def _response(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><Response>{inside}</Response>'


def _gather(keys: str, inside: str) -> str:
    action = f'action={quoteattr(keys)} method="POST"'
    return f'<Gather input="dtmf" numDigits="1" timeout="{KEY_SECONDS}" {action}>{inside}</Gather>'


def _report(fields: dict[str, str], token: str, config: TwilioVoice) -> tuple[Report, ...]:
    status = fields.get("CallStatus", "")
    state = _STATES.get(status)
    if state is None:
        return ()
    if config.detect_machines and status in _TAKEN:
        # By whom, the next report says.
        state = "SENT"
    code = fields.get("SipResponseCode", "")
    reason = f"{status} {code}".strip() if state == "FAILED" else ""
    return (Report(state=state, token=token or None, reference=fields.get("CallSid") or None, reason=reason),)


def _machine(fields: dict[str, str], token: str) -> tuple[Report, ...]:
    by, sid = fields.get("AnsweredBy", ""), fields.get("CallSid") or None
    if by == "human":
        return (Report(state="DELIVERED", token=token or None, reference=sid),)
    if not by.startswith(("machine", "fax")):
        return ()
    return (Report(state="FAILED", token=token or None, reference=sid, reason=f"answered by {by}"),)


provider = TwilioVoiceProvider()

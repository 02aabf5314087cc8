"""Short messages through Vonage: out, delivery receipts, and answers, signed if the account signs."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Literal

from tocsin.channels.asking import form, outcome_of, receipt, web_answer
from tocsin.channels.hearing import (
    anything_of,
    demand_same,
    is_telephone,
    own_words,
    path_of,
    takes_answers,
    telephone,
)
from tocsin.channels.sms_text import MOST_SEGMENTS, Letters, page_text
from tocsin.core.delivery import Outcome, Receipt, ReportState
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, Callback, Heard, HttpRequest, ProviderDefaults, Reply, Report, Sending
from tocsin.plugins.said import fields_of, text_at, within

Text = Annotated[str, MinLen(1), MaxLen(200)]
SignedBy = Literal["MD5HASH", "MD5", "SHA1", "SHA256", "SHA512"]

_TEMPORARY = frozenset({"1", "5", "10"})
"""Vonage's codes for what passes by itself: throttled, an internal error, too many connections."""
_NO_SUCH_NUMBER = frozenset({"3", "9"})
"""`err-code` of a receipt that blames the number: absent for good, no number."""
_OLDEST_SECONDS = 3600
"""Vonage repeats a callback that was not taken with its first timestamp."""
_STATES: dict[str, ReportState] = {
    "accepted": "SENT",
    "buffered": "SENT",
    "delivered": "DELIVERED",
    "expired": "FAILED",
    "failed": "FAILED",
    "rejected": "FAILED",
}


@value
class VonageSms:
    """A Vonage account that sends short messages."""

    api_key: Text
    """The account's API key."""
    api_secret: Text
    """The account's API secret."""
    sender: Annotated[str, MinLen(1), MaxLen(20)]
    """The number (`+447700900000`) or name that messages come from. A name takes no answers: then a link does."""
    signature_secret: Annotated[str, MaxLen(200)] = ""
    """With it only signed callbacks are taken. Empty: the secret address is proof enough."""
    signed_by: SignedBy = "SHA256"
    """The account's signature method."""
    segments: Annotated[int, Ge(1), Le(6)] = MOST_SEGMENTS
    """How many short messages a page may cost."""
    letters: Letters = "PUNCTUATION"
    """AS_WRITTEN sends every character; PUNCTUATION makes typographic ones plain; PLAIN all of them."""
    api_url: ServerUrl = "https://rest.nexmo.com"
    """Vonage's SMS API."""


class VonageSmsProvider(ProviderDefaults):
    """SMS by Vonage."""

    method: Method = "SMS"
    type = "vonage"
    name = "Vonage SMS"
    config = VonageSms
    secret_fields = frozenset({"apiSecret", "signatureSecret"})
    reports = True

    def takes(self, address: str) -> bool:
        """Telephone numbers with their country."""
        return is_telephone(address)

    def render(self, message: Message, config: VonageSms, sending: Sending) -> HttpRequest:
        """`POST /sms/json`, with the URL that receipts come back to."""
        short = page_text(message, config.segments, config.letters, heard=takes_answers(config.sender))
        fields = [
            ("api_key", config.api_key),
            ("api_secret", config.api_secret),
            ("from", config.sender.removeprefix("+")),
            ("to", message.to.removeprefix("+")),
            ("text", short.text),
            ("type", "text" if short.encoding == "GSM7" else "unicode"),
            ("client-ref", message.token[:100]),
            ("status-report-req", "1"),
            ("callback", f"{sending.callback_url}/status/{message.token}"),
        ]
        return form(f"{config.api_url.rstrip('/')}/sms/json", fields)

    def read(self, answer: Answer) -> Receipt:
        """Vonage answers 200 in any case; what happened stands in each message's `status`."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        messages = within(fields_of(found.body), "messages")
        parts = [part for part in messages if isinstance(part, dict)] if isinstance(messages, list) else []
        if outcome_of(found.status) != "SENT":
            return receipt(found)
        if not parts:
            return receipt(found, "an answer that is not the provider's", outcome="UNKNOWN")
        wrong = next((part for part in parts if text_at(part, "status") != "0"), None)
        if wrong is None:
            return receipt(found, "accepted", reference=text_at(parts[0], "message-id"))
        code, words = text_at(wrong, "status"), text_at(wrong, "error-text")
        outcome: Outcome = "TEMPORARY" if code in _TEMPORARY else "PERMANENT"
        return receipt(found, f"{code} {words}", outcome=outcome)

    def hear(self, callback: Callback, config: VonageSms) -> Heard:
        """Delivery receipts (`/status`) and answers, as GET, form or JSON."""
        fields = anything_of(callback)
        if config.signature_secret:
            right = signature(fields, config.signature_secret, config.signed_by)
            demand_same(right, fields.get("sig", "").lower(), "Vonage")
            _fresh(fields, callback)
        what, token, _ = path_of(callback)
        if what == "status" or "scts" in fields:
            return Heard(reports=_report(fields, token))
        text, sender = fields.get("text", ""), fields.get("msisdn", "")
        if not text.strip() or not sender:
            return Heard()
        reply = Reply(text=own_words(text), from_address=telephone(sender), key=fields.get("messageId", ""))
        return Heard(replies=(reply,))

    def callers(self, config: VonageSms) -> tuple[str, ...]:
        """The sender, when it is a number."""
        number = telephone(config.sender)
        return (number,) if is_telephone(number) else ()


def signature(fields: dict[str, str], secret: str, by: SignedBy) -> str:
    """How Vonage signs: the fields in the order of their names, `&` and `=` in them made `_`."""
    signed = sorted((name, text) for name, text in fields.items() if name != "sig")
    text = "".join(f"&{name}={said.translate({38: '_', 61: '_'})}" for name, said in signed).encode()
    if by == "MD5HASH":
        return hashlib.md5(text + secret.encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text, by.lower()).hexdigest()


def _fresh(fields: dict[str, str], callback: Callback) -> None:
    """Raises Forbidden for a signature that somebody may have kept."""
    at = fields.get("timestamp", "")
    seconds = int(at) if at.isascii() and at.isdigit() and len(at) < 13 else 0
    if abs(callback.received_at.timestamp() - seconds) > _OLDEST_SECONDS:
        raise Forbidden("this request was signed too long ago, or a clock is wrong")


def _report(fields: dict[str, str], token: str) -> tuple[Report, ...]:
    status = fields.get("status", "")
    state = _STATES.get(status)
    if state is None:
        return ()
    code = fields.get("err-code", "")
    failed = state == "FAILED"
    report = Report(
        state=state,
        token=token or fields.get("client-ref") or None,
        reference=fields.get("messageId") or None,
        reason=own_words(f"{status} {code}") if failed else "",
        bounced=failed and code in _NO_SUCH_NUMBER,
    )
    return (report,)


provider = VonageSmsProvider()

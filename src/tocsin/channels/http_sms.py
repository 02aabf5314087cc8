"""Short messages through any gateway that is asked over HTTP: Kannel, SMS Tools, a modem's own.

The address and the body are templates. `{{to}}`, `{{from}}`, `{{text}}` and `{{id}}` are written as
their place asks for: percent-encoded in an address or a form, escaped in JSON and XML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal
from urllib.parse import quote
from xml.sax.saxutils import escape

from tocsin.channels.asking import receipt, web_answer
from tocsin.channels.hearing import anything_of, is_telephone, own_words, path_of, takes_answers, telephone
from tocsin.channels.mail_mime import one_line
from tocsin.channels.sms_text import MOST_SEGMENTS, Letters, page_text
from tocsin.core.delivery import Receipt, ReportState
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, dumps, field, value
from tocsin.kit.web_address import WebAddress
from tocsin.plugins import Answer, Callback, Heard, HttpRequest, ProviderDefaults, Reply, Report, Sending
from tocsin.plugins.said import fields_of, text_at

Verb = Literal["GET", "POST", "PUT"]
Name = Annotated[str, MinLen(1), MaxLen(60)]

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NAMES = frozenset({"to", "from", "text", "id", "secret", "callback", "coding"})
_ID_FIELDS = ("id", "messageId", "message_id", "messageid", "sid", "uuid")
"""Where gateways name a message in the JSON that they answer with."""
_STATES: dict[str, ReportState] = {
    # Words, and the codes of SMPP that many gateways hand through.
    **dict.fromkeys(("delivered", "delivrd", "ok", "success", "received"), "DELIVERED"),
    **dict.fromkeys(("sent", "accepted", "acceptd", "submitted", "buffered", "queued", "enroute"), "SENT"),
    **dict.fromkeys(("read", "seen"), "SEEN"),
    **dict.fromkeys(
        ("failed", "failure", "error", "undelivered", "undeliv", "rejected", "rejectd"), "FAILED"
    ),
    **dict.fromkeys(("expired", "deleted", "undeliverable", "not_delivered"), "FAILED"),
    # The types of Kannel's delivery reports.
    "1": "DELIVERED",
    "2": "FAILED",
    "4": "SENT",
    "8": "SENT",
    "16": "FAILED",
}


@value
class HttpSms:
    """A gateway, and how it is asked."""

    url: Annotated[str, MaxLen(2000), WebAddress()]
    """The address, with places: `https://gw/send?to={{to}}&text={{text}}&report={{callback}}`.

    `{{to}}`, `{{from}}`, `{{text}}`, `{{secret}}`; `{{id}}`, which names this message; `{{callback}}`,
    where a report about it goes; `{{coding}}`, 0 for the GSM alphabet and 2 for UCS-2.
    """
    secret: Annotated[str, MaxLen(500)] = ""
    """What `{{secret}}` is in address, headers and body: the gateway's password or key."""
    method: Verb = "POST"
    """How the gateway is asked."""
    headers: Mapping[Name, Annotated[str, MaxLen(2000)]] = field(default_factory=dict)
    """With the same places: `Authorization: Bearer {{secret}}`."""
    body: Annotated[str, MaxLen(10_000)] = ""
    """What is sent with POST and PUT, with the same places."""
    content_type: Annotated[str, MaxLen(100)] = "application/x-www-form-urlencoded"
    """What the body is, and how values are escaped in it."""
    sender: Annotated[str, MaxLen(20)] = ""
    """What `{{from}}` is: the number or name that messages come from. A name takes no answers: then a link does."""
    from_field: Name = "from"
    """The field that says who answers."""
    text_field: Name = "text"
    """The field that says what."""
    id_field: Name = "id"
    """The field that names a message in a report, and an answer."""
    status_field: Name = "status"
    """The field that says what became of a message."""
    segments: Annotated[int, Ge(1), Le(6)] = MOST_SEGMENTS
    """How many short messages a page may cost."""
    letters: Letters = "PUNCTUATION"
    """AS_WRITTEN sends every character; PUNCTUATION makes typographic ones plain; PLAIN all of them."""

    def __post_init__(self) -> None:
        """Refuse a template with a place that we do not know, when it is entered."""
        for template in (self.url, self.body, *self.headers.values()):
            unknown = set(_PLACE.findall(template)) - _NAMES
            if unknown:
                raise ValueError(f"there is no {{{{{min(unknown)}}}}}: use {', '.join(sorted(_NAMES))}")
        if any(char in line for pair in self.headers.items() for line in pair for char in "\r\n\0"):
            raise ValueError("a header is one line")


class HttpSmsProvider(ProviderDefaults):
    """SMS by any gateway."""

    method: Method = "SMS"
    type = "http"
    name = "HTTP gateway"
    config = HttpSms
    secret_fields = frozenset({"secret"})

    def takes(self, address: str) -> bool:
        """Telephone numbers with their country."""
        return is_telephone(address)

    def render(self, message: Message, config: HttpSms, sending: Sending) -> HttpRequest:
        """The request that the templates make."""
        short = page_text(message, config.segments, config.letters, heard=takes_answers(config.sender))
        values = {
            "to": message.to,
            "from": config.sender,
            "text": short.text,
            "id": message.token,
            "secret": config.secret,
            "callback": f"{sending.callback_url}/status/{message.token}",
            "coding": "0" if short.encoding == "GSM7" else "2",
        }
        body = filled(config.body, values, _escaping(config.content_type)) if config.method != "GET" else ""
        kind = (("Content-Type", config.content_type),) if body else ()
        headers = [(name, filled(text, values, one_line)) for name, text in config.headers.items()]
        return HttpRequest(
            url=filled(config.url, values, _percent),
            method=config.method,
            headers=(*kind, *headers),
            body=body.encode(),
        )

    def read(self, answer: Answer) -> Receipt:
        """Every 2xx is a success: gateways have no language in common."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        named = (text_at(said, name) for name in _ID_FIELDS)
        return receipt(found, reference=next(filter(None, named), "")[:200])

    def hear(self, callback: Callback, config: HttpSms) -> Heard:
        """Reports and answers, as GET or POST, in the query, a form or JSON."""
        fields = anything_of(callback)
        what, token, _ = path_of(callback)
        text, sender = fields.get(config.text_field, ""), fields.get(config.from_field, "")
        name = fields.get(config.id_field, "")[:200]
        status = fields.get(config.status_field, "")
        if what == "status" or (status and not text):
            return Heard(reports=(_report(status, token, name),))
        if not text.strip() or not sender.strip():
            problem = f"neither a report ({config.status_field}) nor an answer ({config.text_field})"
            raise BadInput.at(config.text_field, f"{problem}: see which fields the gateway sends")
        return Heard(replies=(Reply(text=own_words(text), from_address=telephone(sender), key=name),))

    def callers(self, config: HttpSms) -> tuple[str, ...]:
        """The sender, when it is a number."""
        return (config.sender,) if is_telephone(config.sender) else ()


def filled(template: str, values: Mapping[str, str], escaping: Callable[[str], str]) -> str:
    """A template with its places filled."""
    return _PLACE.sub(lambda place: escaping(values[place[1]]), template)


def _percent(text: str) -> str:
    return quote(text, safe="")


def _escaping(content_type: str) -> Callable[[str], str]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _percent
    if kind.endswith("json"):
        return lambda text: dumps(text)[1:-1]
    if kind.endswith("xml"):
        return lambda text: escape(text, {'"': "&quot;", "'": "&apos;"})
    return lambda text: text


def _report(status: str, token: str, name: str) -> Report:
    state = _STATES.get(status.strip().lower())
    if state is None:
        raise BadInput.at("status", f"we do not know what {status[:40]!r} means")
    if not token and not name:
        raise BadInput.at("id", "the report does not say which message it is about")
    reason = own_words(status) if state == "FAILED" else ""
    return Report(state=state, token=token or None, reference=name or None, reason=reason)


provider = HttpSmsProvider()

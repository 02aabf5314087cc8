"""Requests and answers as values: what `net` performs for every plugin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tocsin.kit.text_rule import TextRule
from tocsin.kit.value import field, replace, value
from tocsin.languages import msgid

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True)
class HeaderName(TextRule):
    """What a header of a web request may be called (RFC 9110, 5.1)."""

    mend = msgid("write the name of a header, as in X-Team: letters, digits and dashes")

    def fits(self, text: str) -> bool:
        """One token."""
        return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True)
class HeaderText(TextRule):
    """What a header may say (RFC 9110, 5.5)."""

    mend = msgid("write it on one line")

    def fits(self, text: str) -> bool:
        """No control characters; white space around it does not count."""
        return _CONTROL.search(text.strip()) is None


@value
class MailRequest:
    """Hand this over by SMTP."""

    sender: str
    """The envelope sender."""
    recipient: str
    raw: bytes
    """The whole message, with CRLF line ends."""


@value
class MailAnswer:
    """What the mail server said last: a reply code of RFC 5321 and its text."""

    code: int
    text: str
    step: Literal["MAIL", "RCPT", "DATA"] = "DATA"
    """What it answered to: the sender, the recipient or the message."""


@value
class HttpRequest:
    """Ask a web server."""

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timeout_seconds: float = 20.0
    """For the whole exchange."""
    answer_bytes_max: int = 65_536
    """How much of the answer is read; nobody needs more of a provider's words."""
    private_targets: tuple[str, ...] = ()
    """Private networks (CIDR) that this one request may reach besides those of the settings."""
    http2: bool = False
    """Speak HTTP/2 and nothing else, where a server insists on it."""


@value
class HttpAnswer:
    """What a web server answered: its status, and the beginning of its body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""


@value
class NetworkFailure:
    """No answer came. `sent` tells whether the message may have left before that."""

    reason: str
    sent: Literal["NO", "MAYBE"]
    refused: bool = False
    """Whether we ourselves may not ask there: asking again is no use before a setting changes."""


Request = MailRequest | HttpRequest
Answer = MailAnswer | HttpAnswer | NetworkFailure


def reaching(request: Request, networks: tuple[str, ...]) -> Request:
    """The request with leave to go to these private networks."""
    return replace(request, private_targets=networks) if isinstance(request, HttpRequest) else request


ValueClass = type[Any]
"""A class marked `@value`: the declaration of a plugin's parameters; its schema draws their form."""

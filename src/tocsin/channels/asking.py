"""What all providers over HTTP share: requests as values, and answers read in one way.

Rule: an answer that may mean “sent” and cannot be made out is UNKNOWN, and is sent again; one that
blames the message or the account is PERMANENT, so that the next provider or rule gets its turn; what
may pass by itself is TEMPORARY.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from tocsin.channels.mail_mime import one_line
from tocsin.core.delivery import Outcome, Receipt
from tocsin.kit.value import dumps
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, MailAnswer, NetworkFailure
from tocsin.plugins.said import retry_after

MAX_ANSWER = 500
DEFAULT_PAUSE_SECONDS = 30.0
"""After a 429 that does not say how long."""

Pairs = Iterable[tuple[str, str]]

_TEMPORARY = frozenset({408, 409, 423, 425, 429})


def form(url: str, fields: Pairs, headers: Pairs = ()) -> HttpRequest:
    """A request with a form."""
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    return HttpRequest(url=url, headers=(kind, *headers), body=urlencode(list(fields)).encode())


def json(url: str, said: Any, headers: Pairs = (), method: str = "POST") -> HttpRequest:
    """A request with JSON."""
    kind = ("Content-Type", "application/json")
    return HttpRequest(url=url, method=method, headers=(kind, *headers), body=dumps(said).encode())


def basic(name: str, password: str) -> tuple[str, str]:
    """The header that logs in with a name and a password (RFC 7617)."""
    return "Authorization", "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def bearer(token: str) -> tuple[str, str]:
    """The header that logs in with a token."""
    return "Authorization", f"Bearer {token}"


def web_answer(answer: Answer) -> HttpAnswer | Receipt:
    """What a web server answered; or the receipt, when none did."""
    match answer:
        case NetworkFailure():
            outcome: Outcome = "UNKNOWN" if answer.sent == "MAYBE" else "TEMPORARY"
            return Receipt(outcome=outcome, answer=one_line(answer.reason)[:MAX_ANSWER])
        case MailAnswer():
            return Receipt(outcome="UNKNOWN", answer="not the answer of a web server")
        case HttpAnswer():
            return answer


def outcome_of(status: int) -> Outcome:
    """What a status says by itself."""
    if 200 <= status < 300:
        return "SENT"
    if status in _TEMPORARY or status >= 500:
        return "TEMPORARY"
    return "PERMANENT" if status >= 300 else "UNKNOWN"


def receipt(
    answer: HttpAnswer,
    words: str = "",
    *,
    outcome: Outcome | None = None,
    reference: str = "",
    bounced: bool = False,
) -> Receipt:
    """The receipt of a web server's answer; `words` are the provider's own, if they could be found."""
    result = outcome or outcome_of(answer.status)
    return Receipt(
        outcome=result,
        answer=_shown(answer, words),
        reference=reference or None,
        bounced=bounced and result == "PERMANENT",
        pause_seconds=_pause(answer) if result == "TEMPORARY" else None,
    )


def sent_if(answer: HttpAnswer, reference: str, words: str = "") -> Receipt:
    """As `receipt`, for providers that always name what they took: a success without a name is none."""
    outcome = outcome_of(answer.status)
    if outcome == "SENT" and not reference:
        return receipt(answer, words or "an answer that is not the provider's", outcome="UNKNOWN")
    return receipt(answer, words, reference=reference)


def _shown(answer: HttpAnswer, words: str) -> str:
    text = words or answer.body[: MAX_ANSWER * 4].decode("utf-8", "replace")
    return one_line(f"{answer.status} {text}")[:MAX_ANSWER].strip()


def _pause(answer: HttpAnswer) -> float | None:
    """How long the provider asks us to wait: a Retry-After in seconds, or our own idea after a 429."""
    asked = retry_after(answer)
    return DEFAULT_PAUSE_SECONDS if asked is None and answer.status == 429 else asked

"""One call of Slack's Web API, and what its answer means: it says 200 to nearly everything; `ok` is what counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from tocsin.connections.answers import failed, json_of, json_request, words
from tocsin.core.connections import Outcome
from tocsin.plugins import Answer, HttpAnswer, HttpRequest

API = "https://slack.com/api/"
_PASSING = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


def call(token: str, method: str, body: dict[str, Any]) -> HttpRequest:
    """`POST` of one method, as the owner of a token."""
    return json_request("POST", API + method, body, (bearer(token),))


def bearer(token: str) -> tuple[str, str]:
    """The header that says who asks."""
    return ("authorization", f"Bearer {token}")


def refusal(answer: Answer, fine: Collection[str] = ()) -> Outcome | None:
    """What went wrong; None for success, and for the errors that are `fine` here."""
    if wrong := failed(answer):
        return wrong
    said = json_of(answer)
    if not isinstance(said, dict) or not isinstance(answer, HttpAnswer):
        return Outcome(kind="TEMPORARY", answer="Slack's answer is no JSON")
    error = said.get("error")
    if said.get("ok") or error in fine:
        return None
    return Outcome(kind="TEMPORARY" if error in _PASSING else "PERMANENT", answer=words(answer))


def text_of(answer: Answer, *path: str) -> str:
    """The text at a path of an answer; "" where there is none."""
    found = json_of(answer)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""

"""What most products mean by their answers, and the texts that most messages hold."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.core.occasion_context import json_text, variables
from tocsin.core.templates import compile as compile_template
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, loads
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, MailAnswer, NetworkFailure
from tocsin.plugins.said import retry_after

_LONGEST_ANSWER = 500
_PASSING = frozenset({408, 409, 425, 429})


def failed(answer: Answer) -> Outcome | None:
    """What went wrong; None for success.

    A request that may have arrived is made again: a second ticket is better than none.
    """
    if isinstance(answer, NetworkFailure):
        return Outcome(
            kind="PERMANENT" if answer.refused else "TEMPORARY", answer=answer.reason[:_LONGEST_ANSWER]
        )
    if isinstance(answer, MailAnswer):
        if answer.code < 400:
            return None
        return Outcome(
            kind="TEMPORARY" if answer.code < 500 else "PERMANENT",
            answer=f"{answer.code} {answer.text}"[:_LONGEST_ANSWER],
        )
    if 200 <= answer.status < 300:
        return None
    passing = answer.status in _PASSING or answer.status >= 500
    return Outcome(
        kind="TEMPORARY" if passing else "PERMANENT",
        answer=words(answer),
        retry_after_seconds=retry_after(answer),
    )


def done(answer: Answer, remote: Remote | None = None) -> Outcome:
    """It worked."""
    said = words(answer) if isinstance(answer, HttpAnswer) else ""
    return Outcome(kind="DONE", answer=said, remote=remote)


def words(answer: HttpAnswer) -> str:
    """The status and the beginning of the body, as one line."""
    text = " ".join(answer.body[: 4 * _LONGEST_ANSWER].decode(errors="replace").split())
    return f"{answer.status} {text}".strip()[:_LONGEST_ANSWER]


def json_of(answer: Answer) -> Any:
    """The parsed body; None when it is no JSON."""
    if not isinstance(answer, HttpAnswer):
        return None
    try:
        return loads(answer.body)
    except BadInput:
        return None


def json_request(
    method: str, url: str, body: Any = None, headers: tuple[tuple[str, str], ...] = ()
) -> HttpRequest:
    """A request with a JSON body."""
    content = b"" if body is None else dumps(body).encode()
    kind = () if body is None else (("content-type", "application/json"),)
    return HttpRequest(
        method=method, url=url, headers=(*kind, ("accept", "application/json"), *headers), body=content
    )


def with_query(url: str, name: str, text: str) -> str:
    """The address with one more parameter in its query. One that it has already stays as it is."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if name in dict(pairs):
        return url
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, urlencode({name: text}))))))


def templated(template: str, occasion: Occasion) -> str:
    """A template's text. In one that is JSON, `{{ }}` is escaped for a JSON string; `{{{ }}}` never is."""
    json = template.lstrip()[:1] in {"{", "["} and not template.lstrip().startswith("{{")
    shown = compile_template(template)
    values = variables(occasion)
    return shown.render(values, json_text) if json else shown.render(values)


def title(occasion: Occasion) -> str:
    """The summary with the state in front: `[RESOLVED] Disk full`."""
    return f"[{occasion.status}] {occasion.summary}"

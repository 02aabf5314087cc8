"""The timeline: log entries and the ledger's moments in one order, newest first, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.core.delivery import Notification
from tocsin.core.words import log_text
from tocsin.languages import Language, Texts, say
from tocsin.store.log import Entry
from tocsin.web.words import translate

Kind = Literal["event", "alert", "answer", "ok", "climb", "trouble", "comment", "message"]
_KINDS: dict[str, Kind] = {
    "AlertReceived": "event",
    "IncidentCreatedByUser": "alert",
    "UserResponse": "answer",
    "AlertSourceResponse": "answer",
    "IncidentAutoResolved": "ok",
    "CommentAdded": "comment",
    "NotTold": "trouble",
    "LevelReachedNobody": "trouble",
    "NobodyTold": "trouble",
    "EscalationEnded": "trouble",
    "FallbackTold": "climb",
    "ConnectionFailed": "trouble",
    "ConnectionSucceeded": "message",
    "SubscriberAdded": "message",
    "SubscriberRemoved": "message",
}
_QUOTED = {"AlertReceived": ("summary",), "CommentAdded": ("text",)}
"""What is shown as it is, under the sentence instead of in it."""
_WAYS: Texts = {
    "LINK": ", by the link in a message",
    "EMAIL": ", by e-mail",
    "SMS": ", by text message",
    "VOICE": ", by telephone",
    "PUSH": ", by the button of a push",
    "CHAT": ", in a chat",
    "API": ", over the API",
}


Sent = tuple[Notification, datetime | None]
"""A notification, and when its last attempt ended."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line."""

    at: datetime
    kind: Kind
    text: str
    quote: str = ""
    """What somebody wrote, or the tool sent: shown as it is."""


def timeline(
    entries: Sequence[Entry], sent: Iterable[Sent], names: Mapping[int, str], language: Language
) -> list[Line]:
    """Everything that happened, newest first; notifications can be left out."""
    lines = [_line(entry, names, language) for entry in entries]
    moments = [_moment(n, ended, names, language) for n, ended in sent]
    return sorted([*lines, *filter(None, moments)], key=lambda line: line.at, reverse=True)


def _line(entry: Entry, names: Mapping[int, str], language: Language) -> Line:
    kind = _KINDS.get(entry.type, "climb")
    if kind == "answer" and entry.vars.get("answer") == "RESOLVED":
        kind = "ok"
    quote = next((str(entry.vars[name]) for name in _QUOTED.get(entry.type, ()) if entry.vars.get(name)), "")
    said = {**entry.vars, **dict.fromkeys(_QUOTED.get(entry.type, ()), "")}
    text = log_text(entry.type, entry.by, said, names, language).rstrip(": ")
    return Line(at=entry.at, kind=kind, text=text + say(language, _WAYS.get(entry.by.via, "")), quote=quote)


def _moment(
    n: Notification, ended: datetime | None, names: Mapping[int, str], language: Language
) -> Line | None:
    """What the ledger adds: sent, or failed; the rest is still to come."""
    who = names.get(n.user_id, f"#{n.user_id}")
    blanks = {"way": translate(language, n.method), "who": who, "target": n.target}
    if n.sent_at is not None:
        text = translate(language, "{way} to {who} ({target}) sent", **blanks)
        return Line(at=n.sent_at, kind="message", text=text)
    if n.state == "FAILED":
        text = translate(language, "{way} to {who} ({target}) failed", **blanks)
        return Line(at=ended or n.created_at, kind="trouble", text=text, quote=n.reason)
    return None

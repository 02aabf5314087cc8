"""Opsgenie's alert API, which Jira Service Management has inherited.

An alert's alias is the key of its incident. What is asked of an alert (close, acknowledge, a note) comes as one
JSON object that names the verb; a verb that has no counterpart here becomes a remark on the incident, so that
nobody's wish is lost in silence. P4 and P5 ask for a LOW incident; the others follow the alert source's own rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, Event, storable_key
from tocsin.core.incidents import Comment
from tocsin.integrations import foreign
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import dumps
from tocsin.plugins import Inbound

MAX_MESSAGE = 130
MAX_ALIAS = 512
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
VERBS: Mapping[str, tuple[str, str]] = {
    "close": ("Close", "Closed alert"),
    "delete": ("Delete", "Deleted alert"),
    "acknowledge": ("Acknowledge", "Acknowledged alert"),
    "unacknowledge": ("UnAcknowledge", "Unacknowledged alert"),
    "notes": ("AddNote", "Added note to alert"),
    "snooze": ("Snooze", "Snoozed alert"),
    "escalate": ("Escalate", "Escalated alert"),
    "assign": ("Assign", "Assigned alert"),
    "tags": ("AddTags", "Added tags to alert"),
    "details": ("AddDetails", "Added details to alert"),
    "responders": ("AddResponder", "Added responder to alert"),
    "teams": ("AddTeam", "Added team to alert"),
    "actions": ("ExecuteCustomAction", "Executed custom action of alert"),
    "message": ("UpdateMessage", "Updated message of alert"),
    "description": ("UpdateDescription", "Updated description of alert"),
    "priority": ("UpdatePriority", "Updated priority of alert"),
}
"""What may be asked of an alert, with the words of a request's status. The incident takes in the
first three and notes; of the others it keeps a remark."""
_NEEDED = {"notes": "note", "snooze": "endTime", "message": "message", "description": "description"}


def envelope(verb: str, identifier: str, body: bytes, *, what: str = "") -> bytes:
    """A request about an alert as one payload: the verb and the alert stand in the URL otherwise."""
    asked = foreign.mapping(body) if body.strip() else {}
    for name in (_NEEDED[verb],) if verb in _NEEDED else ():
        if not foreign.text(asked.get(name)):
            raise BadInput.at(name, f"{name} can not be empty.")
    told = {"verb": verb, "alias": identifier, "body": asked}
    return dumps({**told, "what": what} if what else told).encode()


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The event of a new alert, or of a request about one. Raises BadInput."""
    sent = foreign.mapping(inbound.body)
    verb = sent.get("verb")
    if isinstance(verb, str) and verb in VERBS:
        return (_asked(verb, sent),)
    problems = list(_wrong(sent))
    if problems:
        raise BadInput(*problems)
    event = Event(
        event_type="ALERT",
        summary=foreign.text(sent.get("message"))[:MAX_SUMMARY],
        details=_details(sent),
        key=storable_key(foreign.text(sent.get("alias"))),
        priority="LOW" if sent.get("priority") in ("P4", "P5") else None,
        labels=_labels(sent),
        custom_details=sent,
        comments=_note(sent),
    )
    return (event,)


def _asked(verb: str, sent: Mapping[str, Any]) -> Event:
    body = foreign.inner(sent, "body")
    key = storable_key(foreign.text(sent.get("alias")))
    comments = _note(body)
    if verb in ("close", "delete"):
        return Event(event_type="RESOLVE", key=key, comments=comments, custom_details=body)
    if verb == "acknowledge":
        return Event(event_type="ACCEPT", key=key, comments=comments, custom_details=body)
    if verb == "notes":
        return Event(event_type="COMMENT", key=key, summary="note", comments=comments, custom_details=body)
    creator = foreign.text(body.get("user") or body.get("source")) or None
    said = "; ".join(f"{name}: {foreign.text(thing)}" for name, thing in body.items() if name not in _WHO)
    wish = " ".join(filter(None, (verb, foreign.text(sent.get("what")))))
    remark = Comment(
        creator=creator, content=f"Asked for: {wish}{f' ({said})' if said else ''}"[:MAX_SUMMARY]
    )
    return Event(event_type="COMMENT", key=key, summary=f"Asked for: {wish}", comments=(remark,))


_WHO = frozenset({"user", "source"})


def _wrong(sent: Mapping[str, Any]) -> list[Problem]:
    problems = []
    if not foreign.text(sent.get("message")):
        problems.append(Problem("message", "Message can not be empty."))
    if len(foreign.text(sent.get("alias"))) > MAX_ALIAS:
        problems.append(Problem("alias", f"Alias can not be longer than {MAX_ALIAS} characters."))
    priority = sent.get("priority")
    if priority is not None and priority not in PRIORITIES:
        problems.append(Problem("priority", f"Priority should be one of [ {', '.join(PRIORITIES)} ]"))
    return problems


def _details(sent: Mapping[str, Any]) -> str:
    named = [*foreign.lines((name, sent.get(name)) for name in ("entity", "source", "user", "priority"))]
    tags = ", ".join(foreign.text(tag) for tag in foreign.items(sent, "tags"))
    named += [f"- tags: {tags}"] if tags else []
    blocks = (
        foreign.text(sent.get("description")),
        "\n".join([*named, *foreign.lines(foreign.inner(sent, "details"))]),
    )
    return "\n\n".join(filter(None, blocks))[:MAX_DETAILS]


def _labels(sent: Mapping[str, Any]) -> dict[str, str]:
    said = {name: foreign.text(sent.get(name)) for name in ("entity", "source", "priority")}
    return {name: words for name, words in said.items() if words}


def _note(sent: Mapping[str, Any]) -> tuple[Comment, ...]:
    note = foreign.text(sent.get("note"))
    if not note:
        return ()
    return (Comment(creator=foreign.text(sent.get("user") or sent.get("source")) or None, content=note),)

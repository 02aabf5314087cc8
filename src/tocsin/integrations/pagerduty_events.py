"""PagerDuty's Events API: version 2, its change events, and version 1.

A severity of `info` asks for a LOW incident; the others follow the alert source's own rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, Event, EventType, NothingToReport
from tocsin.core.incidents import Image
from tocsin.integrations import foreign
from tocsin.kit.errors import BadInput, Problem
from tocsin.plugins import Inbound

MAX_DEDUP_KEY = 255
MAX_IMAGES = 10
_ACTIONS: Mapping[str, EventType] = {"trigger": "ALERT", "acknowledge": "ACCEPT", "resolve": "RESOLVE"}
_SEVERITIES = ("critical", "error", "warning", "info")
_DESCRIBED = ("source", "severity", "timestamp", "component", "group", "class")
_BLANK = "is missing or blank"


def routing_key(body: bytes, name: str = "routing_key") -> str:
    """The key that a body names; "" when it names none or is no JSON object."""
    try:
        found = foreign.mapping(body).get(name)
    except BadInput:
        return ""
    return found.strip() if isinstance(found, str) else ""


def parse_v2(inbound: Inbound) -> tuple[Event, ...]:
    """The event of `/v2/enqueue`. Raises BadInput with all that PagerDuty would find wrong."""
    sent = _without(foreign.mapping(inbound.body), "routing_key")
    kind = _ACTIONS.get(foreign.text(sent.get("event_action")))
    key = foreign.text(sent.get("dedup_key"))
    payload = foreign.inner(sent, "payload")
    problems = _wrong(kind, "event_action", key, "dedup_key")
    if kind == "ALERT":
        problems += _wrong_payload(payload)
    if problems or kind is None:
        raise BadInput(*problems)
    summary = foreign.text(payload.get("summary"))
    linked = [(sent.get("client_url"), sent.get("client"))]
    linked += [(link.get("href"), link.get("text")) for link in _objects(sent, "links")]
    event = Event(
        event_type=kind,
        summary=summary[:MAX_SUMMARY],
        details=_details(payload),
        key=key,
        priority="LOW" if payload.get("severity") == "info" else None,
        images=_images(sent),
        links=foreign.links(linked),
        labels={name: said for name in _DESCRIBED if (said := foreign.text(payload.get(name)))},
        custom_details=sent,
    )
    return (event,)


def parse_change(inbound: Inbound) -> tuple[Event, ...]:
    """The change of `/v2/change/enqueue`: kept in the event log. Raises NothingToReport, or BadInput."""
    sent = foreign.mapping(inbound.body)
    payload = foreign.inner(sent, "payload")
    summary = foreign.text(payload.get("summary"))
    if not summary:
        raise BadInput.at("payload.summary", _BLANK)
    raise NothingToReport(f"a change, which opens nothing: {summary[:200]}")


def parse_v1(inbound: Inbound) -> tuple[Event, ...]:
    """The event of version 1."""
    sent = _without(foreign.mapping(inbound.body), "service_key")
    kind = _ACTIONS.get(foreign.text(sent.get("event_type")))
    key = foreign.text(sent.get("incident_key"))
    problems = _wrong(kind, "event_type", key, "incident_key")
    summary = foreign.text(sent.get("description"))
    if kind == "ALERT" and not summary:
        problems.append(Problem("description", _BLANK))
    if problems or kind is None:
        raise BadInput(*problems)
    details = sent.get("details")
    contexts = _objects(sent, "contexts")
    linked = [(sent.get("client_url"), sent.get("client"))]
    linked += [(c.get("href"), c.get("text")) for c in contexts if c.get("type") == "link"]
    event = Event(
        event_type=kind,
        summary=summary[:MAX_SUMMARY],
        details="\n".join(_said(details))[:MAX_DETAILS],
        key=key,
        images=tuple(_image(c) for c in contexts if c.get("type") == "image" and c.get("src"))[:MAX_IMAGES],
        links=foreign.links(linked),
        custom_details=sent,
    )
    return (event,)


def _without(sent: dict[str, Any], name: str) -> dict[str, Any]:
    """All but the key, which whoever reads the incident need not see."""
    sent.pop(name, None)
    return sent


def _wrong(kind: EventType | None, action_field: str, key: str, key_field: str) -> list[Problem]:
    """What is wrong with the kind of an event and its key, in either version."""
    problems = []
    if kind is None:
        problems.append(Problem(action_field, "must be one of the following: trigger, acknowledge, resolve"))
    if len(key) > MAX_DEDUP_KEY:
        problems.append(Problem(key_field, f"is too long (maximum is {MAX_DEDUP_KEY} characters)"))
    if kind in ("ACCEPT", "RESOLVE") and not key:
        problems.append(Problem(key_field, _BLANK))
    return problems


def _wrong_payload(payload: Mapping[str, Any]) -> list[Problem]:
    if not payload:
        return [Problem("payload", _BLANK)]
    problems = [
        Problem(f"payload.{name}", _BLANK)
        for name in ("summary", "source")
        if not foreign.text(payload.get(name))
    ]
    if payload.get("severity") not in _SEVERITIES:
        problems.append(
            Problem("payload.severity", f"must be one of the following: {', '.join(_SEVERITIES)}")
        )
    return problems


def _details(payload: Mapping[str, Any]) -> str:
    described = [*foreign.lines((name, payload.get(name)) for name in _DESCRIBED)]
    return "\n".join([*described, *_said(payload.get("custom_details"))])[:MAX_DETAILS]


def _said(details: object) -> list[str]:
    if isinstance(details, dict):
        return list(foreign.lines(details))
    said = foreign.text(details)
    return [said] if said else []


def _objects(sent: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return [one for one in foreign.items(sent, name) if isinstance(one, dict)]


def _images(sent: Mapping[str, Any]) -> tuple[Image, ...]:
    return tuple(_image(one) for one in _objects(sent, "images") if one.get("src"))[:MAX_IMAGES]


def _image(one: Mapping[str, Any]) -> Image:
    return Image(
        src=foreign.text(one.get("src")),
        href=foreign.text(one.get("href")) or None,
        alt=foreign.text(one.get("alt") or one.get("text")) or None,
    )

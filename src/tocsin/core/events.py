"""From what a tool reports to what happens: open an incident, append to one, answer one, or drop.

`receive` is pure. The shell looks up the incidents that could matter and stores the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

from tocsin.core.incidents import Comment, Escalation, Image, Incident, Link, Priority, Status, fold
from tocsin.core.policies import EscalationPolicy
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import Ge, MaxLen, MinLen, decode_json, encode_json, field, value

EventType = Literal["ALERT", "ACCEPT", "RESOLVE", "COMMENT"]
Creation = Literal[
    "ONE_INCIDENT_PER_EMAIL",
    "ONE_INCIDENT_PER_EMAIL_SUBJECT",
    "ONE_PENDING_INCIDENT_ALLOWED",
    "ONE_OPEN_INCIDENT_ALLOWED",
]
MAX_SUMMARY = 4096
MAX_DETAILS = 131_072


@value
class Event:
    """What a tool reports: a problem, its end, or something about it."""

    event_type: EventType
    summary: str = ""
    details: str = ""
    key: str = ""
    """Events with the same key belong to the same problem; "" means that the tool gave none."""
    priority: Priority | None = None
    images: tuple[Image, ...] = ()
    links: tuple[Link, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    custom_details: Mapping[str, Any] | None = None
    comments: tuple[Comment, ...] = ()
    routing_key: str = ""
    """Comma-separated; the first that names a policy wins."""
    or_opens: bool = False
    """An ACCEPT that finds no open incident opens one: a ticket is being worked on that we never heard of."""


class NothingToReport(TocsinError):
    """A payload was understood, and nothing follows from it: a test message, a state of no interest."""

    code = "NOTHING_TO_REPORT"


@value
class Heartbeat:
    """What a HEARTBEAT source expects."""

    summary: str = ""
    """The summary of the incident when pings stay away."""
    interval_sec: Annotated[int, Ge(25)] = 900
    status: str | None = None


@value
class AlertSource:
    """One tool that reports to us, with the rules for what it reports."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    integration_type: str
    integration_key: str = ""
    policy_id: int = 0
    incident_creation: Creation = "ONE_INCIDENT_PER_EMAIL"
    incident_priority_rule: Literal["HIGH", "LOW"] = "HIGH"
    auto_resolution_timeout: timedelta | None = None
    heartbeat: Heartbeat | None = None
    active: bool = True
    version: int = 0


Effect = Literal["OPEN", "APPEND", "ACCEPT", "RESOLVE", "COMMENT", "DROP", "REJECT"]


@value
class Verdict:
    """What becomes of one event."""

    effect: Effect
    incident_id: int | None = None
    """The incident concerned, for everything but DROP and REJECT."""
    code: str = ""
    """NO_OPEN_INCIDENT_WITH_KEY, INCIDENT_ALREADY_ACCEPTED, SOURCE_DISABLED, ..."""
    reason: str = ""


@value
class OpenIncident:
    """As much of an open incident as grouping needs."""

    id: int
    key_fold: str
    summary_fold: str
    status: Status
    policy_id: int


def receive(source: AlertSource, event: Event, open_incidents: tuple[OpenIncident, ...]) -> Verdict:
    """Decide what an event does.

    `open_incidents` holds, newest first, those of the source that share the event's key and, for modes that group otherwise, those that may take it in.
    """
    if not source.active:
        return Verdict(effect="DROP", code="SOURCE_DISABLED", reason="the alert source is disabled")
    if event.event_type == "ALERT" and not event.summary.strip():
        return Verdict(effect="REJECT", code="BAD_REQUEST", reason="summary: an ALERT needs one")
    same = _same_key(event, open_incidents)
    if event.event_type == "ALERT":
        into = same or _grouped(source, event, open_incidents)
        return Verdict(effect="APPEND", incident_id=into.id) if into else Verdict(effect="OPEN")
    if not event.key.strip():
        return Verdict(effect="REJECT", code="BAD_REQUEST", reason=f"key: {event.event_type} needs one")
    if same is None and event.or_opens and event.summary.strip():
        return Verdict(effect="OPEN")
    if same is None:
        return Verdict(
            effect="DROP",
            code="NO_OPEN_INCIDENT_WITH_KEY",
            reason=f"no open incident has the key {event.key.strip()!r}",
        )
    if event.event_type == "ACCEPT" and same.status == "ACCEPTED":
        return Verdict(
            effect="APPEND",
            incident_id=same.id,
            code="INCIDENT_ALREADY_ACCEPTED",
            reason="the incident is accepted already",
        )
    return Verdict(effect=event.event_type, incident_id=same.id)


def open_incident(
    incident_id: int, source: AlertSource, policy: EscalationPolicy, event: Event, *, key: str, now: datetime
) -> Incident:
    """The new incident of an ALERT event: its escalation due now, or after the policy's delay."""
    timeout = source.auto_resolution_timeout
    return Incident(
        id=incident_id,
        source_id=source.id,
        summary=event.summary.strip()[:MAX_SUMMARY],
        details=event.details[:MAX_DETAILS],
        key=key,
        priority=priority_of(source, event),
        reported_at=now,
        escalation=Escalation(
            policy_id=policy.id,
            policy_version=policy.version,
            due_at=now + timedelta(minutes=policy.delay_min),
        ),
        auto_resolve_at=now + timeout if timeout else None,
        images=event.images,
        links=event.links,
        labels=event.labels,
        custom_details=event.custom_details,
    )


def unrecognised(tool: str, body: bytes, why: str) -> Event:
    """What a payload opens that nobody can read: it may be the most important one of all."""
    text = body.decode("utf-8", "replace")
    return Event(
        event_type="ALERT",
        summary=f"{tool}: a message that could not be read",
        details=f"Not recognised: {why}\n\nThe message as it came:\n\n{text}"[:MAX_DETAILS],
        key=f"unrecognised-{sha256(body).hexdigest()[:16]}",
        labels={"tocsin": "unrecognised"},
    )


def without_nul(event: Event) -> Event:
    """The event with NUL characters replaced: no text column of PostgreSQL takes one."""
    return decode_json(Event, encode_json(Event, event).replace("\\u0000", "\\ufffd"))


def priority_of(source: AlertSource, event: Event) -> Priority:
    """The source's rule; an event may lower it where the rule is HIGH (reference §6.4)."""
    if source.incident_priority_rule == "LOW":
        return "LOW"
    return event.priority or "HIGH"


def routing_keys(event: Event) -> tuple[str, ...]:
    """The routing keys of an event, in the order in which they are tried."""
    return tuple(key.strip() for key in event.routing_key.split(",") if key.strip())


def _same_key(event: Event, candidates: tuple[OpenIncident, ...]) -> OpenIncident | None:
    wanted = fold(event.key)
    return next((i for i in candidates if wanted and i.key_fold == wanted), None)


def _grouped(source: AlertSource, event: Event, candidates: tuple[OpenIncident, ...]) -> OpenIncident | None:
    """The open incident that the source's creation mode puts the event into (reference §6.3)."""
    match source.incident_creation:
        case "ONE_INCIDENT_PER_EMAIL_SUBJECT":
            wanted = fold_summary(event.summary)
            return next((i for i in candidates if i.summary_fold == wanted), None)
        case "ONE_PENDING_INCIDENT_ALLOWED":
            pending = any(i.status == "PENDING" for i in candidates)
            return candidates[0] if pending else None
        case "ONE_OPEN_INCIDENT_ALLOWED":
            return candidates[0] if candidates else None
        case _:
            return None


def fold_summary(summary: str) -> str:
    """Summaries are compared without case and white space."""
    return "".join(summary.split()).casefold()

"""From what a tool reports to what happens: open an incident, append to one, answer one, or drop.

`receive` is pure. The shell looks up the incidents that could matter and stores the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal

from tocsin.core.brokers import Broker
from tocsin.core.incidents import (
    Comment,
    Escalation,
    Image,
    Incident,
    Link,
    Priority,
    ServiceRef,
    Severity,
    Status,
    fold,
)
from tocsin.core.mail_rules import MailRules
from tocsin.core.policies import EscalationPolicy
from tocsin.core.similarity import DEFAULT_THRESHOLD, likeness
from tocsin.core.source_settings import MAX_SERVICES, SourceRules
from tocsin.core.support_hours import SupportHours, covers, next_change
from tocsin.kit.clock import EPOCH, rfc3339
from tocsin.kit.errors import TocsinError
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, decode_json, encode_json, field, value

EventType = Literal["ALERT", "ACCEPT", "RESOLVE", "COMMENT"]
Creation = Literal[
    "ONE_INCIDENT_PER_EMAIL",
    "ONE_INCIDENT_PER_EMAIL_SUBJECT",
    "ONE_PENDING_INCIDENT_ALLOWED",
    "ONE_OPEN_INCIDENT_ALLOWED",
    "OPEN_RESOLVE_ON_EXTRACTION",
    "ONE_INCIDENT_GROUPED_PER_WINDOW",
    "INTELLIGENT_GROUPING",
]
PriorityRule = Literal["HIGH", "LOW", "HIGH_DURING_SUPPORT_HOURS", "LOW_DURING_SUPPORT_HOURS"]
DURING_HOURS: frozenset[PriorityRule] = frozenset({"HIGH_DURING_SUPPORT_HOURS", "LOW_DURING_SUPPORT_HOURS"})
"""What goes by support hours, and needs them."""
BY_KEY_ONLY = frozenset({"ONE_INCIDENT_PER_EMAIL", "OPEN_RESOLVE_ON_EXTRACTION"})
"""The modes in which nothing but the key puts events together."""
DECIDES_PRIORITY = frozenset({"GRAFANA", "SERVICENOW"})
"""Tools whose events say the priority whatever the source's rule is (reference PR-5)."""
DEFAULT_WINDOW = timedelta(hours=1)
MOST_COMPARED = 200
"""How many of the newest incidents of a window are compared with an event."""
MAX_KEY = 255
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
    decided_priority: Priority | None = None
    """What the source's own template made of the payload: stronger than its rule."""
    severity: Severity | None = None
    services: tuple[ServiceRef, ...] = ()
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
    grouping_window: timedelta | None = None
    """For the last two creation modes: how long an incident takes in others; an hour if not said."""
    score_threshold: Annotated[float, Ge(0), Le(1)] | None = None
    """For INTELLIGENT_GROUPING: how alike summaries must be (core.similarity)."""
    incident_priority_rule: PriorityRule = "HIGH"
    support_hours_id: int | None = None
    own_hours: SupportHours | None = None
    """Support hours of this source alone: the form of 2020."""
    auto_raise: bool = False
    """Whether waiting LOW incidents become HIGH when the hours begin (or end)."""
    severity: Severity | None = None
    services: tuple[ServiceRef, ...] = ()
    rules: SourceRules | None = None
    """Filters and templates; None costs an event nothing."""
    auto_resolution_timeout: timedelta | None = None
    heartbeat: Heartbeat | None = None
    mail: MailRules | None = None
    """What a source of type EMAIL or EMAIL2 is told about mails."""
    broker: Broker | None = None
    """What a source of type MQTT or KAFKA listens to, besides taking events over HTTP."""
    active: bool = True
    version: int = 0


Standing = Literal["PENDING", "ALL_ACCEPTED", "ALL_RESOLVED", "DISABLED"]


def standing(source: AlertSource, open_counts: Mapping[str, int]) -> Standing:
    """How a source stands, from its open incidents by status."""
    if not source.active:
        return "DISABLED"
    if open_counts.get("PENDING"):
        return "PENDING"
    return "ALL_ACCEPTED" if open_counts.get("ACCEPTED") else "ALL_RESOLVED"


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
    summary: str = ""
    reported_at: datetime = EPOCH


@value
class Near:
    """What a verdict may depend on besides the source and its open incidents."""

    now: datetime
    hours: SupportHours | None = None
    """The support hours of the source."""
    maintained_until: datetime | None = None
    """When the maintenance that the source is in ends."""


def receive(
    source: AlertSource, event: Event, open_incidents: tuple[OpenIncident, ...], near: Near
) -> Verdict:
    """Decide what an event does.

    `open_incidents` holds, newest first, those of the source that share the event's key and, for modes that group otherwise, those that may take it in.
    """
    if not source.active:
        return Verdict(effect="DROP", code="SOURCE_DISABLED", reason="the alert source is disabled")
    if event.event_type == "ALERT" and not event.summary.strip():
        return Verdict(effect="REJECT", code="BAD_REQUEST", reason="summary: an ALERT needs one")
    same = _same_key(event, open_incidents)
    if event.event_type == "ALERT":
        into = same or _grouped(source, event, open_incidents, near.now)
        return Verdict(effect="APPEND", incident_id=into.id) if into else _opened(near)
    if not event.key.strip():
        return Verdict(effect="REJECT", code="BAD_REQUEST", reason=f"key: {event.event_type} needs one")
    if same is None and event.or_opens and event.summary.strip():
        return _opened(near)
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


def _opened(near: Near) -> Verdict:
    """A new incident, unless the source is in maintenance: what is open already goes on."""
    if near.maintained_until is None:
        return Verdict(effect="OPEN")
    until = rfc3339(near.maintained_until)
    return Verdict(
        effect="DROP", code="IN_MAINTENANCE", reason=f"the alert source is in maintenance until {until}"
    )


def open_incident(
    incident_id: int,
    source: AlertSource,
    policy: EscalationPolicy,
    event: Event,
    *,
    key: str,
    now: datetime,
    hours: SupportHours | None = None,
) -> Incident:
    """The new incident of an ALERT event: its escalation due now, or after the policy's delay."""
    timeout = source.auto_resolution_timeout
    priority = priority_of(source, event, now, hours)
    return Incident(
        id=incident_id,
        source_id=source.id,
        summary=event.summary.strip()[:MAX_SUMMARY],
        details=event.details[:MAX_DETAILS],
        key=key,
        priority=priority,
        reported_at=now,
        escalation=Escalation(
            policy_id=policy.id,
            policy_version=policy.version,
            due_at=now + timedelta(minutes=policy.delay_min),
        ),
        auto_resolve_at=now + timeout if timeout else None,
        raise_at=raised_at(source, hours, now) if priority == "LOW" else None,
        severity=event.severity or source.severity,
        services=tuple(dict.fromkeys((*source.services, *event.services)))[:MAX_SERVICES],
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


def storable_key(key: str) -> str:
    """The key, NUL replaced; a digest of one that is too long to be stored: cut off, two problems would be one."""
    key = key.replace("\0", "\ufffd")
    return key if len(key) <= MAX_KEY else sha256(key.encode("utf-8", "replace")).hexdigest()


def without_nul(event: Event) -> Event:
    """The event with NUL characters replaced: no text column of PostgreSQL takes one."""
    return decode_json(Event, encode_json(Event, event).replace("\\u0000", "\\ufffd"))


def priority_of(
    source: AlertSource, event: Event, now: datetime, hours: SupportHours | None = None
) -> Priority:
    """The source's rule, where the event or the source's template does not decide."""
    if event.decided_priority is not None:
        return event.decided_priority
    rule = source.incident_priority_rule
    template = source.rules is not None and source.rules.priority is not None
    if event.priority is not None and (
        rule == "HIGH" or template or source.integration_type in DECIDES_PRIORITY
    ):
        return event.priority
    if rule in ("HIGH", "LOW"):
        return "HIGH" if rule == "HIGH" else "LOW"
    if hours is None:
        # A source whose hours are gone: a page too many is better than one too few.
        return "HIGH"
    return "HIGH" if covers(hours, now) is (rule == "HIGH_DURING_SUPPORT_HOURS") else "LOW"


def raised_at(source: AlertSource, hours: SupportHours | None, now: datetime) -> datetime | None:
    """When what waits with low priority becomes high: when the hours begin, or end (reference PR-3)."""
    if not source.auto_raise or hours is None or source.incident_priority_rule in ("HIGH", "LOW"):
        return None
    if covers(hours, now) is (source.incident_priority_rule == "HIGH_DURING_SUPPORT_HOURS"):
        return now
    return next_change(hours, now)


def routing_keys(event: Event) -> tuple[str, ...]:
    """The routing keys of an event, in the order in which they are tried."""
    return tuple(key.strip() for key in event.routing_key.split(",") if key.strip())


def _same_key(event: Event, candidates: tuple[OpenIncident, ...]) -> OpenIncident | None:
    wanted = fold(event.key)
    return next((i for i in candidates if wanted and i.key_fold == wanted), None)


def _grouped(
    source: AlertSource, event: Event, candidates: tuple[OpenIncident, ...], now: datetime
) -> OpenIncident | None:
    """The open incident that the source's creation mode puts the event into."""
    match source.incident_creation:
        case "ONE_INCIDENT_PER_EMAIL_SUBJECT":
            wanted = fold_summary(event.summary)
            return next((i for i in candidates if i.summary_fold == wanted), None)
        case "ONE_PENDING_INCIDENT_ALLOWED":
            pending = any(i.status == "PENDING" for i in candidates)
            return candidates[0] if pending else None
        case "ONE_OPEN_INCIDENT_ALLOWED":
            return candidates[0] if candidates else None
        case "ONE_INCIDENT_GROUPED_PER_WINDOW":
            return next(iter(_recent(source, candidates, now)), None)
        case "INTELLIGENT_GROUPING":
            return _most_alike(source, event, _recent(source, candidates, now))
        case _:
            return None


def _recent(source: AlertSource, candidates: tuple[OpenIncident, ...], now: datetime) -> list[OpenIncident]:
    """Those opened within the source's grouping window, newest first."""
    since = now - (source.grouping_window or DEFAULT_WINDOW)
    return [incident for incident in candidates if incident.reported_at > since]


def _most_alike(source: AlertSource, event: Event, recent: list[OpenIncident]) -> OpenIncident | None:
    """The one whose summary is most like the event's, if it is like enough; the newest of several."""
    threshold = DEFAULT_THRESHOLD if source.score_threshold is None else source.score_threshold
    best: OpenIncident | None = None
    best_score = threshold
    for incident in recent[:MOST_COMPARED]:
        score = likeness(event.summary, incident.summary)
        if score > best_score or (best is None and score == threshold):
            best, best_score = incident, score
    return best


def fold_summary(summary: str) -> str:
    """Summaries are compared without case and white space."""
    return "".join(summary.split()).casefold()

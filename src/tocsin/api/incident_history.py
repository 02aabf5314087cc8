"""What happened to an incident: its timeline, its page ledger, and who could be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query

from tocsin.api.call import Call
from tocsin.api.parameters import Id, Language, Paging
from tocsin.api.routing import Resource
from tocsin.core.delivery import Notification, State
from tocsin.core.people import BYSTANDERS, User
from tocsin.core.words import log_text, log_users
from tocsin.kit.value import value
from tocsin.languages import Language as Spoken
from tocsin.store import documents, incidents, log, notifications, present
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES, USERS
from tocsin.store.log import Entry
from tocsin.store.notifications import Answer, Attempt

history = Resource("incidents")
MOST_SUGGESTED = 500
SHOWN_TARGET = 80
"""A device's address is long, and partly secret."""


@value
class LogEntryWire:
    """One line of a timeline."""

    id: int
    timestamp: datetime
    log_entry_type: str
    text: str
    """What happened, as a sentence."""
    incident_id: int
    by: str | None = None
    """Who did it."""
    via: str | None = None
    """By which way: API, UI, LINK, EMAIL, EVENT, ENGINE."""
    vars: dict[str, Any] | None = None
    """With include=vars."""


@value
class NotifiedUser:
    """Whom a notification was for."""

    id: int
    firstname: str | None = None
    lastname: str | None = None


@value
class AttemptWire:
    """One try to deliver."""

    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    """SENT, TEMPORARY, PERMANENT or UNKNOWN; absent while it runs, or after a crash."""
    answer: str | None = None
    """What the provider said."""


@value
class ReplyWire:
    """What the person answered."""

    at: datetime
    via: str
    text: str
    outcome: str


@value
class NotificationWire:
    """One message to one person on one channel: intent, attempts, outcome, answers."""

    id: int
    method: str
    target: str
    incident_id: int | None = None
    user: NotifiedUser
    notification_time: datetime
    """When it left, or is to leave."""
    status: Literal["SCHEDULED", "SUCCESS", "ERROR", "CANCELLED"]
    error_message: str | None = None
    state: State
    purpose: str
    reason: str | None = None
    """Why it is in this state."""
    level: int
    """1 is the first level; 0: before any."""
    cycle: int
    """1 is the first pass through the policy."""
    created_at: datetime
    release_time: datetime | None = None
    """When it is sent, if it waits; `reason` says why it waits."""
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    answered_at: datetime | None = None
    provider: int | None = None
    """The channel provider that carried it, or tries next."""
    attempts: tuple[AttemptWire, ...] = ()
    replies: tuple[ReplyWire, ...] = ()


@value
class SuggestedResponder:
    """Somebody who could be asked."""

    id: int
    name: str
    group: Literal["USER", "ESCALATION_POLICY", "ON_CALL_SCHEDULE"]
    disabled: bool
    """The incident is with them already."""


@history.get("/{id}/log-entries", "VIEW")
def list_log_entries(
    call: Call,
    number: Id,
    page: Paging,
    language: Language,
    include: Annotated[list[Literal["vars"]] | None, Query(max_length=5)] = None,
) -> list[LogEntryWire]:
    """The timeline, newest first, in the language asked for."""
    with call.read() as tx:
        incidents.get(tx, number)
        entries = log.timeline(tx, number, page.start, page.count)
        names = _names(tx, entries)
        return [_entry(entry, names, language, bool(include)) for entry in entries]


@history.get("/{id}/notifications", "VIEW")
def list_notifications(call: Call, number: Id) -> list[NotificationWire]:
    """The page ledger: every message about the incident, oldest first."""
    with call.read() as tx:
        incidents.get(tx, number)
        return shown_notifications(tx, notifications.of_incident(tx, number))


@history.get("/{id}/suggested-responders", "VIEW")
def suggest_responders(call: Call, number: Id, language: Language) -> list[SuggestedResponder]:
    """Users, policies and schedules that the incident could be assigned to."""
    del language
    with call.read() as tx:
        incident = incidents.get(tx, number)
        users = documents.listing(tx, USERS, 0, MOST_SUGGESTED)
        policies = documents.listing(tx, POLICIES, 0, MOST_SUGGESTED)
        return [
            *(_suggested(user, incident.assigned_to) for user in users if user.role not in BYSTANDERS),
            *(
                SuggestedResponder(
                    id=policy.id,
                    name=policy.name,
                    group="ESCALATION_POLICY",
                    disabled=policy.id == incident.escalation.policy_id,
                )
                for policy in policies
            ),
            *_suggested_schedules(tx, incident.assigned_to),
        ]


@history.get("/{id}/responder", "VIEW")
def suggest_responders_by_older_name(call: Call, number: Id, language: Language) -> list[SuggestedResponder]:
    """As suggested-responders."""
    return suggest_responders(call, number, language)


def _suggested_schedules(tx: Transaction, assigned_to: int | None) -> list[SuggestedResponder]:
    """Schedules; one that has nobody on call, or whom the incident is with already, is disabled."""
    found = documents.listing(tx, SCHEDULES, 0, MOST_SUGGESTED)
    shifts = present.at(tx, (schedule.id for schedule in found), tx.now).shifts
    users = {number: shift.user.id for number, shift in shifts.items() if shift}
    return [
        SuggestedResponder(
            id=schedule.id,
            name=schedule.name,
            group="ON_CALL_SCHEDULE",
            disabled=users.get(schedule.id, assigned_to) == assigned_to,
        )
        for schedule in found
    ]


def shown_notifications(tx: Transaction, found: Sequence[Notification]) -> list[NotificationWire]:
    """Notifications with their attempts, answers and receivers."""
    ids = [notification.id for notification in found]
    tries, said = notifications.attempts_of(tx, ids), notifications.replies_of(tx, ids)
    users = documents.many(tx, USERS, {notification.user_id for notification in found})
    return [_notification(n, users.get(n.user_id), tries.get(n.id, ()), said.get(n.id, ())) for n in found]


_STATUS: dict[State, Literal["SCHEDULED", "SUCCESS", "ERROR", "CANCELLED"]] = {
    "SCHEDULED": "SCHEDULED",
    "SENDING": "SCHEDULED",
    "SENT": "SUCCESS",
    "DELIVERED": "SUCCESS",
    "SEEN": "SUCCESS",
    "ANSWERED": "SUCCESS",
    "FAILED": "ERROR",
    "CANCELLED": "CANCELLED",
}


def _suggested(user: User, assigned_to: int | None) -> SuggestedResponder:
    return SuggestedResponder(id=user.id, name=user.name, group="USER", disabled=user.id == assigned_to)


def _names(tx: Transaction, entries: Iterable[Entry]) -> dict[int, str]:
    mentioned = {i for entry in entries for i in log_users(entry.vars)}
    return {user.id: user.name for user in documents.many(tx, USERS, mentioned).values()}


def _entry(entry: Entry, names: Mapping[int, str], language: Spoken, with_vars: bool) -> LogEntryWire:  # noqa: FBT001
    return LogEntryWire(
        id=entry.id,
        timestamp=entry.at,
        log_entry_type=f"{entry.type}LogEntry",
        text=log_text(entry.type, entry.by, entry.vars, names, language),
        incident_id=entry.incident_id,
        by=entry.by.name or None,
        via=entry.by.via,
        vars=dict(entry.vars) if with_vars else None,
    )


def _notification(
    n: Notification, user: User | None, tries: Sequence[Attempt], said: Sequence[Answer]
) -> NotificationWire:
    return NotificationWire(
        id=n.id,
        method=n.method,
        target=n.target if len(n.target) <= SHOWN_TARGET else f"{n.target[:SHOWN_TARGET]}…",
        incident_id=n.incident_id,
        user=NotifiedUser(
            id=n.user_id,
            firstname=user.first_name if user else None,
            lastname=user.last_name if user else None,
        ),
        notification_time=n.sent_at or n.due_at or n.created_at,
        status=_STATUS[n.state],
        error_message=n.reason if n.state == "FAILED" else None,
        state=n.state,
        purpose=n.purpose,
        reason=n.reason or None,
        level=n.level + 1,
        cycle=n.cycle + 1,
        created_at=n.created_at,
        release_time=n.due_at if n.state == "SCHEDULED" else None,
        delivered_at=n.delivered_at,
        seen_at=n.seen_at,
        answered_at=n.answered_at,
        provider=n.provider_id,
        attempts=tuple(_attempt(attempt) for attempt in tries),
        replies=tuple(ReplyWire(at=a.at, via=a.via, text=a.text, outcome=a.outcome) for a in said),
    )


def _attempt(attempt: Attempt) -> AttemptWire:
    return AttemptWire(
        number=attempt.number,
        started_at=attempt.started_at,
        finished_at=attempt.finished_at,
        outcome=attempt.outcome,
        answer=attempt.answer or None,
    )

"""The page ledger: intents, attempts, answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.delivery import Notification
from tocsin.core.incidents import Send
from tocsin.core.notifying import Purpose
from tocsin.kit.value import value
from tocsin.store.database import Row, Transaction, one_of
from tocsin.store.tables import attempts, contacts, incidents, notifications, replies

PAGING: tuple[Purpose, ...] = ("ALERT", "FALLBACK")
ALIVE = ("SCHEDULED", "SENDING", "SENT", "DELIVERED", "SEEN", "ANSWERED")
LEFT = ("SENT", "DELIVERED", "SEEN")
NO_LONGER_WANTED = "no longer wanted: answered, or started anew, meanwhile"
PERHAPS_SENT = f"may have arrived: we stopped before the answer came; {NO_LONGER_WANTED}"
"""Of a page whose attempt a crash cut short: the ledger does not claim that it never left."""
TOLD = ("SENDING", "SENT", "DELIVERED", "SEEN", "ANSWERED")

COLUMNS = tuple(Notification.__dataclass_fields__)


@value
class Attempt:
    """One try to deliver a notification."""

    id: int
    notification_id: int
    number: int
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str | None = None
    """SENT, TEMPORARY, PERMANENT or UNKNOWN; None while it runs, or after a crash."""
    answer: str = ""


@value
class Answer:
    """What a person answered, and what came of it."""

    notification_id: int
    at: datetime
    via: str
    text: str
    outcome: str


def schedule(tx: Transaction, wanted: Sequence[tuple[int, Send]]) -> list[int]:
    """Store intents (incident, page). The unique key makes doing it twice harmless."""
    if not wanted:
        return []
    ids = tx.ids("notifications", len(wanted))
    rows = [
        _intent(number, incident_id, send, tx.now)
        for number, (incident_id, send) in zip(ids, wanted, strict=True)
    ]
    tx.insert(notifications, rows)
    # Only the lanes concerned: each that is woken for nothing asks the database twice.
    tx.wake(*{f"deliveries:{send.page.method}" for _, send in wanted})
    return ids


def schedule_notice(
    tx: Transaction, user_id: int, contact_id: int | None, target: str, content: dict[str, Any]
) -> int:
    """Store a message that is about no incident: an invitation, a notice to an administrator.

    `content` is {purpose, method, headline, text, url}.
    """
    number = tx.next_id("notifications")
    blank = {"incident_id": None, "generation": 0, "cycle": 0, "level": 0, "sent_at": None}
    tx.run(
        sa.insert(notifications),
        {
            **blank,
            "id": number,
            "user_id": user_id,
            "contact_id": contact_id,
            "method": content["method"],
            "target": target,
            "purpose": content["purpose"],
            "rule": "notice",
            "state": "SCHEDULED",
            "due_at": tx.now,
            "created_at": tx.now,
            "attempts": 0,
            "reason": "",
            "content": content,
        },
    )
    tx.wake(f"deliveries:{content['method']}")
    return number


def supersede(
    tx: Transaction,
    incident_ids: Iterable[int],
    reason: str,
    user_ids: Sequence[int] | None,
    purposes: Sequence[Purpose] = PAGING,
) -> None:
    """Cancel the pages of these incidents that still wait to be sent, or what else of these purposes."""
    condition = sa.and_(
        one_of(notifications.c.incident_id, incident_ids),
        notifications.c.state == "SCHEDULED",
        notifications.c.purpose.in_(purposes),
    )
    if user_ids is not None:
        condition &= notifications.c.user_id.in_(user_ids)
    tx.run(sa.update(notifications).where(condition).values(state="CANCELLED", due_at=None, reason=reason))


def hasten(tx: Transaction, failed: Notification) -> bool:
    """A page failed for good: the same person's next waiting page of the step is due now."""
    same_step = sa.and_(
        notifications.c.incident_id == failed.incident_id,
        notifications.c.generation == failed.generation,
        notifications.c.user_id == failed.user_id,
        notifications.c.state == "SCHEDULED",
        notifications.c.purpose == failed.purpose,
        notifications.c.attempts == 0,
    )
    following = tx.first(
        sa.select(notifications.c.id, notifications.c.method)
        .where(same_step)
        .order_by(notifications.c.due_at, notifications.c.id)
        .limit(1)
    )
    if following is None:
        return False
    tx.run(sa.update(notifications).where(notifications.c.id == following.id).values(due_at=tx.now))
    tx.wake(f"deliveries:{following.method}")
    return True


def of_incident(tx: Transaction, incident_id: int) -> list[Notification]:
    """The ledger of an incident, oldest first."""
    return of_incidents(tx, (incident_id,))


def of_incidents(tx: Transaction, incident_ids: Iterable[int]) -> list[Notification]:
    """The ledger of several incidents, oldest first."""
    query = sa.select(*(notifications.c[name] for name in COLUMNS)).where(
        notifications.c.incident_id.in_(list(incident_ids))
    )
    return [notification_of(row) for row in tx.all(query.order_by(notifications.c.id))]


def one(tx: Transaction, notification_id: int) -> Notification | None:
    """One notification."""
    query = sa.select(*(notifications.c[name] for name in COLUMNS)).where(
        notifications.c.id == notification_id
    )
    row = tx.first(query)
    return notification_of(row) if row else None


def of_user(tx: Transaction, user_id: int, limit: int) -> list[Notification]:
    """The last messages to a user's addresses, newest first."""
    addresses = sa.select(contacts.c.id).where(contacts.c.user_id == user_id)
    query = sa.select(*(notifications.c[name] for name in COLUMNS)).where(
        notifications.c.contact_id.in_(addresses)
    )
    return [notification_of(row) for row in tx.all(query.order_by(notifications.c.id.desc()).limit(limit))]


def count_to(tx: Transaction, contact_id: int, purpose: str, since: datetime) -> int:
    """How many messages of a purpose were meant for an address since then."""
    query = sa.select(sa.func.count()).where(
        notifications.c.contact_id == contact_id,
        notifications.c.purpose == purpose,
        notifications.c.created_at > since,
    )
    return int(tx.scalar(query) or 0)


def contents(tx: Transaction, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What PLAIN notifications tell, by notification."""
    wanted = list(ids)
    if not wanted:
        return {}
    query = sa.select(notifications.c.id, notifications.c.content).where(
        notifications.c.id.in_(wanted), notifications.c.content.is_not(None)
    )
    return {row.id: row.content for row in tx.all(query)}


def attempts_of(tx: Transaction, ids: Iterable[int]) -> dict[int, list[Attempt]]:
    """Every attempt of these notifications, in order."""
    query = sa.select(attempts).where(attempts.c.notification_id.in_(list(ids))).order_by(attempts.c.id)
    found: dict[int, list[Attempt]] = {}
    for row in tx.all(query):
        attempt = Attempt(
            id=row.id,
            notification_id=row.notification_id,
            number=row.number,
            started_at=row.started_at,
            finished_at=row.finished_at,
            outcome=row.outcome,
            answer=row.answer,
        )
        found.setdefault(row.notification_id, []).append(attempt)
    return found


DID_NOTHING = ("NOT_UNDERSTOOD", "UNKNOWN", "REPEAT")
"""Outcomes of answers that are no answer yet."""


def add_reply(tx: Transaction, answer: Answer) -> None:
    """Write down what a person answered; the notification is answered then."""
    row = {"id": tx.next_id("replies"), "notification_id": answer.notification_id, "at": answer.at}
    tx.run(sa.insert(replies), {**row, "via": answer.via, "text": answer.text, "outcome": answer.outcome})
    if answer.outcome in DID_NOTHING:
        return
    here = sa.and_(notifications.c.id == answer.notification_id, notifications.c.answered_at.is_(None))
    tx.run(sa.update(notifications).where(here).values(answered_at=answer.at, report_due_at=None))
    left = sa.and_(notifications.c.id == answer.notification_id, notifications.c.state.in_(LEFT))
    tx.run(sa.update(notifications).where(left).values(state="ANSWERED"))


def replies_of(tx: Transaction, ids: Iterable[int]) -> dict[int, list[Answer]]:
    """Every answer to these notifications, in order."""
    query = sa.select(replies).where(replies.c.notification_id.in_(list(ids))).order_by(replies.c.id)
    found: dict[int, list[Answer]] = {}
    for row in tx.all(query):
        answer = Answer(
            notification_id=row.notification_id, at=row.at, via=row.via, text=row.text, outcome=row.outcome
        )
        found.setdefault(row.notification_id, []).append(answer)
    return found


def no_longer_wanted(tx: Transaction, ids: Iterable[int]) -> set[int]:
    """Of these notifications the pages that nobody needs any more.

    Their incident was answered after they were written, or its escalation started anew since.
    """
    n, i = notifications.c, incidents.c
    answered = sa.or_(i.status == "RESOLVED", sa.and_(i.status == "ACCEPTED", n.created_at <= i.accepted_at))
    query = (
        sa.select(n.id)
        .join(incidents, i.id == n.incident_id)
        .where(n.id.in_(list(ids)), n.purpose.in_(PAGING))
        .where(sa.or_(answered, i.generation != n.generation))
    )
    return {row.id for row in tx.all(query)}


def _intent(number: int, incident_id: int, send: Send, now: datetime) -> dict[str, Any]:
    page = send.page
    return {
        "id": number,
        "incident_id": incident_id,
        "user_id": page.user_id,
        "contact_id": page.contact_id,
        "method": page.method,
        "target": page.target,
        "purpose": page.purpose,
        "generation": send.generation,
        "cycle": send.cycle,
        "level": send.level,
        "rule": page.rule,
        "state": "SCHEDULED",
        "due_at": page.due_at,
        "created_at": now,
        "attempts": 0,
        "sent_at": None,
        "reason": "the address is not verified yet" if page.unverified else "",
        "content": dict(page.content) if page.content else None,
    }


def notification_of(row: Row) -> Notification:
    """A notification out of its row."""
    return Notification(**{name: getattr(row, name) for name in COLUMNS})

"""The page ledger: intents, attempts, answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.delivery import LEASE, Notification
from tocsin.core.incidents import Send
from tocsin.core.people import Method
from tocsin.kit.value import replace, value
from tocsin.store.database import Row, Transaction, one_of
from tocsin.store.tables import attempts, incidents, notifications, replies

PAGING = ("ALERT", "FALLBACK")
ALIVE = ("SCHEDULED", "SENDING", "SENT", "DELIVERED")
NO_LONGER_WANTED = "no longer wanted: answered, or started anew, meanwhile"
PERHAPS_SENT = f"may have arrived: we stopped before the answer came; {NO_LONGER_WANTED}"
"""Of a page whose attempt a crash cut short: the ledger does not claim that it never left."""
TOLD = ("SENDING", "SENT", "DELIVERED")

_COLUMNS = tuple(Notification.__dataclass_fields__)


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
    tx.wake("deliveries")
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
    tx.wake("deliveries")
    return number


def supersede(
    tx: Transaction, incident_ids: Iterable[int], reason: str, user_ids: Sequence[int] | None
) -> None:
    """Cancel the pages of these incidents that still wait to be sent."""
    condition = sa.and_(
        one_of(tx, notifications.c.incident_id, incident_ids),
        notifications.c.state == "SCHEDULED",
        notifications.c.purpose.in_(PAGING),
    )
    if user_ids is not None:
        condition &= notifications.c.user_id.in_(user_ids)
    tx.run(sa.update(notifications).where(condition).values(state="CANCELLED", due_at=None, reason=reason))


def lease(tx: Transaction, methods: Sequence[Method], limit: int) -> list[Notification]:
    """Take due notifications for sending: each gets an attempt, written down before anything is sent.

    One whose lease ran out is taken again: what became of the earlier attempt is unknown.
    Of several due for the same address, incident and purpose the first is sent and the others
    are cancelled: after a pause of ours nobody gets the same message twice.
    """
    query = (
        sa.select(*(notifications.c[name] for name in _COLUMNS))
        .where(notifications.c.due_at <= tx.now, notifications.c.method.in_(methods))
        .order_by(notifications.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due = [_notification(row) for row in tx.all(query)]
    wanted, dropped = _still_wanted(tx, due)
    first, twins = _bundled(wanted)
    for number, reason in dropped + twins:
        change = {"state": "CANCELLED", "due_at": None, "reason": reason}
        tx.run(sa.update(notifications).where(notifications.c.id == number).values(change))
    leased = [replace(n, state="SENDING", due_at=tx.now + LEASE, attempts=n.attempts + 1) for n in first]
    if not leased:
        return []
    tx.run(_LEASED, [{"wanted_id": n.id, "due": n.due_at, "number": n.attempts} for n in leased])
    started = [
        {"id": i, "notification_id": n.id, "number": n.attempts, "started_at": tx.now, "answer": ""}
        for i, n in zip(tx.ids("attempts", len(leased)), leased, strict=True)
    ]
    tx.insert(attempts, started)
    return leased


_LEASED = (
    sa.update(notifications)
    .where(notifications.c.id == sa.bindparam("wanted_id"))
    .values(state="SENDING", due_at=sa.bindparam("due"), attempts=sa.bindparam("number"))
)


def held(tx: Transaction, leased: Sequence[tuple[int, int]]) -> dict[int, Notification]:
    """Of (id, attempt number) pairs those that still hold their lease, locked: the fencing check."""
    numbers = dict(leased)
    query = (
        sa.select(*(notifications.c[name] for name in _COLUMNS))
        .where(notifications.c.id.in_(numbers))
        .order_by(notifications.c.id)
        .with_for_update()
    )
    found = (_notification(row) for row in tx.all(query))
    return {n.id: n for n in found if n.attempts == numbers[n.id] and n.state == "SENDING"}


_SETTLED = (
    sa.update(notifications)
    .where(notifications.c.id == sa.bindparam("wanted_id"))
    .values({name: sa.bindparam(name) for name in ("state", "due_at", "sent_at", "reason")})
)
_FINISHED = (
    sa.update(attempts)
    .where(
        attempts.c.notification_id == sa.bindparam("wanted_id"),
        attempts.c.number == sa.bindparam("wanted_number"),
    )
    .values({name: sa.bindparam(name) for name in ("finished_at", "outcome", "answer")})
)


def settle(tx: Transaction, settled: Sequence[Notification]) -> None:
    """Store the states of notifications after their attempts."""
    if settled:
        rows = [
            {
                "wanted_id": n.id,
                "state": n.state,
                "due_at": n.due_at,
                "sent_at": n.sent_at,
                "reason": n.reason,
            }
            for n in settled
        ]
        tx.run(_SETTLED, rows)
        tx.wake("log")


def finish(tx: Transaction, results: Sequence[tuple[int, int, str, str]]) -> None:
    """Write down how attempts ended: (notification, number, outcome, answer)."""
    rows = [
        {"wanted_id": i, "wanted_number": number, "finished_at": tx.now, "outcome": outcome, "answer": answer}
        for i, number, outcome, answer in results
    ]
    if rows:
        tx.run(_FINISHED, rows)


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
    following = tx.scalar(
        sa.select(notifications.c.id)
        .where(same_step)
        .order_by(notifications.c.due_at, notifications.c.id)
        .limit(1)
    )
    if following is None:
        return False
    tx.run(sa.update(notifications).where(notifications.c.id == following).values(due_at=tx.now))
    tx.wake("deliveries")
    return True


def of_incident(tx: Transaction, incident_id: int) -> list[Notification]:
    """The ledger of an incident, oldest first."""
    query = sa.select(*(notifications.c[name] for name in _COLUMNS)).where(
        notifications.c.incident_id == incident_id
    )
    return [_notification(row) for row in tx.all(query.order_by(notifications.c.id))]


def one(tx: Transaction, notification_id: int) -> Notification | None:
    """One notification."""
    query = sa.select(*(notifications.c[name] for name in _COLUMNS)).where(
        notifications.c.id == notification_id
    )
    row = tx.first(query)
    return _notification(row) if row else None


def contents(tx: Transaction, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The text of notices, by notification."""
    query = sa.select(notifications.c.id, notifications.c.content).where(
        notifications.c.id.in_(list(ids)), notifications.c.content.is_not(None)
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


def add_reply(tx: Transaction, answer: Answer) -> None:
    """Write down what a person answered."""
    row = {"id": tx.next_id("replies"), "notification_id": answer.notification_id, "at": answer.at}
    tx.run(sa.insert(replies), {**row, "via": answer.via, "text": answer.text, "outcome": answer.outcome})


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


def next_due(tx: Transaction, methods: Sequence[Method]) -> datetime | None:
    """When the next notification of these methods is due."""
    query = sa.select(sa.func.min(notifications.c.due_at)).where(
        notifications.c.due_at.is_not(None), notifications.c.method.in_(methods)
    )
    found: datetime | None = tx.scalar(query)
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


def _still_wanted(
    tx: Transaction, due: Sequence[Notification]
) -> tuple[list[Notification], list[tuple[int, str]]]:
    """Split off pages that nobody needs any more: their lease ran out unsettled."""
    again = [n.id for n in due if n.state == "SENDING"]
    late = no_longer_wanted(tx, again) if again else set()
    return [n for n in due if n.id not in late], [(number, PERHAPS_SENT) for number in sorted(late)]


def _bundled(due: Sequence[Notification]) -> tuple[list[Notification], list[tuple[int, str]]]:
    """Split into those to send and (twin, why it is not sent).

    The page of the latest step is the one that is sent: its outcome tells whether that step reached somebody.
    """
    kept: dict[object, Notification] = {}
    twins: list[tuple[int, str]] = []
    for n in sorted(due, key=lambda n: (n.generation, n.cycle, n.level), reverse=True):
        same = (n.incident_id, n.user_id, n.contact_id, n.purpose) if n.incident_id else n.id
        if same in kept:
            twins.append((n.id, f"sent together with notification {kept[same].id}"))
        else:
            kept[same] = n
    return sorted(kept.values(), key=lambda n: n.due_at or n.created_at), twins


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
        "content": None,
    }


def _notification(row: Row) -> Notification:
    return Notification(**{name: getattr(row, name) for name in _COLUMNS})

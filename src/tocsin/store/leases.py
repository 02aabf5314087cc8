"""Taking notifications for sending, and writing down what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.delivery import LEASE, Notification
from tocsin.core.notifying import PLAIN
from tocsin.core.people import Method
from tocsin.kit.value import replace
from tocsin.store import throttling
from tocsin.store.database import NOW, WANTED, Transaction
from tocsin.store.notifications import COLUMNS, PAGING, PERHAPS_SENT, no_longer_wanted, notification_of
from tocsin.store.tables import attempts, notifications

_PAGES_FIRST = sa.case((notifications.c.purpose.in_(PAGING), 0), else_=1)
"""Nobody is asked later because many are to be kept informed."""
_DUE = (
    sa.select(*(notifications.c[name] for name in COLUMNS))
    .where(notifications.c.due_at <= NOW, notifications.c.method.in_(WANTED))
    .order_by(_PAGES_FIRST, notifications.c.due_at, notifications.c.id)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)
_NEXT_DUE = sa.select(sa.func.min(notifications.c.due_at)).where(
    notifications.c.due_at.is_not(None), notifications.c.method.in_(WANTED)
)


def lease(
    tx: Transaction, methods: Sequence[Method], limit: int, provider_id: int | None = None
) -> list[Notification]:
    """Take due notifications for sending: each gets an attempt, written down before anything is sent.

    One whose lease ran out is taken again: what became of the earlier attempt is unknown.
    Of several due for the same address, incident and purpose the first is sent and the others
    are cancelled: after a pause of ours nobody gets the same message twice. With `provider_id` only
    what that provider is to send.
    """
    query = _DUE if provider_id is None else _DUE.where(notifications.c.provider_id == provider_id)
    rows = tx.all(query, {"now": tx.now, "wanted": list(methods), "most": limit})
    due = _unsettled(tx, [notification_of(row) for row in rows])
    wanted, dropped = _still_wanted(tx, due)
    first, twins = _bundled(wanted)
    cancel(tx, dropped + twins)
    first = throttling.allowed(tx, first)
    leased = [replace(n, state="SENDING", due_at=tx.now + LEASE, attempts=n.attempts + 1) for n in first]
    if not leased:
        return []
    tx.run(_LEASED, [{"wanted_id": n.id, "due": n.due_at, "number": n.attempts} for n in leased])
    numbers = tx.ids("attempts", len(leased))
    tx.insert(attempts, [_started(i, n, tx.now) for i, n in zip(numbers, leased, strict=True)])
    return leased


def _started(number: int, n: Notification, now: datetime) -> dict[str, Any]:
    plain = {"id": number, "notification_id": n.id, "number": n.attempts, "started_at": now, "answer": ""}
    return {**plain, "provider_id": n.provider_id}


def _unsettled(tx: Transaction, due: Sequence[Notification]) -> list[Notification]:
    """Without those that a report or an answer has settled since their lease was taken."""
    done = [replace(n, state=n.heard_of, due_at=None, sent_at=n.sent_at or tx.now) for n in due if n.arrived]
    settle(tx, done)
    return [n for n in due if not n.arrived]


_LEASED = (
    sa.update(notifications)
    .where(notifications.c.id == sa.bindparam("wanted_id"))
    .values(state="SENDING", due_at=sa.bindparam("due"), attempts=sa.bindparam("number"))
)


def held(tx: Transaction, leased: Sequence[tuple[int, int]]) -> dict[int, Notification]:
    """Of (id, attempt number) pairs those that still hold their lease, locked: the fencing check."""
    numbers = dict(leased)
    query = (
        sa.select(*(notifications.c[name] for name in COLUMNS))
        .where(notifications.c.id.in_(numbers))
        .order_by(notifications.c.id)
        .with_for_update()
    )
    found = (notification_of(row) for row in tx.all(query))
    return {n.id: n for n in found if n.attempts == numbers[n.id] and n.state == "SENDING"}


SETTLED = ("state", "due_at", "sent_at", "reason", "provider_id", "reference", "report_due_at")
_SETTLED = (
    sa.update(notifications)
    .where(notifications.c.id == sa.bindparam("wanted_id"))
    .values({name: sa.bindparam(name) for name in SETTLED})
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
        rows = [{"wanted_id": n.id, **{name: getattr(n, name) for name in SETTLED}} for n in settled]
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


def next_due(tx: Transaction, methods: Sequence[Method], provider_id: int | None = None) -> datetime | None:
    """When the next notification of these methods is due; with `provider_id`, of that provider."""
    query = _NEXT_DUE if provider_id is None else _NEXT_DUE.where(notifications.c.provider_id == provider_id)
    found: datetime | None = tx.scalar(query, {"wanted": list(methods)})
    return found


def cancel(tx: Transaction, numbers: Sequence[tuple[int, str]]) -> None:
    """These are not sent, each for its reason."""
    for number, reason in numbers:
        change = {"state": "CANCELLED", "due_at": None, "reason": reason}
        tx.run(sa.update(notifications).where(notifications.c.id == number).values(change))


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
        same = n.id if n.purpose in PLAIN else (n.incident_id, n.user_id, n.contact_id, n.method, n.purpose)
        if same in kept:
            twins.append((n.id, f"sent together with notification {kept[same].id}"))
        else:
            kept[same] = n
    return sorted(kept.values(), key=lambda n: n.due_at or n.created_at), twins

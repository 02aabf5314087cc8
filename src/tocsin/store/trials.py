"""When each user gets the next test page, and what became of the last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from tocsin.core.notices import test_page
from tocsin.core.notifying import plan
from tocsin.core.people import Person
from tocsin.kit.value import replace, value
from tocsin.store import notifications
from tocsin.store.database import Transaction
from tocsin.store.tables import test_pages as t
from tocsin.store.tables import users

EVERY = timedelta(days=30)


@value
class TestPage:
    """A user's test pages."""

    user_id: int
    due_at: datetime | None = None
    """When the next is sent; None: never."""
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    """When the last was answered."""


def of_users(tx: Transaction, user_ids: Iterable[int]) -> dict[int, TestPage]:
    """The test pages of these users; who never switched them is left out."""
    query = sa.select(t).where(t.c.user_id.in_(list(user_ids)))
    return {
        row.user_id: TestPage(
            user_id=row.user_id, due_at=row.due_at, sent_at=row.sent_at, answered_at=row.answered_at
        )
        for row in tx.all(query)
    }


def switch(tx: Transaction, user_id: int, *, on: bool) -> TestPage:
    """Switch test pages on (the next comes in a month) or off."""
    known = of_users(tx, (user_id,)).get(user_id)
    due = (known.due_at if known and known.due_at else tx.now + EVERY) if on else None
    _put(tx, user_id, known, {"due_at": due})
    tx.wake("providers")
    return of_users(tx, (user_id,))[user_id]


def adopt(tx: Transaction) -> None:
    """Users of an older release get their first test page in a month."""
    known = sa.select(t.c.user_id)
    fresh = tx.all(sa.select(users.c.id).where(users.c.id.not_in(known), users.c.deleted_at.is_(None)))
    for row in fresh:
        _put(tx, row.id, None, {"due_at": tx.now + EVERY})


def send(tx: Transaction, person: Person) -> int:
    """One test page by every way that a page of high priority would take, each once, at once; how many."""
    heard = replace(person, muted_until=None)
    content = {"purpose": "TEST", "answerable": True, **test_page(person.language)}
    pages = {(p.contact_id, p.method): p for p in plan(heard, "HIGH", tx.now).pages}
    for page in pages.values():
        said = {**content, "method": page.method}
        notifications.schedule_notice(tx, person.id, page.contact_id, page.target, said)
    known = of_users(tx, (person.id,)).get(person.id)
    _put(tx, person.id, known, {"sent_at": tx.now, "answered_at": None})
    return len(pages)


def take_due(tx: Transaction, limit: int) -> list[int]:
    """Users whose test page is due now; their next is due in a month."""
    query = sa.select(t.c.user_id).where(t.c.due_at <= tx.now).limit(limit).with_for_update(skip_locked=True)
    ids = [row.user_id for row in tx.all(query)]
    if ids:
        tx.run(sa.update(t).where(t.c.user_id.in_(ids)).values(due_at=tx.now + EVERY))
    return ids


def postpone(tx: Transaction, user_id: int, until: datetime) -> None:
    """The next test page of a user is due then."""
    tx.run(sa.update(t).where(t.c.user_id == user_id).values(due_at=until))


def answered(tx: Transaction, user_id: int) -> None:
    """The user answered a test page."""
    tx.run(sa.update(t).where(t.c.user_id == user_id).values(answered_at=tx.now))


def next_due(tx: Transaction) -> datetime | None:
    """When the next test page is due."""
    found: datetime | None = tx.scalar(sa.select(sa.func.min(t.c.due_at)).where(t.c.due_at.is_not(None)))
    return found


def _put(tx: Transaction, user_id: int, known: TestPage | None, change: dict[str, datetime | None]) -> None:
    if known is None:
        blank = {"user_id": user_id, "due_at": None, "sent_at": None, "answered_at": None}
        tx.run(sa.insert(t), {**blank, **change})
    else:
        tx.run(sa.update(t).where(t.c.user_id == user_id).values(change))

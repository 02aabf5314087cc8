"""Messages to people that are about no incident: requests, reminders, what administrators must know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.notifying import Page, Purpose, everywhere
from tocsin.core.people import Person
from tocsin.kit.value import value
from tocsin.store import notifications, people
from tocsin.store.database import Transaction
from tocsin.store.tables import users

MOST_TEXT = 8_000


@value
class Words:
    """What is said, in the person's language."""

    headline: str
    text: str


def tell(tx: Transaction, purpose: Purpose, words: Words, pages: Iterable[Page]) -> None:
    """Send a message to these addresses."""
    for page in pages:
        content = {
            "purpose": purpose,
            "method": page.method,
            "headline": words.headline[:300],
            "text": words.text[:MOST_TEXT],
        }
        notifications.schedule_notice(tx, page.user_id, page.contact_id, page.target, content)


def quietly(person: Person, now: datetime) -> tuple[Page, ...]:
    """Where a person reads what is not urgent: their devices, else mail, else wherever but by a call."""
    pages = [page for page in everywhere(person, now) if page.method != "VOICE"]
    for method in ("PUSH", "EMAIL"):
        if found := tuple(page for page in pages if page.method == method):
            return found
    return tuple(pages)


def administrators(tx: Transaction) -> list[Person]:
    """Everybody who looks after the account: its owner and the administrators."""
    query = sa.select(users.c.id).where(users.c.role.in_(("OWNER", "ADMIN")), users.c.deleted_at.is_(None))
    found = people.load(tx, (row.id for row in tx.all(query.order_by(users.c.id))))
    return list(found.values())

"""Messages to people that are about no incident: each goes out once on every address that is named."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from tocsin.core.notifying import Purpose
from tocsin.core.people import Contact, Person
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


def tell(
    tx: Transaction,
    person: Person,
    purpose: Purpose,
    words: Words,
    methods: Collection[str] | None = None,
) -> int:
    """Tell a person by these methods, or everywhere; also if none of them works. Says how often."""
    chosen = _addresses(person, methods)
    for contact in chosen:
        content = {
            "purpose": purpose,
            "method": contact.method,
            "headline": words.headline[:300],
            "text": words.text[:MOST_TEXT],
        }
        notifications.schedule_notice(tx, person.id, contact.id, contact.target, content)
    return len(chosen)


def administrators(tx: Transaction) -> list[Person]:
    """Everybody who looks after the account: its owner and the administrators."""
    query = sa.select(users.c.id).where(users.c.role.in_(("OWNER", "ADMIN")), users.c.deleted_at.is_(None))
    found = people.load(tx, (row.id for row in tx.all(query.order_by(users.c.id))))
    return list(found.values())


def _addresses(person: Person, methods: Collection[str] | None) -> list[Contact]:
    usable = [contact for contact in person.contacts if contact.usable]
    if methods is None:
        return usable
    return [
        next(c for c in usable if c.method == m) for m in methods if any(c.method == m for c in usable)
    ] or (usable if methods else [])

"""Messages to people that are about no incident: requests, reminders, what administrators must know."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from tocsin.core.notifying import Page, Purpose, quietly
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
    path: str = ""
    """Of the page where there is something to do; "" for none."""


def tell(tx: Transaction, purpose: Purpose, words: Words, pages: Iterable[Page]) -> None:
    """Send a message to these addresses."""
    for page in pages:
        content = {
            "purpose": purpose,
            "method": page.method,
            "headline": words.headline[:300],
            "text": words.text[:MOST_TEXT],
            "path": words.path,
        }
        notifications.schedule_notice(tx, page.user_id, page.contact_id, page.target, content)


def tell_administrators(tx: Transaction, words: Callable[[Person], tuple[str, str]]) -> None:
    """Send a notice to everybody who looks after the account; `words` gives headline and text."""
    query = sa.select(users.c.id).where(users.c.role.in_(("OWNER", "ADMIN")), users.c.deleted_at.is_(None))
    found = people.load(tx, (row.id for row in tx.all(query.order_by(users.c.id))))
    for person in found.values():
        headline, text = words(person)
        tell(tx, "NOTICE", Words(headline=headline, text=text), quietly(person, tx.now))

"""The monthly test page: by each of the person's ways for high priority, to be answered by any of them."""

from __future__ import annotations

from tocsin.core.notices import test_page
from tocsin.core.notifying import plan
from tocsin.core.people import Person
from tocsin.kit.value import replace
from tocsin.store import notifications, people, trials
from tocsin.store.database import Transaction

_AT_ONCE = 50


def send_due(tx: Transaction) -> int:
    """Send the test pages that are due; says how many users that were."""
    ids = trials.take_due(tx, _AT_ONCE)
    for person in people.load(tx, ids).values():
        send(tx, person)
    return len(ids)


def send(tx: Transaction, person: Person) -> None:
    """One test page by every way that a page of high priority would take, each way once, at once."""
    heard = replace(person, muted_until=None)
    content = {"purpose": "TEST", "answerable": True, **test_page(person.language)}
    pages = {(p.contact_id, p.method): p for p in plan(heard, "HIGH", tx.now).pages}
    for page in pages.values():
        said = {**content, "method": page.method}
        notifications.schedule_notice(tx, person.id, page.contact_id, page.target, said)

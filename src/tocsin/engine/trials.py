"""The monthly test page: due by a column, like everything else."""

from __future__ import annotations

from tocsin.core.people import BYSTANDERS
from tocsin.store import people, trials
from tocsin.store.database import Transaction

_AT_ONCE = 50


def send_due(tx: Transaction) -> int:
    """Send the test pages that are due; says how many users that were.

    A muted person is tested when that is over; who is only kept informed is asked nothing.
    """
    ids = trials.take_due(tx, _AT_ONCE)
    for person in people.load(tx, ids).values():
        if person.muted_until is not None and person.muted(tx.now):
            trials.postpone(tx, person.id, person.muted_until)
        elif person.role not in BYSTANDERS:
            trials.send(tx, person)
    return len(ids)

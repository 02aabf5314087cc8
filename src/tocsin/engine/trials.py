"""The monthly test page: due by a column, like everything else."""

from __future__ import annotations

from tocsin.store import people, trials
from tocsin.store.database import Transaction

_AT_ONCE = 50


def send_due(tx: Transaction) -> int:
    """Send the test pages that are due; says how many users that were."""
    ids = trials.take_due(tx, _AT_ONCE)
    for person in people.load(tx, ids).values():
        trials.send(tx, person)
    return len(ids)

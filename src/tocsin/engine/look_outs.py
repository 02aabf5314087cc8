"""Once a day: who has nobody on call in the next 14 days? Those who look after the account are told."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.core import duty_words
from tocsin.core.coverage import Coverage, coverage
from tocsin.kit.clock import from_micros, to_micros
from tocsin.store import decisions, documents, facts, policies, telling
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import POLICIES

AHEAD = timedelta(days=14)
EVERY = timedelta(hours=24)
MOST_POLICIES = 1_000
FACT = "look-out"


def step(db: Database) -> int:
    """Look, if it is time, and tell; whether it was."""
    with db.read() as tx:
        if _due(tx) > tx.now:
            return 0
        found = [one for one in _looked_at(tx) if one.uncovered or one.broken]
    with db.write() as tx:
        # Another process may have been quicker.
        if _due(tx) > tx.now:
            return 0
        facts.put(tx, FACT, {"due": to_micros(tx.now + EVERY)})
        if found:
            telling.tell_administrators(tx, lambda person: duty_words.holes(found, person))
    return 1


def next_due(db: Database) -> datetime | None:
    """When the next look is due."""
    with db.read() as tx:
        return _due(tx)


def _due(tx: Transaction) -> datetime:
    known = facts.get(tx, FACT)
    return from_micros(known["due"]) if known else tx.now


def _looked_at(tx: Transaction) -> list[Coverage]:
    """The coverage of every policy that an alert source uses."""
    used = documents.many(tx, POLICIES, policies.used(tx)[:MOST_POLICIES], deleted=False)
    return [
        coverage(decisions.surroundings_of_policy(tx, policy), tx.now, tx.now + AHEAD)
        for policy in used.values()
    ]

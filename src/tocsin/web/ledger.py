"""Lines of the ledger, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tocsin.core.delivery import Notification
from tocsin.core.people import Person
from tocsin.store import notifications, people
from tocsin.store.database import Transaction
from tocsin.store.notifications import Answer, Attempt


@dataclass(frozen=True, kw_only=True)
class Told:
    """A line of the ledger: one notification with its attempts and answers."""

    notification: Notification
    person: Person | None
    attempts: list[Attempt]
    replies: list[Answer]

    @property
    def ended(self) -> datetime | None:
        """When the last attempt ended."""
        return self.attempts[-1].finished_at if self.attempts else None


def lines(tx: Transaction, sent: Sequence[Notification]) -> list[Told]:
    """What became of these notifications, in their order."""
    ids = [n.id for n in sent]
    tried, answered = notifications.attempts_of(tx, ids), notifications.replies_of(tx, ids)
    told = people.load(tx, {n.user_id for n in sent}, deleted=True)
    return [
        Told(
            notification=n,
            person=told.get(n.user_id),
            attempts=tried.get(n.id, []),
            replies=answered.get(n.id, []),
        )
        for n in sent
    ]

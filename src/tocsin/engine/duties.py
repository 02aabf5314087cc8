"""The duties loop: reminders before shifts, hand-overs, calendars in step. One transaction a step; exactly once.

A schedule that cannot be computed is set aside with its reason: it stalls no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from tocsin.core import duties as rules
from tocsin.core import duty_words
from tocsin.core.on_call import Roster
from tocsin.core.people import Person
from tocsin.core.schedules import Shift
from tocsin.store import duties, people, present, schedules, telling
from tocsin.store.database import Database, Row, Transaction

BATCH = 5
"""Few: the writer is held while they are looked at, and a page may wait for it."""
AHEAD = timedelta(days=182)
"""How far calendars see."""
MOST_EVENTS = 1_000
"""Shifts that calendars see ahead: of hourly turns there are thousands."""

_REFUSED = (DataError, IntegrityError)

log = structlog.get_logger()


def step(db: Database) -> int:
    """Look at every schedule that is due; how many there were."""
    try:
        with db.write() as tx:
            return _look_at(tx, duties.due(tx, BATCH))
    except _REFUSED:
        log.exception("a look failed; trying one schedule at a time")
        return _one_by_one(db)


def next_due(db: Database) -> datetime | None:
    """When the next schedule is due."""
    with db.read() as tx:
        return duties.next_due(tx)


def _one_by_one(db: Database) -> int:
    """One that the database does not take is set aside by itself: its transaction is lost."""
    with db.write() as tx:
        ids = [row.id for row in duties.due(tx, BATCH)]
    for number in ids:
        try:
            with db.write() as tx:
                _look_at(tx, duties.due(tx, 1, only=number))
        except _REFUSED as wrong:
            with db.write() as tx:
                for row in duties.due(tx, 1, only=number):
                    duties.quarantine(tx, row, f"{wrong.orig}", tx.now + rules.LOOK_AGAIN)
    return len(ids)


def _look_at(tx: Transaction, found: Sequence[Row]) -> int:
    for row in found:
        _look(tx, row)
    # The loop looks for what is due next after every step: it need not wake itself.
    tx.topics.discard("duties")
    return len(found)


def _look(tx: Transaction, row: Row) -> None:
    try:
        recent = _shifts(tx, row)
    except schedules.FAULTS as wrong:
        log.exception("schedule set aside", schedule=row.id)
        duties.quarantine(tx, row, f"{wrong}", tx.now + rules.LOOK_AGAIN)
        return
    shifts = [shift for shift in recent if shift.end > tx.now][:MOST_EVENTS]
    until = shifts[-1].start if len(shifts) >= MOST_EVENTS else tx.now + AHEAD
    begun = shifts[0].start if shifts else tx.now
    published = rules.publish(duties.events(tx, row.id, min(begun, tx.now)), shifts, until, tx.now)
    duties.save_events(tx, row.id, published.changed)
    duties.forget_events(tx, row.id, tx.now - rules.BEHIND)
    everybody = people.load(tx, {shift.user.id for shift in shifts})
    for due in rules.due(recent, everybody, published.fresh, row.done_at, tx.now):
        _tell(tx, row, due, everybody[due.user_id])
    found = present.kept(shifts, tx.now, tx.now + AHEAD)
    duties.looked_at(tx, row.id, rules.next_look(shifts, everybody, tx.now), found)


def _shifts(tx: Transaction, row: Row) -> Sequence[Shift]:
    """The shifts that were not over at the last look, as far as calendars see.

    What is over by now tells whether a shift is news: it may have gone to the same person before.
    """
    since = min(row.done_at, tx.now)
    return Roster(schedules.rota(tx, row.id, since)).shifts(since, tx.now + AHEAD)


def _tell(tx: Transaction, row: Row, due: rules.Due, person: Person) -> None:
    if due.kind == "SOON":
        wanted = due.rules
        headline, text = duty_words.reminder(row.name, due.shift, tx.now, person)
    else:
        handed = duties.handed_over(tx, row.id)
        wanted = due.if_open if handed else due.rules
        headline, text = duty_words.hand_over(row.name, due.shift, handed, person)
    words = telling.Words(headline=headline, text=text)
    telling.tell(tx, "DUTY", words, rules.pages(person, wanted, tx.now))

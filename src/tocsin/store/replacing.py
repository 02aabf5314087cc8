"""Who stands in for whom: overrides and absences entered, taken back, and what follows from it."""

from __future__ import annotations

from tocsin.core.intervals import Interval, outside
from tocsin.core.on_call import Roster, clipped
from tocsin.core.on_duty import Window
from tocsin.core.people import BYSTANDERS
from tocsin.core.policies import UserRef
from tocsin.core.schedule_edits import from_now, taken_back
from tocsin.core.schedules import Override
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace
from tocsin.languages import msgid
from tocsin.store import absences, documents, overrides, schedules
from tocsin.store.absences import Noted
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS

MOST_OVERRIDES = 2_000
"""Of one schedule, from now on."""
MOST_AT_ONCE = 200
MOST_ABSENCES = 200
"""Of one person, from now on."""


def override(tx: Transaction, schedule_id: int, wanted: Override, by: int | None) -> Override:
    """Enter an override. Raises BadInput for one in the past, an unknown or absent user, or one too many."""
    wanted = from_now(wanted, tx.now)
    user = documents.many(tx, USERS, (wanted.user.id,), deleted=False).get(wanted.user.id)
    if user is None or user.role in BYSTANDERS:
        raise BadInput.at("user.id", f"there is no user with the id {wanted.user.id} who can be on call")
    if len(upcoming(tx, schedule_id)) >= MOST_OVERRIDES:
        raise BadInput.at("", f"the schedule has {MOST_OVERRIDES} overrides already")
    away = absences.of_users(tx, (user.id,), wanted.start, wanted.end).get(user.id, ())
    if not outside((Interval(start=a.start, end=a.end) for a in away), wanted.start, wanted.end):
        raise BadInput.at("user.id", msgid("this person is absent all that time, and would be passed over"))
    entered = overrides.add(tx, schedule_id, wanted, by)
    schedules.touch(tx, (schedule_id,))
    return entered


def upcoming(tx: Transaction, schedule_id: int) -> list[Override]:
    """The overrides of a schedule that are not over, the earliest entered first."""
    return overrides.of_schedules(tx, (schedule_id,), tx.now).get(schedule_id, [])


def take_back(tx: Transaction, schedule_id: int, override: Override) -> None:
    """Take an override back from now on. Raises Conflict for one that is over."""
    overrides.cut(tx, override, taken_back(override, tx.now))
    schedules.touch(tx, (schedule_id,))


def override_shifts(
    tx: Transaction, user_id: int, other_id: int, window: Window, *, only: frozenset[int], by: int | None
) -> list[tuple[int, Override]]:
    """Let somebody take over every shift of a user in a time, on all schedules or `only` some.

    Says what was entered: (schedule, override). Raises BadInput when there is nothing to take over.
    """
    ids = [i for i in schedules.planning_with(tx, user_id) if not only or i in only]
    start = max(window.start, tx.now)
    rotas, _ = schedules.load(tx, ids, start, window.end)
    parts = [
        (number, shift)
        for number, rota in rotas.items()
        for shift in clipped(Roster(rota).shifts(start, window.end), start, window.end)
        if shift.user.id == user_id
    ]
    if not parts or other_id == user_id:
        raise BadInput.at("start", msgid("the user has no shift in that time that somebody else could take"))
    if len(parts) > MOST_AT_ONCE:
        raise BadInput.at("end", f"more than {MOST_AT_ONCE} shifts: choose a shorter time")
    return [
        (
            number,
            override(tx, number, Override(user=UserRef(id=other_id), start=shift.start, end=shift.end), by),
        )
        for number, shift in parts
    ]


def add_absence(tx: Transaction, wanted: Noted, by: int | None) -> Noted:
    """Enter an absence. Raises BadInput for one in the past or one too many."""
    away = from_now(wanted.absence, tx.now)
    if len(absences.listing(tx, away.user.id, tx.now)) >= MOST_ABSENCES:
        raise BadInput.at("", f"the user has {MOST_ABSENCES} absences already")
    noted = absences.add(tx, replace(wanted, absence=away), by)
    _felt(tx, away.user.id)
    return noted


def change_absence(tx: Transaction, before: Noted, wanted: Noted, by: int | None) -> Noted:
    """Replace an absence; the part of it that is past stays. Raises BadInput, Conflict for one that is over."""
    absences.cut(tx, before.absence, taken_back(before.absence, tx.now))
    return add_absence(tx, wanted, by)


def end_absence(tx: Transaction, noted: Noted) -> None:
    """The person is there after all, from now on. Raises Conflict for an absence that is over."""
    absences.cut(tx, noted.absence, taken_back(noted.absence, tx.now))
    _felt(tx, noted.absence.user.id)


def _felt(tx: Transaction, user_id: int) -> None:
    schedules.touch(tx, schedules.planning_with(tx, user_id))

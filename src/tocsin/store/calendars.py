"""Calendars kept elsewhere that a static schedule's shifts are read from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from tocsin.core import duty_words
from tocsin.core.people import BYSTANDERS
from tocsin.core.schedules import Schedule, Shift
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace, value
from tocsin.store import documents, schedules, telling
from tocsin.store.database import Row, Transaction
from tocsin.store.kinds import SCHEDULES
from tocsin.store.tables import schedule_calendars, users

EVERY = timedelta(hours=1)
LEASE = timedelta(minutes=2)
QUIET_FOR = timedelta(hours=24)
"""A calendar that cannot be read for this long is worth a message; the shifts stay as they were."""
NEAR = timedelta(days=180)
"""Changes further ahead than this do not make a revision of their own."""
PURPOSE = "schedule calendar"
"""What the addresses are sealed for."""


@value
class Source:
    """Where a schedule's shifts are read from."""

    schedule_id: int
    url: str
    """Sealed."""
    refreshed_at: datetime | None = None
    problem: str = ""
    """Why it could not be read the last time."""
    unknown: tuple[str, ...] = ()
    """Names in it that no user has."""


def of_schedule(tx: Transaction, schedule_id: int) -> Source | None:
    """Where a schedule's shifts are read from, None when they are entered by hand."""
    row = tx.first(sa.select(schedule_calendars).where(schedule_calendars.c.schedule_id == schedule_id))
    return _source(row) if row else None


def read_from(tx: Transaction, schedule_id: int, sealed_url: str | None) -> None:
    """Read the shifts of a static schedule from a calendar from now on; None: no longer. Raises BadInput."""
    static_schedule(tx, schedule_id)
    same = schedule_calendars.c.schedule_id == schedule_id
    tx.run(sa.delete(schedule_calendars).where(same))
    if sealed_url is not None:
        row = {"schedule_id": schedule_id, "url": sealed_url, "due_at": tx.now, "refreshed_at": None}
        tx.run(sa.insert(schedule_calendars), {**row, "problem": "", "unknown": []})
        tx.wake("calendars")


def static_schedule(tx: Transaction, schedule_id: int) -> Schedule:
    """A schedule that may take its shifts from a calendar. Raises NotFound, BadInput."""
    schedule = documents.get(tx, SCHEDULES, schedule_id)
    if schedule.type != "STATIC":
        raise BadInput.at("type", "only a STATIC schedule takes its shifts from a calendar")
    return schedule


def take_over(tx: Transaction, schedule_id: int, shifts: Sequence[Shift]) -> bool:
    """Let a schedule have these shifts from now on; whether that changes anything that is near."""
    schedule = static_schedule(tx, schedule_id)
    if _near(schedule.shifts, tx.now) == _near(shifts, tx.now):
        return False
    schedules.change(tx, replace(schedule, shifts=tuple(shifts)))
    return True


def names(tx: Transaction) -> dict[str, int]:
    """The ids of all users who can be on call, by folded e-mail address and user name."""
    query = sa.select(users.c.id, users.c.email_fold, users.c.username_fold).where(
        users.c.deleted_at.is_(None), users.c.role.not_in(BYSTANDERS)
    )
    found: dict[str, int] = {}
    for row in tx.all(query):
        found[row.username_fold] = row.id
        found[row.email_fold] = row.id
    return found


def lease(tx: Transaction, limit: int) -> list[Source]:
    """Take calendars that are due for reading; if nothing comes of it, they are due again after a while."""
    query = (
        sa.select(schedule_calendars)
        .where(schedule_calendars.c.due_at <= tx.now)
        .order_by(schedule_calendars.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [_source(row) for row in tx.all(query)]
    ids = [source.schedule_id for source in found]
    if ids:
        same = schedule_calendars.c.schedule_id.in_(ids)
        tx.run(sa.update(schedule_calendars).where(same).values(due_at=tx.now + LEASE))
    return found


def next_due(tx: Transaction) -> datetime | None:
    """When the next calendar is to be read."""
    due = schedule_calendars.c.due_at
    found: datetime | None = tx.scalar(sa.select(sa.func.min(due)).where(due.is_not(None)))
    return found


def refreshed(tx: Transaction, source: Source, unknown: Sequence[str]) -> None:
    """A calendar was read."""
    _settle(tx, source, {"refreshed_at": tx.now, "problem": "", "unknown": list(unknown)})


def failed(tx: Transaction, source: Source, problem: str) -> None:
    """A calendar could not be read; administrators are told when that lasts, or it never could."""
    _settle(tx, source, {"problem": problem[:500]})
    since = tx.now - source.refreshed_at if source.refreshed_at else None
    lasts = since is not None and QUIET_FOR <= since < QUIET_FOR + EVERY
    if not lasts and not (since is None and not source.problem):
        return
    name = documents.get(tx, SCHEDULES, source.schedule_id, deleted=True).name
    telling.tell_administrators(tx, lambda person: duty_words.calendar_unread(name, problem, person))


def _settle(tx: Transaction, source: Source, change: dict[str, object]) -> None:
    # Only if it is still this calendar: somebody may have entered another one meanwhile.
    same = sa.and_(
        schedule_calendars.c.schedule_id == source.schedule_id, schedule_calendars.c.url == source.url
    )
    tx.run(sa.update(schedule_calendars).where(same).values({**change, "due_at": tx.now + EVERY}))


def _near(shifts: Sequence[Shift], now: datetime) -> list[tuple[int, datetime, datetime]]:
    return [(s.user.id, s.start, s.end) for s in shifts if s.end > now and s.start < now + NEAR]


def _source(row: Row) -> Source:
    return Source(
        schedule_id=row.schedule_id,
        url=row.url,
        refreshed_at=row.refreshed_at,
        problem=row.problem,
        unknown=tuple(row.unknown),
    )

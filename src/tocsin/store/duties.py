"""What the engine does about schedules by itself: claims, calendar events, quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from tocsin.core import duty_words
from tocsin.core.duties import CalendarEvent
from tocsin.core.incidents import Incident
from tocsin.store import incidents, telling
from tocsin.store.database import Row, Transaction
from tocsin.store.schedules import FORGOTTEN
from tocsin.store.tables import calendar_events, policy_schedules, schedules

MOST_HANDED_OVER = 50


def due(tx: Transaction, limit: int, only: int | None = None) -> list[Row]:
    """Schedules (id, name, done_at, quarantined) whose duties are to be looked at, held by this transaction.

    `only` one of them, if its id is given.
    """
    query = (
        sa.select(schedules.c.id, schedules.c.name, schedules.c.done_at, schedules.c.quarantined)
        .where(schedules.c.due_at <= tx.now)
        .order_by(schedules.c.due_at, schedules.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(tx.all(query if only is None else query.where(schedules.c.id == only)))


def next_due(tx: Transaction) -> datetime | None:
    """When the next schedule is to be looked at."""
    found: datetime | None = tx.scalar(
        sa.select(sa.func.min(schedules.c.due_at)).where(schedules.c.due_at.is_not(None))
    )
    return found


def looked_at(tx: Transaction, schedule_id: int, again: datetime, found: Mapping[str, object]) -> None:
    """Everything up to now is done; look again then. A quarantine is over. `found`: see `present.kept`."""
    change = {"done_at": tx.now, "due_at": again, "quarantined": None, **found}
    tx.run(sa.update(schedules).where(schedules.c.id == schedule_id).values(change))


def quarantine(tx: Transaction, found: Row, problem: str, again: datetime) -> None:
    """Set a schedule aside that cannot be computed; administrators are told, once for each problem."""
    change = {"done_at": tx.now, "due_at": again, "quarantined": problem, **FORGOTTEN}
    tx.run(sa.update(schedules).where(schedules.c.id == found.id).values(change))
    if found.quarantined != problem:
        telling.tell_administrators(tx, lambda person: duty_words.broken(found.name, problem, person))


def quarantined(tx: Transaction) -> dict[int, str]:
    """Why those schedules cannot be computed that cannot."""
    query = sa.select(schedules.c.id, schedules.c.quarantined).where(
        schedules.c.quarantined.is_not(None), schedules.c.deleted_at.is_(None)
    )
    return {row.id: row.quarantined for row in tx.all(query)}


def events(tx: Transaction, schedule_id: int, since: datetime) -> list[CalendarEvent]:
    """What calendars were told of a schedule's shifts that end after `since`."""
    query = sa.select(calendar_events).where(
        calendar_events.c.schedule_id == schedule_id, calendar_events.c.end > since
    )
    return [event for _, event in _events(tx, query)]


def events_of_feed(
    tx: Transaction, schedule_id: int | None, user_id: int, since: datetime, limit: int
) -> list[tuple[int, CalendarEvent]]:
    """(schedule, event) of one schedule, or of one user's shifts by all schedules, that end after `since`."""
    mine = (
        calendar_events.c.user_id == user_id
        if schedule_id is None
        else calendar_events.c.schedule_id == schedule_id
    )
    query = sa.select(calendar_events).where(mine, calendar_events.c.end > since).limit(limit)
    return _events(tx, query)


def save_events(tx: Transaction, schedule_id: int, changed: Sequence[CalendarEvent]) -> None:
    """Store new and changed events."""
    if not changed:
        return
    for event in changed:
        if event.sequence:
            same = sa.and_(
                calendar_events.c.schedule_id == schedule_id,
                calendar_events.c.user_id == event.user_id,
                calendar_events.c.start == event.start,
            )
            tx.run(sa.update(calendar_events).where(same).values(_changes(event)))
    fresh = [
        {
            "schedule_id": schedule_id,
            "user_id": event.user_id,
            "start": event.start,
            **_changes(event),
        }
        for event in changed
        if not event.sequence
    ]
    tx.insert(calendar_events, fresh)


def forget_events(tx: Transaction, schedule_id: int, before: datetime) -> None:
    """Calendars no longer show what ended before that."""
    old = sa.and_(calendar_events.c.schedule_id == schedule_id, calendar_events.c.end < before)
    tx.run(sa.delete(calendar_events).where(old))


def handed_over(tx: Transaction, schedule_id: int) -> list[Incident]:
    """The open incidents under policies that ask this schedule: what goes along with a shift."""
    asking = sa.select(policy_schedules.c.policy_id).where(policy_schedules.c.schedule_id == schedule_id)
    policies = tuple(row.policy_id for row in tx.all(asking))
    if not policies:
        return []
    wanted = incidents.Filter(states=("PENDING", "ACCEPTED"), policies=policies)
    return incidents.search(tx, wanted, limit=MOST_HANDED_OVER)


def _changes(event: CalendarEvent) -> dict[str, object]:
    return {
        "end": event.end,
        "sequence": event.sequence,
        "changed_at": event.changed_at,
        "cancelled_at": event.cancelled_at,
    }


def _events(tx: Transaction, query: sa.Select[tuple[object, ...]]) -> list[tuple[int, CalendarEvent]]:
    rows: Iterable[Row] = tx.all(query.order_by(calendar_events.c.start, calendar_events.c.user_id))
    return [(row.schedule_id, _event(row)) for row in rows]


def _event(row: Row) -> CalendarEvent:
    return CalendarEvent(
        user_id=row.user_id,
        start=row.start,
        end=row.end,
        sequence=row.sequence,
        changed_at=row.changed_at,
        cancelled_at=row.cancelled_at,
    )

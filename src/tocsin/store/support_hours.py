"""Support hours, of their own or of one source, and the timers that hang on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from tocsin.core.conditions import CalendarKind, Covers
from tocsin.core.events import AlertSource, raised_at
from tocsin.core.support_hours import SupportHours, checked, covers
from tocsin.kit.errors import Conflict
from tocsin.store import documents, present
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES, SUPPORT_HOURS
from tocsin.store.tables import OPEN, alert_sources, incidents


def create(tx: Transaction, hours: SupportHours) -> SupportHours:
    """Store new support hours. Raises BadInput."""
    return documents.insert(tx, SUPPORT_HOURS, checked(hours))


def change(tx: Transaction, hours: SupportHours) -> SupportHours:
    """Replace support hours; incidents that wait for them wait for the new ones. Raises NotFound, BadInput."""
    hours = documents.save(tx, SUPPORT_HOURS, checked(hours))
    for source in documents.many(tx, SOURCES, _used_by(tx, hours.id), deleted=False).values():
        time_waiting(tx, source)
    return hours


def remove(tx: Transaction, hours_id: int) -> None:
    """Delete support hours. Raises NotFound, and Conflict naming the sources that use them."""
    hours = documents.get(tx, SUPPORT_HOURS, hours_id)
    used = documents.many(tx, SOURCES, _used_by(tx, hours_id), deleted=False).values()
    if used:
        names = ", ".join(repr(source.name) for source in used)
        raise Conflict(
            f"the support hours {hours.name!r} are used by the alert sources {names}", code="IN_USE"
        )
    documents.delete(tx, SUPPORT_HOURS, hours_id)


def of_sources(tx: Transaction, sources: Iterable[AlertSource]) -> dict[int, SupportHours]:
    """The support hours of sources that have some, by the source's id."""
    sources = list(sources)
    shared = documents.many(tx, SUPPORT_HOURS, {s.support_hours_id for s in sources if s.support_hours_id})
    found = {source.id: shared.get(source.support_hours_id or 0, source.own_hours) for source in sources}
    return {source_id: hours for source_id, hours in found.items() if hours is not None}


def of_source(tx: Transaction, source: AlertSource) -> SupportHours | None:
    """The support hours of one source."""
    return of_sources(tx, [source]).get(source.id)


def covering(tx: Transaction) -> Covers:
    """What conditions ask: whether an instant lies within support hours, whether anybody is on call."""
    known: dict[int, SupportHours | None] = {}

    @cache
    def somebody(number: int, at: datetime) -> bool:
        return present.at(tx, (number,), at).shifts.get(number) is not None

    def answer(kind: CalendarKind, number: int, at: datetime) -> bool:
        if not 0 <= number < 2**63:
            return False
        if kind == "ON_CALL_SCHEDULE":
            return somebody(number, at)
        if number not in known:
            known[number] = documents.many(tx, SUPPORT_HOURS, (number,), deleted=False).get(number)
        hours = known[number]
        return hours is not None and covers(hours, at)

    return answer


def time_waiting(tx: Transaction, source: AlertSource) -> None:
    """Set the timers of the source's incidents that wait with low priority, as its hours are now."""
    # OPEN besides the state: it is what the index of open incidents is found by.
    waiting = sa.and_(
        incidents.c.source_id == source.id,
        OPEN,
        incidents.c.status == "PENDING",
        incidents.c.priority == "LOW",
    )
    at = raised_at(source, of_source(tx, source), tx.now)
    if tx.run(sa.update(incidents).where(waiting).values(raise_at=at)).rowcount and at is not None:
        tx.wake("escalations")


def _used_by(tx: Transaction, hours_id: int) -> list[int]:
    query = sa.select(alert_sources.c.id).where(
        alert_sources.c.support_hours_id == hours_id, alert_sources.c.deleted_at.is_(None)
    )
    return [row.id for row in tx.all(query)]

"""Who watches the watchers: asks the database what is overdue, and tells an administrator."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from tocsin.core.notices import late, set_back
from tocsin.core.notifying import everywhere
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.value import field, value
from tocsin.store import facts, people, telling
from tocsin.store import tables as t
from tocsin.store.database import Database, Transaction
from tocsin.telemetry import OVERDUE, PARKED, WAITING

BOUND = timedelta(seconds=30)
"""Nothing may be due longer than this."""
TELL_EVERY = timedelta(hours=1)

log = structlog.get_logger()


@value
class Overdue:
    """How late one kind of work is."""

    rows: int
    seconds: float


@value
class Report:
    """What the database says about the engine."""

    at: datetime
    overdue: dict[str, Overdue] = field(default_factory=dict)
    parked: int = 0

    @property
    def late(self) -> dict[str, Overdue]:
        """What is overdue beyond the bound."""
        return {what: o for what, o in self.overdue.items() if o.seconds > BOUND.total_seconds()}


_TIMERS = {
    "escalations": (t.incidents.c.due_at, t.incidents.c.parked.is_(None)),
    "auto-resolutions": (t.incidents.c.auto_resolve_at, t.incidents.c.parked.is_(None)),
    "raises": (t.incidents.c.raise_at, t.incidents.c.parked.is_(None)),
    "deliveries": (t.notifications.c.due_at, sa.true()),
    "delivery reports": (t.notifications.c.report_due_at, sa.true()),
    "test pages": (t.test_pages.c.due_at, sa.true()),
    "heartbeats": (t.beats.c.due_at, sa.true()),
    "duties": (t.schedules.c.due_at, sa.true()),
    "calendars": (t.schedule_calendars.c.due_at, sa.true()),
}


def look(db: Database) -> Report:
    """Measure what is overdue; sets the gauges."""
    with db.read() as tx:
        report = Report(
            at=tx.now,
            overdue={what: _overdue(tx, *timer) for what, timer in _TIMERS.items()},
            parked=int(tx.scalar(_PARKED)),
        )
    for what, overdue in report.overdue.items():
        OVERDUE.labels(what).set(overdue.seconds)
        WAITING.labels(what).set(overdue.rows)
    PARKED.set(report.parked)
    return report


def tell(db: Database, report: Report) -> None:
    """Tell the account's fallback, at most once an hour, that something is stuck."""
    if not report.late and not report.parked:
        return
    overdue = ", ".join(f"{what} by {o.seconds:.0f} s ({o.rows} rows)" for what, o in report.late.items())
    log.error("watchdog", overdue=overdue, parked=report.parked)
    with db.write() as tx:
        told = facts.get(tx, "watchdog")
        if told and tx.now - from_micros(told["at"]) < TELL_EVERY:
            return
        facts.put(tx, "watchdog", {"at": to_micros(tx.now)})
        for person in people.load(tx, facts.fallback(tx)).values():
            words = telling.Words(**late(overdue, report.parked, person.language))
            telling.tell(tx, "NOTICE", words, everywhere(person, tx.now))


def tell_set_back(db: Database, before: Report, report: Report) -> None:
    """Tell the account's fallback if the clock was set back between two looks: timers wait for it.

    Not with PostgreSQL, whose own clock rules there.
    """
    by = before.at - report.at
    if not db.sqlite or by <= BOUND:
        return
    log.error("the clock was set back", seconds=by.total_seconds())
    with db.write() as tx:
        for person in people.load(tx, facts.fallback(tx)).values():
            words = telling.Words(**set_back(round(by / timedelta(minutes=1)), person.language))
            telling.tell(tx, "NOTICE", words, everywhere(person, tx.now))


_PARKED = sa.select(sa.func.count()).select_from(t.incidents).where(t.incidents.c.parked.is_not(None))


def _overdue(tx: Transaction, column: sa.Column[datetime], condition: sa.ColumnElement[bool]) -> Overdue:
    query = sa.select(sa.func.count(), sa.func.min(column)).where(column <= tx.now, condition)
    row = tx.first(query)
    if row is None or row[1] is None:
        return Overdue(rows=0, seconds=0.0)
    return Overdue(rows=row[0], seconds=(tx.now - row[1]).total_seconds())

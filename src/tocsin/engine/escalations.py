"""The escalation loop: what is due climbs. One transaction a step; exactly once.

An incident whose decision fails is tried alone, then parked with its reason: it stalls no other.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import DataError, IntegrityError

from tocsin.core.escalation import decide
from tocsin.core.incidents import Command, Decision, Fire, HoursChanged, Incident, Resolve
from tocsin.core.people import SYSTEM
from tocsin.kit.errors import TocsinError
from tocsin.store import decisions, incidents
from tocsin.store.database import Database, DatabaseAway, Transaction

BATCH = 200

_FAULTS = (TocsinError, DataError, IntegrityError, ArithmeticError, LookupError, TypeError, ValueError)
"""What one odd row may provoke; the database being away is none of them."""

log = structlog.get_logger()


def step(db: Database, limit: int = BATCH) -> int:
    """Ask the next level of every incident that is due; resolve those whose time is over, raise those whose has come."""
    try:
        with db.write() as tx:
            worked = _fire(tx, limit) + _auto_resolve(tx, limit) + _raise(tx, limit)
            # The loop looks for what is due next after every step: it need not wake itself.
            tx.topics.discard("escalations")
            return worked
    except DatabaseAway:
        raise
    except _FAULTS:
        log.exception("a decision failed; trying one incident at a time")
        return _one_by_one(db, limit)


def _fire(tx: Transaction, limit: int) -> int:
    due = incidents.due(tx, limit)
    _decide(tx, due, Fire())
    return len(due)


def _auto_resolve(tx: Transaction, limit: int) -> int:
    due = incidents.due_for_auto_resolution(tx, limit)
    _decide(tx, due, Resolve(by=SYSTEM))
    return len(due)


def _raise(tx: Transaction, limit: int) -> int:
    due = incidents.due_for_raising(tx, limit)
    _decide(tx, due, HoursChanged())
    return len(due)


def _decide(tx: Transaction, due: Sequence[Incident], command: Command) -> None:
    if not due:
        return
    around = decisions.surroundings(tx, due)
    made: list[Decision] = [decide(i, command, tx.now, around[i.id]) for i in due]
    decisions.store(tx, made)


def _one_by_one(db: Database, limit: int) -> int:
    with db.read() as tx:
        fire, resolve, hours = incidents.due_ids(tx, limit)
    work: list[tuple[int, Command]] = [(i, Fire()) for i in fire]
    work += [(i, Resolve(by=SYSTEM)) for i in resolve]
    work += [(i, HoursChanged()) for i in hours]
    for incident_id, command in work:
        try:
            with db.write() as tx:
                _decide(tx, list(incidents.lock(tx, (incident_id,)).values()), command)
        except DatabaseAway:
            raise
        except _FAULTS as fault:
            log.exception("incident parked", incident=incident_id)
            with db.write() as tx:
                incidents.park(tx, incident_id, f"{type(fault).__name__}: {fault}")
    return len(work)

"""Opening the database that the settings name, with the clock that they ask for."""

from __future__ import annotations

from typing import Any

from tocsin.kit.clock import ScaledClock, SystemClock, from_micros, to_micros
from tocsin.kit.errors import TocsinError
from tocsin.settings import Settings
from tocsin.store import facts, schema
from tocsin.store.database import Database, Transaction


def open_database(settings: Settings) -> Database:
    """The database, its clock scaled once it is migrated. Raises SchemaMismatch, DatabaseAway, OSError."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    db = Database(settings.database_url, SystemClock())
    try:
        if schema.check(db):
            db.clock = _clock(db, settings.time_scale)
    except TocsinError:
        db.close()
        raise
    return db


def _clock(db: Database, scale: float) -> SystemClock | ScaledClock:
    """The clock for this scale; only a scale that is new has to be written down."""
    with db.read() as tx:
        known: dict[str, Any] | None = facts.get(tx, "clock")
    if known is None and scale == 1:
        return SystemClock()
    if known and known["scale"] == scale:
        return _scaled(known)
    with db.write() as tx:
        return _anchored(tx, scale)


def _anchored(tx: Transaction, scale: float) -> ScaledClock:
    """A clock that goes on where an earlier process's stopped: it never turns back."""
    known: dict[str, Any] | None = facts.get(tx, "clock")
    real = SystemClock().now()
    shown = _scaled(known).at(real) if known else real
    anchor = {"scale": scale, "real": to_micros(real), "shown": to_micros(shown)}
    facts.put(tx, "clock", anchor)
    return _scaled(anchor)


def _scaled(fact: dict[str, Any]) -> ScaledClock:
    return ScaledClock(fact["scale"], (from_micros(fact["real"]), from_micros(fact["shown"])))

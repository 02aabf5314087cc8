"""Which process listens to the broker of an alert source, and how the two get on: one fact for each source."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from tocsin.core.brokers import TYPES, Standing, State
from tocsin.core.events import AlertSource
from tocsin.kit.clock import EPOCH
from tocsin.kit.value import decode, encode, replace, value
from tocsin.store import documents, facts
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES
from tocsin.store.tables import alert_sources

LEASE = timedelta(seconds=60)
RENEWED = timedelta(seconds=30)
"""What must be left of a lease; with less it is renewed."""


@value
class _Kept(Standing):
    by: str = ""
    """The process that listens."""
    until: datetime = EPOCH
    """Until then nobody else does."""


def listening(tx: Transaction) -> list[AlertSource]:
    """The active sources that have a broker to listen to."""
    query = sa.select(alert_sources.c.id).where(
        alert_sources.c.integration_type.in_(TYPES), alert_sources.c.deleted_at.is_(None)
    )
    found = documents.many(tx, SOURCES, [row.id for row in tx.all(query)], deleted=False)
    return [source for source in found.values() if source.active and source.broker is not None]


def due(tx: Transaction, source_id: int, by: str) -> bool:
    """Whether this process should `claim`: nobody listens, or it does and its lease runs out."""
    kept = _kept(tx, source_id)
    return kept is None or kept.until - tx.now <= (RENEWED if kept.by == by else timedelta())


def claim(tx: Transaction, source_id: int, by: str) -> None:
    """Listen from now on, or go on listening, unless another process does."""
    kept = _kept(tx, source_id, hold=True)
    if kept is None or kept.by != by:
        if kept is not None and kept.until > tx.now:
            return
        kept = _Kept(state="CONNECTING", since=tx.now, by=by)
    _put(tx, source_id, replace(kept, until=tx.now + LEASE))


def held(tx: Transaction, source_id: int, by: str) -> bool:
    """Whether this process is the one that listens."""
    kept = _kept(tx, source_id)
    return kept is not None and kept.by == by and kept.until > tx.now


def note(tx: Transaction, source_id: int, by: str, state: State, reason: str = "") -> None:
    """Remember how it goes, if this process is the one that listens."""
    kept = _kept(tx, source_id, hold=True)
    if kept is not None and kept.by == by:
        since = kept.since if kept.state == state else tx.now
        _put(tx, source_id, replace(kept, state=state, since=since, reason=reason))
        tx.wake("log")


def release(tx: Transaction, source_id: int, by: str) -> None:
    """Let another process listen at once."""
    kept = _kept(tx, source_id, hold=True)
    if kept is not None and kept.by == by:
        _put(tx, source_id, replace(kept, state="CONNECTING", since=tx.now, reason="", until=tx.now))
        tx.wake("brokers")


def standing(tx: Transaction, source: AlertSource) -> Standing | None:
    """How an active source and its broker get on; None where there is none, or not yet."""
    kept = _kept(tx, source.id) if source.active and source.broker is not None else None
    if kept is None:
        return None
    if kept.until + LEASE < tx.now:
        return Standing(state="AWAY", since=kept.until, reason="no process listens")
    return Standing(state=kept.state, since=kept.since, reason=kept.reason)


def forget(tx: Transaction, source_id: int) -> None:
    """The source is gone."""
    facts.remove(tx, _name(source_id))


def _name(source_id: int) -> str:
    return f"broker:{source_id}"


def _kept(tx: Transaction, source_id: int, *, hold: bool = False) -> _Kept | None:
    body = facts.get(tx, _name(source_id), hold=hold)
    return decode(_Kept, body) if body else None


def _put(tx: Transaction, source_id: int, kept: _Kept) -> None:
    facts.put(tx, _name(source_id), encode(_Kept, kept))

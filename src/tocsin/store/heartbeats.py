"""Heartbeats: what was heard when, and what is overdue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tocsin.core.heartbeats import MAX_BODY_KEPT, Beat, Plan, Signal
from tocsin.kit.chance import Chance, uuid_text
from tocsin.kit.value import decode_json, encode_json, field, value
from tocsin.store.database import Row, Transaction, one_of
from tocsin.store.tables import alert_sources, beats, pings

KEPT = 100
"""How many pings of each heartbeat are kept."""
_PRUNE_EVERY = 20


@value
class Found:
    """Heartbeats that this transaction holds, by what the signals call them."""

    by_key: dict[str, Beat] = field(default_factory=dict)
    """By key and by UUID."""
    by_slug: dict[tuple[str, str], list[Beat]] = field(default_factory=dict)
    """By the key of the source and the slug; several may share it."""

    def of(self, signal: Signal) -> list[Beat]:
        """Those that a signal may mean."""
        if signal.slug is None:
            one = self.by_key.get(signal.key)
            return [one] if one else []
        return self.by_slug.get((signal.key, signal.slug), [])


@value
class NewPing:
    """A signal to be kept with its heartbeat."""

    beat_id: int
    number: int
    kind: str
    signal: Signal
    duration_ms: int | None = None


@value
class Ping:
    """A signal as it was kept."""

    number: int
    at: datetime
    kind: str
    """SUCCESS, START, FAIL, LOG, or IGNORED."""
    method: str
    exit_status: int | None = None
    run_id: str | None = None
    duration_ms: int | None = None
    body: str | None = None


_COLUMNS = (
    *(c for c in beats.c if c.name not in {"plan", "slug"}),
    sa.cast(beats.c.plan, sa.Text).label("plan"),
)


def held(tx: Transaction, signals: Iterable[Signal]) -> Found:
    """The heartbeats that these signals mean, held by this transaction."""
    named = {(s.key, s.slug) for s in signals if s.slug is not None}
    keys = sorted({s.key for s in signals if s.slug is None})
    slugs = _by_slugs(tx, named) if named else {}
    rows = tx.all(
        sa.select(*_COLUMNS)
        .where(
            sa.or_(
                one_of(beats.c.key, keys),
                one_of(beats.c.uuid, keys),
                one_of(beats.c.id, sorted(slugs)),
            )
        )
        .order_by(beats.c.id)
        .with_for_update()
    )
    found = Found()
    shared: defaultdict[tuple[str, str], list[Beat]] = defaultdict(list, found.by_slug)
    for row in rows:
        beat = _beat(row)
        found.by_key[row.key] = found.by_key[row.uuid] = beat
        if row.id in slugs:
            shared[slugs[row.id]].append(beat)
    return Found(by_key=found.by_key, by_slug=dict(shared))


def due(tx: Transaction, limit: int) -> list[Beat]:
    """Claim heartbeats whose time has come, the most overdue first."""
    query = (
        sa.select(*_COLUMNS)
        .where(beats.c.due_at <= tx.now)
        .order_by(beats.c.due_at, beats.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [_beat(row) for row in tx.all(query)]


def of_source(tx: Transaction, source_id: int, *, hold: bool = False) -> Beat | None:
    """The heartbeat of a HEARTBEAT source; `hold` keeps it for this transaction."""
    query = sa.select(*_COLUMNS).where(beats.c.source_id == source_id, beats.c.monitor_id.is_(None))
    row = tx.first(query.with_for_update() if hold else query)
    return _beat(row) if row else None


def of_sources(tx: Transaction, source_ids: Iterable[int]) -> dict[int, Beat]:
    """The heartbeats of HEARTBEAT sources, by the source's id."""
    wanted = sorted(source_ids)
    if not wanted:
        return {}
    query = sa.select(*_COLUMNS).where(beats.c.source_id.in_(wanted), beats.c.monitor_id.is_(None))
    return {row.source_id: _beat(row) for row in tx.all(query)}


def of_monitor(tx: Transaction, monitor_id: int) -> Beat | None:
    """The heartbeat of a monitor, held by this transaction."""
    row = tx.first(sa.select(*_COLUMNS).where(beats.c.monitor_id == monitor_id).with_for_update())
    return _beat(row) if row else None


def of_monitors(tx: Transaction, monitor_ids: Iterable[int]) -> dict[int, Beat]:
    """The heartbeats of monitors, by the monitor's id."""
    query = sa.select(*_COLUMNS).where(beats.c.monitor_id.in_(sorted(monitor_ids)))
    return {row.monitor_id: _beat(row) for row in tx.all(query)}


_DOWN = sa.and_(beats.c.state == "OVERDUE", beats.c.active)
_SAVED = ("state", "reason", "last_ping_at", "started_at", "run_id", "due_at", "pings")
_SAVE = (
    sa.update(beats)
    .where(beats.c.id == sa.bindparam("wanted_id"))
    .values({name: sa.bindparam(name) for name in _SAVED})
)


def save(tx: Transaction, changed: Iterable[Beat]) -> None:
    """Store what became of heartbeats that this transaction holds."""
    rows = [{"wanted_id": beat.id, **{name: getattr(beat, name) for name in _SAVED}} for beat in changed]
    if rows:
        tx.run(_SAVE, rows)


def watch(tx: Transaction, beat: Beat, key: str, chance: Chance, slug: str | None = None) -> Beat:
    """Begin to watch: store a new heartbeat."""
    number = tx.next_id("beats")
    row = {
        "id": number,
        "source_id": beat.source_id,
        "monitor_id": beat.monitor_id,
        "key": key,
        "uuid": uuid_text(chance),
        "slug": slug,
        "plan": encode_json(Plan, beat.plan),
        "active": beat.active,
        **{name: getattr(beat, name) for name in _SAVED},
    }
    tx.run(sa.insert(beats), row)
    return Beat(
        id=number,
        source_id=beat.source_id,
        monitor_id=beat.monitor_id,
        plan=beat.plan,
        active=beat.active,
    )


def replan(tx: Transaction, beat: Beat, **columns: Any) -> None:
    """Store a heartbeat whose plan, source, key or slug has changed."""
    row = {
        "source_id": beat.source_id,
        "plan": encode_json(Plan, beat.plan),
        "active": beat.active,
        **{name: getattr(beat, name) for name in _SAVED},
        **columns,
    }
    tx.run(sa.update(beats).where(beats.c.id == beat.id).values(row))


def unwatch(tx: Transaction, condition: sa.ColumnElement[bool]) -> None:
    """Forget heartbeats and their pings."""
    gone = sa.select(beats.c.id).where(condition)
    tx.run(sa.delete(pings).where(pings.c.beat_id.in_(gone)))
    tx.run(sa.delete(beats).where(condition))


def tell_at(tx: Transaction, beat_id: int, at: datetime) -> None:
    """Have a heartbeat that is OVERDUE reported at an instant."""
    tx.run(sa.update(beats).where(beats.c.id == beat_id, _DOWN).values(due_at=at))
    tx.wake("heartbeats")


def tell_again(tx: Transaction, source_id: int) -> None:
    """Have those of a source reported now that are OVERDUE."""
    tx.run(sa.update(beats).where(beats.c.source_id == source_id, _DOWN).values(due_at=tx.now))
    tx.wake("heartbeats")


def judge_again(tx: Transaction, source_ids: Iterable[int]) -> None:
    """Have those of sources judged now that wait for an instant: what they wait for has changed."""
    waiting = sa.and_(beats.c.source_id.in_(sorted(source_ids)), beats.c.due_at.is_not(None))
    tx.run(sa.update(beats).where(waiting).values(due_at=tx.now))
    tx.wake("heartbeats")


def keep(tx: Transaction, new: Sequence[NewPing]) -> None:
    """Keep signals, and forget those that are older than the last hundred of their heartbeat."""
    tx.insert(pings, [_row(ping, tx.now) for ping in new])
    many = [ping for ping in new if ping.number > KEPT and ping.number % _PRUNE_EVERY == 0]
    for ping in many:
        tx.run(sa.delete(pings).where(pings.c.beat_id == ping.beat_id, pings.c.number <= ping.number - KEPT))


def last_pings(tx: Transaction, beat_id: int, limit: int) -> list[Ping]:
    """The last signals of a heartbeat, newest first."""
    query = sa.select(pings).where(pings.c.beat_id == beat_id).order_by(pings.c.number.desc()).limit(limit)
    return [
        Ping(
            number=row.number,
            at=row.at,
            kind=row.kind,
            method=row.method,
            exit_status=row.exit_status,
            run_id=row.run_id,
            duration_ms=row.duration_ms,
            body=row.body.decode("utf-8", "replace") or None,
        )
        for row in tx.all(query)
    ]


def next_due(tx: Transaction) -> datetime | None:
    """When the next heartbeat is due."""
    found: datetime | None = tx.scalar(
        sa.select(sa.func.min(beats.c.due_at)).where(beats.c.due_at.is_not(None))
    )
    return found


def _by_slugs(tx: Transaction, named: set[tuple[str, str]]) -> dict[int, tuple[str, str]]:
    query = (
        sa.select(beats.c.id, beats.c.slug, alert_sources.c.integration_key)
        .join(alert_sources, alert_sources.c.id == beats.c.source_id)
        .where(
            alert_sources.c.deleted_at.is_(None),
            one_of(alert_sources.c.integration_key, sorted({key for key, _ in named})),
            one_of(beats.c.slug, sorted({slug for _, slug in named})),
        )
    )
    rows = ((row.id, (row.integration_key, row.slug)) for row in tx.all(query))
    return {number: name for number, name in rows if name in named}


def _row(ping: NewPing, now: datetime) -> dict[str, Any]:
    signal = ping.signal
    return {
        "beat_id": ping.beat_id,
        "number": ping.number,
        "at": now,
        "kind": ping.kind,
        "method": signal.method,
        "exit_status": signal.exit_status,
        "run_id": signal.run_id,
        "duration_ms": ping.duration_ms,
        "body": signal.body[:MAX_BODY_KEPT],
    }


def _beat(row: Row) -> Beat:
    return Beat(
        id=row.id,
        source_id=row.source_id,
        monitor_id=row.monitor_id,
        plan=decode_json(Plan, row.plan),
        state=row.state,
        reason=row.reason,
        last_ping_at=row.last_ping_at,
        started_at=row.started_at,
        run_id=row.run_id,
        due_at=row.due_at,
        pings=row.pings,
        active=row.active,
    )

"""Heartbeat monitors: documents, each with the timer that its pings reset."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import Beat, HeartbeatMonitor, replanned, slug_of
from tocsin.kit.chance import Chance, heartbeat_key
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace, value
from tocsin.store import documents, heartbeats
from tocsin.store.database import Transaction
from tocsin.store.kinds import MONITORS, SOURCES
from tocsin.store.tables import beats, heartbeat_monitors

MOST_BY_PING = 500
"""How many monitors of a source may be made by pinging."""


@value
class Watched:
    """A monitor with what its row knows besides."""

    monitor: HeartbeatMonitor
    beat: Beat
    key: str
    uuid: str
    created_at: datetime
    updated_at: datetime


def create(tx: Transaction, monitor: HeartbeatMonitor, chance: Chance) -> HeartbeatMonitor:
    """Store a new monitor with a fresh key. Raises BadInput, and Conflict when the name is taken."""
    _check_source(tx, monitor)
    monitor = replace(monitor, slug=monitor.slug or slug_of(monitor.name))
    monitor = documents.insert(tx, MONITORS, monitor)
    beat = Beat(source_id=monitor.source_id, monitor_id=monitor.id, plan=monitor.plan, active=monitor.active)
    heartbeats.watch(tx, beat, heartbeat_key(chance, monitor.plan.interval_sec), chance, monitor.slug)
    return monitor


def change(tx: Transaction, monitor: HeartbeatMonitor, chance: Chance) -> HeartbeatMonitor:
    """Replace a monitor; another interval makes another key. Raises NotFound, BadInput, Conflict."""
    _check_source(tx, monitor)
    before = documents.get(tx, MONITORS, monitor.id)
    monitor = replace(monitor, slug=before.slug if monitor.name == before.name else slug_of(monitor.name))
    monitor = documents.save(tx, MONITORS, monitor)
    beat = heartbeats.of_monitor(tx, monitor.id)
    assert beat is not None, "a live monitor has its timer"
    if (before.plan, before.active) != (monitor.plan, monitor.active):
        beat = replanned(beat, monitor.plan, tx.now, active=monitor.active)
    columns = {"slug": monitor.slug}
    if before.plan.interval_sec != monitor.plan.interval_sec:
        columns["key"] = heartbeat_key(chance, monitor.plan.interval_sec)
    heartbeats.replan(tx, replace(beat, source_id=monitor.source_id), **columns)
    tx.wake("heartbeats")
    return monitor


def remove(tx: Transaction, monitor_id: int) -> None:
    """Delete a monitor. Raises NotFound."""
    documents.delete(tx, MONITORS, monitor_id)
    heartbeats.unwatch(tx, beats.c.monitor_id == monitor_id)


def by_ping(tx: Transaction, source: AlertSource, slug: str, chance: Chance) -> Beat | None:
    """A monitor that a ping asked for: daily, with an hour of grace. None when there are too many."""
    if count_of(tx, source.id) >= MOST_BY_PING:
        return None
    taken = documents.find(tx, MONITORS, name=slug)
    name = slug if taken is None else f"{slug} ({source.name[:200]})"
    if taken is not None and documents.find(tx, MONITORS, name=name):
        return None
    plan = replace(
        HeartbeatMonitor(name=name, source_id=source.id).plan, interval_sec=86_400, grace_sec=3_600
    )
    monitor = create(tx, HeartbeatMonitor(name=name, source_id=source.id, plan=plan, slug=slug), chance)
    return heartbeats.of_monitor(tx, monitor.id)


def count_of(tx: Transaction, source_id: int) -> int:
    """How many live monitors a source has."""
    own = sa.and_(heartbeat_monitors.c.source_id == source_id, heartbeat_monitors.c.deleted_at.is_(None))
    return int(tx.scalar(sa.select(sa.func.count()).select_from(heartbeat_monitors).where(own)))


def watched(tx: Transaction, ids: Iterable[int]) -> dict[int, Watched]:
    """Live monitors with their timers, by id."""
    found = documents.many(tx, MONITORS, ids, deleted=False)
    query = (
        sa.select(
            beats.c.monitor_id,
            beats.c.key,
            beats.c.uuid,
            heartbeat_monitors.c.created_at,
            heartbeat_monitors.c.updated_at,
        )
        .join(heartbeat_monitors, heartbeat_monitors.c.id == beats.c.monitor_id)
        .where(beats.c.monitor_id.in_(sorted(found)))
    )
    timers = heartbeats.of_monitors(tx, found)
    return {
        row.monitor_id: Watched(
            monitor=found[row.monitor_id],
            beat=timers[row.monitor_id],
            key=row.key,
            uuid=row.uuid,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in tx.all(query)
    }


def after(tx: Transaction, cursor: int, limit: int) -> list[int]:
    """The ids of the live monitors that follow `cursor`."""
    query = (
        sa.select(heartbeat_monitors.c.id)
        .where(heartbeat_monitors.c.id > cursor, heartbeat_monitors.c.deleted_at.is_(None))
        .order_by(heartbeat_monitors.c.id)
        .limit(limit)
    )
    return [row.id for row in tx.all(query)]


def _check_source(tx: Transaction, monitor: HeartbeatMonitor) -> None:
    found = documents.many(tx, SOURCES, (monitor.source_id,), deleted=False).get(monitor.source_id)
    if found is None:
        raise BadInput.at("alertSource.id", f"there is no alert source with the id {monitor.source_id}")
    if found.integration_type == "HEARTBEAT":
        raise BadInput.at(
            "alertSource.id", "a HEARTBEAT source is a heartbeat itself: name a HEARTBEAT2 source"
        )

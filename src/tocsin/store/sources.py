"""Alert sources, with the heartbeat row of those that expect pings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from tocsin.core import mail_source
from tocsin.core.events import DURING_HOURS, AlertSource
from tocsin.core.heartbeats import Beat, Plan, replanned
from tocsin.core.source_rules import checked
from tocsin.kit.chance import Chance, integration_key
from tocsin.kit.errors import BadInput, Conflict
from tocsin.kit.value import decode_json, replace
from tocsin.languages import msgid
from tocsin.store import (
    brokers,
    connections,
    documents,
    heartbeat_monitors,
    heartbeats,
    owners,
    support_hours,
)
from tocsin.store.database import WANTED, Transaction
from tocsin.store.kinds import POLICIES, SOURCES, SUPPORT_HOURS
from tocsin.store.tables import alert_sources, beats, condition_counters, incidents

KEY_TAGS = {"API": "api", "HEARTBEAT": "hbt", "HEARTBEAT2": "hb2"}


def create(tx: Transaction, source: AlertSource, chance: Chance) -> AlertSource:
    """Store a new source with a fresh integration key. Raises BadInput for what it names that is not there."""
    _check_references(tx, source)
    source = documents.insert(tx, SOURCES, replace(source, integration_key=_key(source, chance)))
    tx.wake("brokers")
    if source.heartbeat is not None:
        beat = Beat(source_id=source.id, plan=_plan(source), active=source.active)
        heartbeats.watch(tx, beat, source.integration_key, chance)
    return source


def change(tx: Transaction, source: AlertSource) -> AlertSource:
    """Replace a source; its type stays, and its key unless that is an address. Raises NotFound, BadInput."""
    _check_references(tx, source)
    before = documents.get(tx, SOURCES, source.id)
    moved = source.integration_key if before.integration_type in mail_source.TYPES else ""
    kept = {
        "integration_type": before.integration_type,
        "integration_key": moved or before.integration_key,
    }
    source = documents.save(tx, SOURCES, replace(source, **kept))
    beat = heartbeats.of_source(tx, source.id, hold=True)
    if beat is not None and (beat.plan, beat.active) != (_plan(source), source.active):
        heartbeats.replan(tx, replanned(beat, _plan(source), tx.now, active=source.active))
        tx.wake("heartbeats")
    if source.active and not before.active:
        heartbeats.tell_again(tx, source.id)
    if source.rules != before.rules:
        tx.run(sa.delete(condition_counters).where(condition_counters.c.source_id == source.id))
    support_hours.time_waiting(tx, source)
    tx.wake("brokers")
    return source


def remove(tx: Transaction, source_id: int) -> None:
    """Delete a source. Raises NotFound, and Conflict while it has open incidents."""
    source = documents.get(tx, SOURCES, source_id)
    still_open = tx.scalar(
        sa.select(sa.func.count())
        .select_from(incidents)
        .where(incidents.c.source_id == source_id, incidents.c.status != "RESOLVED")
    )
    if still_open:
        raise Conflict(
            f"the alert source {source.name!r} has {still_open} open incidents: resolve them first",
            code="IN_USE",
        )
    if heartbeat_monitors.count_of(tx, source_id):
        raise Conflict(
            f"the alert source {source.name!r} has heartbeat monitors: delete or move them first",
            code="IN_USE",
        )
    heartbeats.unwatch(tx, beats.c.source_id == source_id)
    connections.detach_source(tx, source_id)
    tx.run(sa.delete(condition_counters).where(condition_counters.c.source_id == source_id))
    owners.take(tx, SOURCES, source_id)
    brokers.forget(tx, source_id)
    documents.delete(tx, SOURCES, source_id)
    tx.wake("brokers")


def by_keys(tx: Transaction, keys: Iterable[str]) -> dict[str, AlertSource]:
    """The live sources with these integration keys, by key."""
    return arriving(tx, keys)[0]


_ARRIVING = sa.select(
    alert_sources.c.id,
    alert_sources.c.version,
    alert_sources.c.integration_key,
    alert_sources.c.maintained,
    sa.cast(alert_sources.c.body, sa.Text).label("json"),
).where(alert_sources.c.integration_key.in_(WANTED), alert_sources.c.deleted_at.is_(None))


def arriving(tx: Transaction, keys: Iterable[str]) -> tuple[dict[str, AlertSource], set[int]]:
    """The live sources with these integration keys, and the ids of those that maintenance windows name."""
    rows = tx.all(_ARRIVING, {"wanted": list(keys)})
    found = {
        row.integration_key: replace(decode_json(AlertSource, row.json), id=row.id, version=row.version)
        for row in rows
    }
    return found, {row.id for row in rows if row.maintained}


def note_limited(tx: Transaction, key: str) -> None:
    """Remember that a source went over its rate limit (shown for 48 hours)."""
    tx.run(sa.update(alert_sources).where(alert_sources.c.integration_key == key).values(limited_at=tx.now))


def limited_since(tx: Transaction, since: datetime) -> dict[int, datetime]:
    """The sources that went over their limit after `since`, with when."""
    query = sa.select(alert_sources.c.id, alert_sources.c.limited_at).where(
        alert_sources.c.limited_at > since
    )
    return {row.id: row.limited_at for row in tx.all(query)}


def _check_references(tx: Transaction, source: AlertSource) -> None:
    if source.rules is not None:
        checked(source.rules)
    if mail_source.lacks_key(source):
        raise BadInput.at("resolveKeyExtractor", "say where in the mail the key stands")
    hours = source.support_hours_id
    if hours is None and source.own_hours is None and source.incident_priority_rule in DURING_HOURS:
        raise BadInput.at("supportHours", msgid("name the support hours that the priority goes by"))
    if hours is not None and not documents.many(tx, SUPPORT_HOURS, (hours,), deleted=False):
        raise BadInput.at("supportHours.id", f"there are no support hours with the id {hours}")
    if not documents.many(tx, POLICIES, (source.policy_id,), deleted=False):
        raise BadInput.at(
            "escalationPolicy.id", f"there is no escalation policy with the id {source.policy_id}"
        )


def _key(source: AlertSource, chance: Chance) -> str:
    """A fresh key; an e-mail source has its address already."""
    if source.integration_type in mail_source.TYPES and source.integration_key:
        return source.integration_key
    tag = KEY_TAGS.get(source.integration_type, source.integration_type.lower()[:6])
    return integration_key(chance, tag)


def _plan(source: AlertSource) -> Plan:
    return Plan(interval_sec=source.heartbeat.interval_sec) if source.heartbeat else Plan()

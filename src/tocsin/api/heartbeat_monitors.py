"""Heartbeat monitors: many jobs that report to one alert source."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Body, Query
from starlette.responses import Response

from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Id, Number
from tocsin.api.routing import Resource
from tocsin.core import heartbeats as core
from tocsin.core.heartbeats import HeartbeatMonitor, Plan
from tocsin.core.policies import Ref
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, value
from tocsin.store import documents, heartbeats
from tocsin.store import heartbeat_monitors as stored
from tocsin.store.database import Transaction
from tocsin.store.heartbeat_monitors import Watched
from tocsin.store.heartbeats import KEPT, Ping
from tocsin.store.kinds import MONITORS, SOURCES

Include = Literal["integrationKey", "integrationUrl", "alertSource"]
Includes = Annotated[list[Include], Query(alias="include", max_length=10)]
Seconds = Annotated[int, Ge(core.SHORTEST_SEC), Le(core.LONGEST_SEC)]
monitors = Resource("heartbeat-monitors")


@value
class HeartbeatMonitorWire:
    """A job that should report regularly."""

    id: int | None = None
    name: Annotated[str, MinLen(1), MaxLen(255)]
    state: core.State | None = None
    """UNKNOWN before the first ping, HEALTHY, OVERDUE."""
    status: core.Standing | None = None
    """NEW, UP, LATE (in the grace time), DOWN or PAUSED."""
    reason: Literal["SILENT", "FAILED", "OVERRAN"] | None = None
    """Why it is OVERDUE."""
    interval_sec: Seconds | None = None
    """How often a ping is expected. Another interval makes another key. Required without `cron`."""
    cron: Annotated[str, MaxLen(255)] | None = None
    """A cron expression that takes the place of the interval."""
    timezone: Annotated[str, MaxLen(64)] | None = None
    """Of the cron expression; UTC."""
    grace_sec: Annotated[int, Ge(0), Le(core.LONGEST_SEC)] | None = None
    """How much later than expected a ping may come."""
    max_run_sec: Annotated[int, Ge(1), Le(core.LONGEST_SEC)] | None = None
    """How long a run may take that said it started; absent: the grace time, or an hour without one."""
    post_only: bool | None = None
    """Pings by GET and HEAD do not count."""
    alert_summary: Annotated[str, MaxLen(4096)] | None = None
    """The summary when pings stay away."""
    slug: str | None = None
    """Its name in `/ping/{key of the source}/{slug}`."""
    active: bool | None = None
    """Left out in a PUT: unchanged."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_ping_at: datetime | None = None
    started_at: datetime | None = None
    """Since when a run goes on."""
    due_at: datetime | None = None
    """When its silence becomes too long."""
    alert_source: Ref | None = None
    """Where the silence is reported. Left out: the account's only HEARTBEAT2 source."""
    integration_key: str | None = None
    integration_url: str | None = None
    ping_url: str | None = None
    """The same by UUID, as clients of Healthchecks want it; included with `integrationUrl`."""


@monitors.get("", "VIEW")
def list_heartbeat_monitors(
    call: Call,
    response: Response,
    include: Includes = [],  # noqa: B006 - FastAPI copies defaults
    cursor: Annotated[
        Number | None, Query(description="From the header `next-cursor` of the page before")
    ] = None,
    count: Annotated[int, Ge(1), Le(200), Query(alias="max-results")] = 100,
) -> list[HeartbeatMonitorWire]:
    """Every heartbeat monitor, page by page; the header `next-cursor` leads to the next."""
    with call.read() as tx:
        ids = stored.after(tx, cursor or 0, count + 1)
        if len(ids) > count:
            response.headers["next-cursor"] = str(ids[count - 1])
        return _shown(tx, call, ids[:count], include)


@monitors.post("", "CONFIGURE", responses={409: {"model": HeartbeatMonitorWire}})
def create_heartbeat_monitor(
    call: Call,
    body: Annotated[HeartbeatMonitorWire, Body()],
    response: Response,
    include: Includes = [],  # noqa: B006 - FastAPI copies defaults
) -> HeartbeatMonitorWire:
    """Create a monitor. When the name is taken: 409 with the monitor that has it."""
    with call.write() as tx:
        taken = documents.find(tx, MONITORS, name=body.name)
        if taken is None:
            taken = stored.create(tx, _read(tx, body, None), call.deployment.chance)
            response.status_code = 201
        else:
            response.status_code = 409
        shown = _shown(tx, call, [taken.id], include)[0]
    response.headers["location"] = call.location("heartbeat-monitors", taken.id)
    return shown


@monitors.get("/name/{name:path}", "VIEW")
def get_heartbeat_monitor_by_name(
    call: Call,
    name: str,
    include: Includes = [],  # noqa: B006 - FastAPI copies defaults
) -> HeartbeatMonitorWire:
    """The monitor of exactly this name."""
    with call.read() as tx:
        found = documents.named(tx, MONITORS, name)
        return _shown(tx, call, [found.id], include)[0]


@monitors.get("/{id}", "VIEW")
def get_heartbeat_monitor(
    call: Call,
    number: Id,
    include: Includes = [],  # noqa: B006 - FastAPI copies defaults
) -> HeartbeatMonitorWire:
    """One monitor."""
    with call.read() as tx:
        documents.get(tx, MONITORS, number)
        return _shown(tx, call, [number], include)[0]


@monitors.put("/{id}", "CONFIGURE")
def update_heartbeat_monitor(
    call: Call,
    number: Id,
    body: Annotated[HeartbeatMonitorWire, Body()],
    include: Includes = [],  # noqa: B006 - FastAPI copies defaults
) -> HeartbeatMonitorWire:
    """Replace a monitor. Another interval makes another key, which the answer shows."""
    with call.write() as tx:
        before = documents.get(tx, MONITORS, number)
        stored.change(tx, _read(tx, body, before), call.deployment.chance)
        return _shown(tx, call, [number], [*include, "integrationKey", "integrationUrl"])[0]


@monitors.delete("/{id}", "CONFIGURE")
def delete_heartbeat_monitor(call: Call, number: Id) -> None:
    """Delete a monitor; what its silence has opened stays open."""
    with call.write() as tx:
        stored.remove(tx, number)


@monitors.get("/{id}/pings", "VIEW")
def list_heartbeat_pings(
    call: Call, number: Id, count: Annotated[int, Ge(1), Le(KEPT), Query(alias="max-results")] = 50
) -> list[Ping]:
    """The last pings, newest first, with what they said."""
    with call.read() as tx:
        documents.get(tx, MONITORS, number)
        return heartbeats.last_pings(tx, stored.watched(tx, [number])[number].beat.id, count)


def _shown(
    tx: Transaction, call: Calling, ids: list[int], include: list[Include]
) -> list[HeartbeatMonitorWire]:
    found = stored.watched(tx, ids)
    sources = documents.many(tx, SOURCES, {w.monitor.source_id for w in found.values()})
    named = {source.id: Ref(id=source.id, name=source.name) for source in sources.values()}
    return [_wire(call, found[i], named, set(include), tx.now) for i in ids if i in found]


def _wire(
    call: Calling, found: Watched, sources: dict[int, Ref], include: set[Include], now: datetime
) -> HeartbeatMonitorWire:
    monitor, beat, plan = found.monitor, found.beat, found.monitor.plan
    keys = call.may("VIEW_KEYS")
    urls = keys and "integrationUrl" in include
    public_url = call.deployment.public_url
    return HeartbeatMonitorWire(
        id=monitor.id,
        name=monitor.name,
        state=beat.state,
        status=core.standing(beat, now),
        reason=beat.reason or None,
        interval_sec=plan.interval_sec,
        cron=plan.cron,
        timezone=plan.timezone if plan.cron else None,
        grace_sec=plan.grace_sec or None,
        max_run_sec=plan.max_run_sec,
        post_only=plan.post_only or None,
        alert_summary=monitor.summary or None,
        slug=monitor.slug,
        active=monitor.active,
        created_at=found.created_at,
        updated_at=found.updated_at,
        last_ping_at=beat.last_ping_at,
        started_at=beat.started_at,
        due_at=beat.due_at,
        alert_source=sources[monitor.source_id] if "alertSource" in include else None,
        integration_key=found.key if keys and "integrationKey" in include else None,
        integration_url=f"{public_url}/api/pings/{found.key}" if urls else None,
        ping_url=f"{public_url}/ping/{found.uuid}" if urls else None,
    )


def _read(tx: Transaction, wire: HeartbeatMonitorWire, before: HeartbeatMonitor | None) -> HeartbeatMonitor:
    """What `wire` makes of a monitor (of none: a new one). Raises BadInput."""
    if wire.interval_sec is None and wire.cron is None:
        raise BadInput.at("intervalSec", "say how often a ping is expected, or give a cron expression")
    known = before.plan.interval_sec if before else Plan().interval_sec
    plan = Plan(
        interval_sec=known if wire.interval_sec is None else wire.interval_sec,
        cron=wire.cron,
        timezone=wire.timezone or "UTC",
        grace_sec=wire.grace_sec or 0,
        max_run_sec=wire.max_run_sec,
        post_only=wire.post_only or False,
    )
    core.check(plan, tx.now)
    active = before.active if before else True
    return HeartbeatMonitor(
        id=before.id if before else 0,
        name=wire.name,
        source_id=_source(tx, wire.alert_source, before),
        plan=plan,
        summary=wire.alert_summary or "",
        slug=before.slug if before else "",
        active=active if wire.active is None else wire.active,
    )


def _source(tx: Transaction, wanted: Ref | None, before: HeartbeatMonitor | None) -> int:
    if wanted is not None:
        return wanted.id
    if before is not None:
        return before.source_id
    only = [source.id for source in documents.listing(tx, SOURCES) if source.integration_type == "HEARTBEAT2"]
    if len(only) != 1:
        raise BadInput.at("alertSource", 'name the alert source that reports the silence: {"id": 1}')
    return only[0]

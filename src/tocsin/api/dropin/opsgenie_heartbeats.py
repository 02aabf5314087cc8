"""Opsgenie's heartbeats at `/v2/heartbeats`: heartbeat monitors of the source whose key is the API key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api.dropin.opsgenie import Opsgenie
from tocsin.api.heartbeats import Pings
from tocsin.api.routing import read_body
from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import (
    LONGEST_SEC,
    SHORTEST_SEC,
    HeartbeatMonitor,
    Plan,
    Signal,
    slug_of,
    standing,
)
from tocsin.integrations import foreign
from tocsin.kit.clock import rfc3339
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace
from tocsin.store import documents
from tocsin.store import heartbeat_monitors as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import MONITORS

Work = Callable[[Transaction, AlertSource], tuple[dict[str, Any], int]]
Begin = Callable[[], AbstractContextManager[Transaction]]
_UNITS: Mapping[str, int] = {"minutes": 60, "hours": 3_600, "days": 86_400}
_MISSING = "Heartbeat does not exist"


class OpsgenieHeartbeatRoutes:
    """Opsgenie's heartbeat routes."""

    def __init__(self, opsgenie: Opsgenie, pings: Pings) -> None:
        self._og = opsgenie
        self._pings = pings

    def routes(self) -> list[BaseRoute]:
        """Pings, and the resource."""
        of = self._og.routes_of
        return [
            *of("/heartbeats/{name}/ping", self._ping, ["GET", "HEAD", "POST", "PUT", "PATCH"]),
            *of("/heartbeats/{name}/{verb}", self._switch, ["POST", "PUT"]),
            *of("/heartbeats", self._create, ["POST"]),
            *of("/heartbeats", self._list, ["GET"]),
            *of("/heartbeats/{name}", self._one, ["GET"]),
            *of("/heartbeats/{name}", self._update, ["PATCH", "PUT"]),
            *of("/heartbeats/{name}", self._delete, ["DELETE"]),
        ]

    async def _ping(self, request: Request) -> Response:
        key, slug = self._og.key(request), slug_of(str(request.path_params["name"]))
        if not key:
            return self._og.unauthenticated()
        await self._pings.hear(Signal(key=key, slug=slug, method="POST"))
        return self._og.said({"result": "PONG - Heartbeat received"}, 202)

    async def _create(self, request: Request) -> Response:
        sent = await _sent(request)
        return await self._write(request, lambda tx, source: (self._made(tx, source, sent), 201))

    async def _update(self, request: Request) -> Response:
        sent = await _sent(request)

        def update(tx: Transaction, source: AlertSource) -> tuple[dict[str, Any], int]:
            before = self._find(tx, source, request)
            after = _changed(before, sent)
            stored.change(tx, after, self._og.door.deployment.chance)
            return self._shown(tx, after.id), 200

        return await self._write(request, update)

    async def _switch(self, request: Request) -> Response:
        verb = request.path_params["verb"]
        if verb not in ("enable", "disable"):
            return self._og.said({"message": f"There is no {verb} of a heartbeat."}, 404)

        def switch(tx: Transaction, source: AlertSource) -> tuple[dict[str, Any], int]:
            monitor = replace(self._find(tx, source, request), active=verb == "enable")
            stored.change(tx, monitor, self._og.door.deployment.chance)
            return self._shown(tx, monitor.id), 200

        return await self._write(request, switch)

    async def _one(self, request: Request) -> Response:
        return await self._read(
            request, lambda tx, source: (self._shown(tx, self._find(tx, source, request).id), 200)
        )

    async def _list(self, request: Request) -> Response:
        def listed(tx: Transaction, source: AlertSource) -> tuple[dict[str, Any], int]:
            own = [m.id for m in documents.listing(tx, MONITORS) if m.source_id == source.id]
            return {"heartbeats": [_shown(found, tx.now) for found in stored.watched(tx, own).values()]}, 200

        return await self._read(request, listed)

    async def _delete(self, request: Request) -> Response:
        def delete(tx: Transaction, source: AlertSource) -> tuple[dict[str, Any], int]:
            monitor = self._find(tx, source, request)
            stored.remove(tx, monitor.id)
            return {"name": monitor.name, "enabled": monitor.active, "expired": False}, 200

        return await self._write(request, delete)

    async def _read(self, request: Request, work: Work) -> Response:
        return await self._do(request, self._og.door.deployment.db.read, work)

    async def _write(self, request: Request, work: Work) -> Response:
        return await self._do(request, self._og.door.deployment.db.write, work)

    async def _do(self, request: Request, begin: Begin, work: Work) -> Response:
        """Do something for the source of a request, in one transaction, in a worker thread."""
        source = await self._og.door.source(self._og.key(request))
        if source is None:
            return self._og.unauthenticated()

        def step() -> tuple[dict[str, Any], int]:
            with begin() as tx:
                return work(tx, source)

        try:
            data, status = await run_in_threadpool(step)
        except _Missing:
            return self._og.said({"message": _MISSING}, 404)
        return self._og.said({"data": data}, status)

    def _made(self, tx: Transaction, source: AlertSource, sent: Mapping[str, Any]) -> dict[str, Any]:
        name = foreign.text(sent.get("name"))
        if not name or len(name) > 200 or not slug_of(name):
            raise BadInput.at("name", "Name can not be empty, or longer than 200 characters.")
        taken = documents.find(tx, MONITORS, name=name)
        if taken is not None and taken.source_id != source.id:
            raise BadInput.at("name", "Another heartbeat has this name.")
        if taken is None and stored.count_of(tx, source.id) >= stored.MOST_BY_PING:
            raise BadInput.at("name", "This key has as many heartbeats as it may make.")
        monitor = _changed(taken or HeartbeatMonitor(name=name, source_id=source.id), sent)
        chance = self._og.door.deployment.chance
        made = stored.change(tx, monitor, chance) if taken else stored.create(tx, monitor, chance)
        return self._shown(tx, made.id)

    def _find(self, tx: Transaction, source: AlertSource, request: Request) -> HeartbeatMonitor:
        slug = slug_of(str(request.path_params["name"]))
        found = documents.find(tx, MONITORS, source_id=source.id, slug=slug)
        if found is None:
            raise _Missing
        return found

    def _shown(self, tx: Transaction, number: int) -> dict[str, Any]:
        return _shown(stored.watched(tx, [number])[number], tx.now)


class _Missing(Exception):
    """The source has no such heartbeat."""


def _shown(found: stored.Watched, now: datetime) -> dict[str, Any]:
    monitor, beat = found.monitor, found.beat
    return {
        "name": monitor.name,
        "description": "",
        "interval": monitor.plan.interval_sec // 60,
        "intervalUnit": "minutes",
        "enabled": monitor.active,
        "expired": standing(beat, now) == "DOWN",
        "alertMessage": monitor.summary,
        "alertTags": [],
        "alertPriority": "P3",
        **({"lastPingTime": rfc3339(beat.last_ping_at)} if beat.last_ping_at else {}),
    }


async def _sent(request: Request) -> Mapping[str, Any]:
    """What a request says. As in events, NUL is replaced: no text column of PostgreSQL takes one."""
    return foreign.mapping((await read_body(request)).replace(rb"\u0000", rb"\ufffd"))


def _changed(monitor: HeartbeatMonitor, sent: Mapping[str, Any]) -> HeartbeatMonitor:
    """The monitor with what a request says of it; what it leaves out stays."""
    interval = sent.get("interval")
    plan = monitor.plan if monitor.id else Plan(interval_sec=600)
    if interval is not None:
        seconds = _UNITS.get(foreign.text(sent.get("intervalUnit") or "minutes"), 0)
        total = interval * seconds if isinstance(interval, int) and abs(interval) < LONGEST_SEC else 0
        if not SHORTEST_SEC <= total <= LONGEST_SEC:
            raise BadInput.at(
                "interval", "Use an interval of 1 minute to 31 days, in minutes, hours or days."
            )
        plan = replace(plan, interval_sec=total)
    enabled = sent.get("enabled")
    message = sent.get("alertMessage")
    return replace(
        monitor,
        plan=plan,
        summary=monitor.summary if message is None else foreign.text(message)[:4_096],
        active=enabled if isinstance(enabled, bool) else monitor.active,
    )

"""Heartbeats: jobs whose silence becomes an incident, with what to copy into them and what they last said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import HeartbeatMonitor, Plan, Standing, check, expected, standing
from tocsin.kit.errors import BadInput, Conflict, Problem
from tocsin.kit.value import decode, encode, replace
from tocsin.store import documents, heartbeats
from tocsin.store import heartbeat_monitors as stored
from tocsin.store.database import Transaction
from tocsin.store.heartbeat_monitors import Watched
from tocsin.store.kinds import MONITORS, SOURCES
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.source_form import BEAT_UNITS
from tocsin.web.visit import Visit, see_other

PINGS_SHOWN = 20
NEXT_SHOWN = 5
BODY_SHOWN = 2_000
WORST: tuple[Standing, ...] = ("DOWN", "LATE", "NEW", "UP", "PAUSED")
"""The order of the list: what needs somebody comes first."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A monitor and how it stands."""

    watched: Watched
    standing: Standing
    next: datetime | None


def show_list(visit: Visit) -> Response:
    """Every monitor, the worst first."""
    wanted = visit.asked.get("q", "").strip()[:100]
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, MONITORS)
        rows = stored.watched(tx, [m.id for m in found if wanted.casefold() in m.name.casefold()])
        shown = [_shown(one, tx.now) for one in rows.values()]
        sources = {source.id: source for source in _sources(tx)}
    shown.sort(key=lambda one: (WORST.index(one.standing), one.watched.monitor.name.casefold()))
    return page(visit, "heartbeats.html", found=shown, sources=sources, wanted=wanted, total=len(found))


def _shown(one: Watched, now: datetime) -> Shown:
    last = one.beat.last_ping_at
    then = expected(one.beat.plan, last) if last and one.beat.active else None
    return Shown(watched=one, standing=standing(one.beat, now), next=then if then and then > now else None)


def show(visit: Visit) -> Response:
    """One monitor: what to copy, when it is expected, what it said. Raises NotFound."""
    number = visit.number("id")
    with visit.deployment.db.read() as tx:
        monitor = documents.get(tx, MONITORS, number)
        one = stored.watched(tx, [number])[number]
        pings = heartbeats.last_pings(tx, one.beat.id, PINGS_SHOWN)
        source = documents.get(tx, SOURCES, monitor.source_id, deleted=True)
        now = tx.now
    base = visit.deployment.public_url
    return page(
        visit,
        "heartbeat.html",
        monitor=monitor,
        shown=_shown(one, now),
        source=source,
        pings=pings,
        url=f"{base}/ping/{one.uuid}",
        push=f"{base}/api/push/{one.uuid}",
        coming=_coming(monitor.plan, now),
        body_shown=BODY_SHOWN,
    )


def _coming(plan: Plan, now: datetime) -> list[datetime]:
    """The next times of a cron expression; an interval counts from the last ping."""
    found: list[datetime] = []
    at: datetime | None = now
    while plan.cron and len(found) < NEXT_SHOWN and at and (at := expected(plan, at)):
        found.append(at)
    return found


def begin(visit: Visit) -> Response:
    """A new monitor."""
    with visit.deployment.db.read() as tx:
        return _form(
            tx, visit, None, {"interval": "1", "unit": "days", "grace": "60", "timezone": visit.zone}
        )


def edit(visit: Visit) -> Response:
    """A monitor as it stands. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        monitor = documents.get(tx, MONITORS, visit.number("id"))
        plan = monitor.plan
        unit = next(
            u for u, length in reversed(BEAT_UNITS.items()) if plan.interval_sec >= length or u == "minutes"
        )
        said = {
            "name": monitor.name,
            "source": str(monitor.source_id),
            "interval": f"{plan.interval_sec / BEAT_UNITS[unit]:g}",
            "unit": unit,
            "cron": plan.cron or "",
            "timezone": plan.timezone,
            "grace": f"{plan.grace_sec / 60:g}",
            "summary": monitor.summary,
            "active": "on" if monitor.active else "",
        }
        return _form(tx, visit, monitor, said)


def save(visit: Visit) -> Response:
    """Create or change a monitor. Raises NotFound."""
    problems = Problems()
    before: HeartbeatMonitor | None = None
    try:
        with visit.deployment.db.write() as tx:
            if "id" in visit.request.path_params:
                before = documents.get(tx, MONITORS, visit.number("id"))
            monitor = _read(visit, before, tx.now)
            if before:
                monitor = stored.change(tx, monitor, visit.deployment.chance)
            else:
                monitor = stored.create(tx, monitor, visit.deployment.chance)
    except BadInput as wrong:
        problems = problems_by_field(wrong)
    except Conflict:
        problems = Problems(name="another heartbeat of this source has this name already")
    if problems:
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, before, dict(visit.form), problems)
    return see_other(f"/heartbeats/{monitor.id}?said={'saved' if before else 'created'}")


def remove(visit: Visit) -> Response:
    """Delete a monitor. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        stored.remove(tx, visit.number("id"))
    return see_other("/heartbeats?said=deleted")


def _read(visit: Visit, before: HeartbeatMonitor | None, now: datetime) -> HeartbeatMonitor:
    """The monitor of the form. Raises BadInput."""
    wrong: list[Problem] = []
    source = visit.id_said("source")
    if source is None:
        wrong.append(Problem("source", "choose where its silence is reported"))
    if not visit.said("name", 255):
        wrong.append(Problem("name", "give it a name, for example Nightly backup"))
    interval = _seconds(visit.said("interval", 12), BEAT_UNITS.get(visit.said("unit", 20), 60))
    grace = _seconds(visit.said("grace", 12) or "0", 60)
    if interval is None:
        wrong.append(Problem("interval", "write a number"))
    if grace is None:
        wrong.append(Problem("grace", "write a number"))
    if wrong or source is None:
        raise BadInput(*wrong)
    plan = _plan(visit, before, {"intervalSec": interval, "graceSec": grace})
    check(plan, now)
    blank = before or HeartbeatMonitor(name="-", source_id=0)
    return replace(
        blank,
        name=visit.said("name", 255),
        source_id=source,
        plan=plan,
        summary=visit.said("summary", 4096),
        active=visit.said("active") == "on",
    )


def _plan(visit: Visit, before: HeartbeatMonitor | None, times: dict[str, Any]) -> Plan:
    """When pings are expected; what the form does not show stays. Raises BadInput."""
    kept = encode(Plan, before.plan) if before else {}
    said = {"cron": visit.said("cron", 255) or None, "timezone": visit.said("timezone", 64) or "UTC"}
    try:
        return decode(Plan, {**kept, **times, **said})
    except BadInput as refused:
        names = {"intervalSec": "interval", "graceSec": "grace"}
        raise BadInput(*(Problem(names.get(p.path, p.path), p.message) for p in refused.problems)) from None


def _seconds(text: str, unit: int) -> int | None:
    try:
        found = float(text) * unit
    except ValueError:
        return None
    return round(found) if 0 <= found < 1e9 else None


def _sources(tx: Transaction) -> list[AlertSource]:
    return [source for source in documents.listing(tx, SOURCES) if source.integration_type == "HEARTBEAT2"]


def _form(
    tx: Transaction,
    visit: Visit,
    monitor: HeartbeatMonitor | None,
    said: dict[str, str],
    problems: Problems | None = None,
) -> Response:
    return page(
        visit,
        "heartbeat_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        monitor=monitor,
        sources=[(source.id, source.name) for source in _sources(tx)],
        said=Problems({"active": "" if visit.form or monitor else "on", **said}),
        units=tuple(BEAT_UNITS),
        problems=problems or Problems(),
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/heartbeats", action="VIEW", get=show_list),
        Page(path="/heartbeats/new", action="CONFIGURE", get=begin, post=save),
        Page(path="/heartbeats/{id}", action="VIEW_KEYS", get=show),
        Page(path="/heartbeats/{id}/edit", action="CONFIGURE", get=edit, post=save),
        Page(path="/heartbeats/{id}/delete", action="CONFIGURE", post=remove),
    ]

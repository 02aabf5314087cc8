"""Maintenance windows: planned quiet, once or again and again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import get_args

from starlette.responses import Response

from tocsin.core.events import AlertSource
from tocsin.core.maintenance import MaintenanceWindow, Recurrence, in_force, next_start
from tocsin.core.schedules import Day
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import replace
from tocsin.store import documents, maintenance
from tocsin.store.database import Transaction
from tocsin.store.kinds import MAINTENANCE, SOURCES
from tocsin.store.maintenance import Wanted
from tocsin.web.clockwork import is_zone
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, id_in, local_path, see_other
from tocsin.web.when import field_of, instant_in

AT_ONCE = ("30", "60", "120", "480")
EVERY = ("", "P1D", "P7D", "P14D", "P1M")
DAYS: tuple[Day, ...] = get_args(Day)
CLOSED_SHOWN = 20


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A window and how it stands."""

    window: MaintenanceWindow
    sources: list[AlertSource]
    until: datetime | None
    """When the present maintenance ends."""
    next: datetime | None


def show(visit: Visit) -> Response:
    """What is under way, planned and over."""
    with visit.deployment.db.read() as tx:
        named = {source.id: source for source in documents.listing(tx, SOURCES)}
        still = [_shown(w, named, tx.now) for w in maintenance.listing(tx, Wanted(state="OPEN"))]
        over = [_shown(w, named, tx.now) for w in maintenance.listing(tx, Wanted(state="CLOSED"))]
    running = [one for one in still if one.until]
    planned = sorted((one for one in still if not one.until), key=lambda one: one.next or one.window.start)
    return page(visit, "maintenance.html", running=running, planned=planned, over=over[::-1][:CLOSED_SHOWN])


def _shown(window: MaintenanceWindow, named: dict[int, AlertSource], now: datetime) -> Shown:
    return Shown(
        window=window,
        sources=[named[i] for i in window.source_ids if i in named],
        until=in_force(window, now),
        next=next_start(window, now),
    )


def begin(visit: Visit) -> Response:
    """A new window."""
    with visit.deployment.db.read() as tx:
        start = tx.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        end = start + timedelta(hours=2)
        said = {
            "start": field_of(start, visit.zone),
            "end": field_of(end, visit.zone),
            "timezone": visit.zone,
        }
        return _form(tx, visit, None, Problems(said), chosen=[])


def edit(visit: Visit) -> Response:
    """A window as it stands. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        window = documents.get(tx, MAINTENANCE, visit.number("id"))
        again = window.recurrence or Recurrence()
        said = {
            "summary": window.summary,
            "description": window.description,
            "timezone": window.timezone,
            "start": field_of(window.start, window.timezone),
            "end": field_of(window.end, window.timezone),
            "every": again.every or "",
            "until": field_of(again.until, window.timezone) if again.until else "",
        }
        chosen = [*map(str, window.source_ids), *again.days]
        return _form(tx, visit, window, Problems(said), chosen=chosen)


def save(visit: Visit) -> Response:
    """Create or change a window. Raises NotFound."""
    wrong: BadInput | None = None
    before: MaintenanceWindow | None = None
    with visit.deployment.db.write() as tx:
        if "id" in visit.request.path_params:
            before = documents.get(tx, MAINTENANCE, visit.number("id"))
        try:
            window = _read(visit, before)
            if before:
                maintenance.change(tx, window)
            else:
                maintenance.create(tx, window)
        except BadInput as refused:
            wrong = refused
    if wrong is not None:
        with visit.deployment.db.read() as tx:
            chosen = [*visit.chosen("source"), *visit.chosen("day")]
            return _form(
                tx, visit, before, Problems(visit.form), chosen=chosen, problems=problems_by_field(wrong)
            )
    return see_other(f"/maintenance?said={'saved' if before else 'created'}")


def at_once(visit: Visit) -> Response:
    """One source is in maintenance from now on, for a while. Raises NotFound, BadInput."""
    minutes, number = visit.said("minutes", 4), visit.id_said("source")
    if minutes not in AT_ONCE or number is None:
        raise BadInput.at("minutes", "choose for how long")
    with visit.deployment.db.write() as tx:
        source = documents.get(tx, SOURCES, number)
        window = MaintenanceWindow(
            summary=source.name[:255],
            timezone=visit.zone,
            start=tx.now,
            end=tx.now + timedelta(minutes=int(minutes)),
            source_ids=(source.id,),
            created_by=visit.someone.name,
        )
        maintenance.create(tx, window)
    return see_other(local_path(visit.said("back", 300), f"/sources/{source.id}") + "?said=saved")


def end_now(visit: Visit) -> Response:
    """End the present maintenance of a window that does not recur. Raises NotFound, BadInput."""
    with visit.deployment.db.write() as tx:
        window = documents.get(tx, MAINTENANCE, visit.number("id"))
        if window.recurrence is not None or not window.start < tx.now < window.end:
            raise BadInput.at(
                "", "only a single maintenance that is under way can be ended: change the others"
            )
        maintenance.change(tx, replace(window, end=tx.now))
    return see_other("/maintenance?said=saved")


def remove(visit: Visit) -> Response:
    """Delete a window: its maintenance ends. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        maintenance.remove(tx, visit.number("id"))
    return see_other("/maintenance?said=deleted")


def _read(visit: Visit, before: MaintenanceWindow | None) -> MaintenanceWindow:
    """The window of the form. Raises BadInput."""
    zone = visit.said("timezone", 64)
    at = zone if is_zone(zone) else "UTC"
    start, end = (instant_in(visit.said(name, 30), at) for name in ("start", "end"))
    wrong = [] if is_zone(zone) else [Problem("timezone", "write a name like Europe/Berlin")]
    wrong += [
        Problem(n, "write a date and a time") for n, found in (("start", start), ("end", end)) if not found
    ]
    if not visit.said("summary", 255):
        wrong.append(Problem("summary", "say what is being done"))
    ids = tuple(number for text in visit.chosen("source") if (number := id_in(text)) is not None)
    if not ids:
        wrong.append(Problem("source", "choose at least one alert source"))
    if wrong or start is None or end is None:
        raise BadInput(*wrong)
    blank = before or MaintenanceWindow(summary="-", start=start, end=end, created_by=visit.someone.name)
    return replace(
        blank,
        summary=visit.said("summary", 255),
        description=visit.said("description", 20_000),
        timezone=zone,
        start=start,
        end=end,
        source_ids=ids,
        recurrence=_recurrence(visit, at),
    )


def _recurrence(visit: Visit, zone: str) -> Recurrence | None:
    every = visit.said("every", 32)
    sent = visit.chosen("day")
    days = tuple(day for day in DAYS if day in sent) if every == "days" else ()
    if every not in EVERY and not days:
        raise BadInput.at("every", "choose the days of the week")
    if not every:
        return None
    until = instant_in(visit.said("until", 30), zone)
    if until is None and visit.said("until"):
        raise BadInput.at("until", "write a date and a time")
    return Recurrence(every=None if days else every, days=days, until=until)


def _form(
    tx: Transaction,
    visit: Visit,
    window: MaintenanceWindow | None,
    said: Problems,
    *,
    chosen: list[str],
    problems: Problems | None = None,
) -> Response:
    found = problems or Problems()
    if any(path.startswith("recurrence") for path in found):
        found["every"] = next(text for path, text in found.items() if path.startswith("recurrence"))
    if window and window.recurrence and window.recurrence.days and not visit.form:
        said["every"] = "days"
    return page(
        visit,
        "maintenance_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        window=window,
        said=said,
        chosen=chosen,
        problems=found,
        sources=documents.listing(tx, SOURCES),
        every=EVERY,
        weekdays=DAYS,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/maintenance", action="VIEW", get=show),
        Page(path="/maintenance/new", action="CONFIGURE", get=begin, post=save, fields=200),
        Page(path="/maintenance/now", action="CONFIGURE", post=at_once),
        Page(path="/maintenance/{id}/edit", action="CONFIGURE", get=edit, post=save, fields=200),
        Page(path="/maintenance/{id}/end", action="CONFIGURE", post=end_now),
        Page(path="/maintenance/{id}/delete", action="CONFIGURE", post=remove),
    ]

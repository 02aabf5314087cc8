"""My shifts: when I am on call, by what, and when I am away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.on_call import Roster
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence, BrokenSchedule, Schedule, Shift
from tocsin.kit.errors import BadInput, Problem
from tocsin.store import absences, replacing, schedules
from tocsin.store.absences import Noted
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other
from tocsin.web.when import field_of, instant_in

DAYS = 60
HOURS_OF = 30
"""Days whose hours are added up."""


@dataclass(frozen=True, kw_only=True)
class Mine:
    """A shift of the visitor."""

    shift: Shift
    schedule: Schedule


def show(visit: Visit) -> Response:
    """The next sixty days of the visitor."""
    return _page(visit, Problems(), Problems())


def _page(visit: Visit, said: Problems, problems: Problems) -> Response:
    me = visit.someone.id
    with visit.deployment.db.read() as tx:
        mine = _mine(tx, me, tx.now + timedelta(days=DAYS))
        away = absences.listing(tx, me, tx.now)
        now = tx.now
    until = now + timedelta(days=HOURS_OF)
    spans = [min(m.shift.end, until) - max(m.shift.start, now) for m in mine]
    hours = sum((span for span in spans if span > timedelta()), timedelta())
    return page(
        visit,
        "my_shifts.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        mine=mine,
        away=away,
        days=DAYS,
        hours=round(hours / timedelta(hours=1)),
        hours_of=HOURS_OF,
        clashes=[m for m in mine if any(_touch(m.shift, a.absence) for a in away)],
        said=said or Problems(start=field_of(now, visit.zone)),
        problems=problems,
    )


def _mine(tx: Transaction, me: int, until: datetime) -> list[Mine]:
    rotas, _ = schedules.load(tx, schedules.planning_with(tx, me), tx.now, until)
    found: list[Mine] = []
    for rota in rotas.values():
        try:
            shifts = Roster(rota).shifts(tx.now, until)
        except BrokenSchedule:
            continue
        found += [Mine(shift=shift, schedule=rota.schedule) for shift in shifts if shift.user.id == me]
    return sorted(found, key=lambda one: one.shift.start)


def _touch(shift: Shift, absence: Absence) -> bool:
    return shift.start < absence.end and absence.start < shift.end


def be_away(visit: Visit) -> Response:
    """Note an absence: schedules pass the visitor over."""
    try:
        wanted = _absence(visit)
        with visit.deployment.db.write() as tx:
            replacing.add_absence(tx, wanted, visit.someone.id)
    except BadInput as wrong:
        return _page(visit, Problems(visit.form), problems_by_field(wrong))
    return see_other("/on-call/mine?said=saved")


def _absence(visit: Visit) -> Noted:
    start, end = (instant_in(visit.said(name, 30), visit.zone) for name in ("start", "end"))
    wrong = [
        Problem(name, "write a date and a time") for name, at in (("start", start), ("end", end)) if not at
    ]
    if start is None or end is None:
        raise BadInput(*wrong)
    return Noted(
        absence=Absence(user=UserRef(id=visit.someone.id), start=start, end=end),
        reason=visit.said("reason", 255),
    )


def be_back(visit: Visit) -> Response:
    """End an absence now. Raises NotFound, Conflict."""
    with visit.deployment.db.write() as tx:
        noted = absences.one(tx, visit.someone.id, visit.id_said("absence") or 0)
        replacing.end_absence(tx, noted)
    return see_other("/on-call/mine?said=saved")


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/on-call/mine", action="VIEW", get=show),
        Page(path="/on-call/away", action="RESPOND", post=be_away),
        Page(path="/on-call/back", action="RESPOND", post=be_back),
    ]

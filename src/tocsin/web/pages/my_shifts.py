"""My shifts: when I am on call, by what, and when I am away."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.schedules import Absence, Shift
from tocsin.kit.errors import BadInput
from tocsin.store import absences, replacing, shift_requests
from tocsin.web.declare import Page
from tocsin.web.held import held
from tocsin.web.pages.absences import noted_in
from tocsin.web.pages.shift_requests import named
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other
from tocsin.web.when import field_of

DAYS = 60
HOURS_OF = 30
"""Days whose hours are added up."""


def show(visit: Visit) -> Response:
    """The next sixty days of the visitor."""
    return _page(visit, Problems(), Problems())


def _page(visit: Visit, said: Problems, problems: Problems) -> Response:
    me = visit.someone.id
    with visit.deployment.db.read() as tx:
        mine = held(tx, me, tx.now + timedelta(days=DAYS))
        asked = [one for one in shift_requests.of_user(tx, me) if one.state == "PENDING"]
        of_me = named(tx, [one for one in asked if one.colleague.id == me])
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
        of_me=of_me,
        waiting=len(asked) - len(of_me),
        clashes=[m for m in mine if any(_touch(m.shift, a.absence) for a in away)],
        said=said or Problems(start=field_of(now, visit.zone)),
        problems=problems,
    )


def _touch(shift: Shift, absence: Absence) -> bool:
    return shift.start < absence.end and absence.start < shift.end


def be_away(visit: Visit) -> Response:
    """Note an absence: schedules pass the visitor over."""
    try:
        wanted = noted_in(visit, visit.someone.id)
        with visit.deployment.db.write() as tx:
            replacing.add_absence(tx, wanted, visit.someone.id)
    except BadInput as wrong:
        return _page(visit, Problems(visit.form), problems_by_field(wrong))
    return see_other("/on-call/mine?said=saved")


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

"""Taking over, or handing over, all shifts of somebody in a time: on every schedule at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tocsin.core.on_duty import Window
from tocsin.core.people import BYSTANDERS
from tocsin.kit.errors import BadInput, Problem
from tocsin.store import documents, replacing
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.web.declare import Page
from tocsin.web.held import Held, held
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, id_in, see_other
from tocsin.web.when import field_of, instant_in

MOST_SCHEDULES = 200
LONGEST = timedelta(days=366)


def form(visit: Visit) -> Response:
    """The form: the visitor's shifts of the next week."""
    with visit.deployment.db.read() as tx:
        said = {
            "whose": str(visit.someone.id),
            "start": field_of(tx.now, visit.zone),
            "end": field_of(tx.now + timedelta(days=7), visit.zone),
        }
        return _form(tx, visit, Problems(said), Problems())


def preview(visit: Visit) -> Response:
    """Which shifts the form means: read only."""
    with visit.deployment.db.read() as tx:
        return page(visit, "covering_preview.html", **_affected(tx, visit, Problems(visit.form)))


def enter(visit: Visit) -> Response:
    """Enter the overrides. Responders may take over, users let anybody take over. Raises Forbidden."""
    try:
        whose, taker, window = _wanted(visit)
        if taker != visit.someone.id:
            visit.require("CONFIGURE")
        with visit.deployment.db.write() as tx:
            only = frozenset(_only(visit))
            replacing.override_shifts(tx, whose, taker, window, only=only, by=visit.someone.id)
    except BadInput as wrong:
        with visit.deployment.db.read() as tx:
            return _form(tx, visit, Problems(visit.form), problems_by_field(wrong))
    return see_other("/on-call/mine?said=saved")


def _only(visit: Visit) -> Iterable[int]:
    return (number for text in visit.chosen("schedule", MOST_SCHEDULES) if (number := id_in(text)))


def _wanted(visit: Visit) -> tuple[int, int, Window]:
    """Whose shifts, who takes them, when. Raises BadInput."""
    whose, taker = visit.id_said("whose"), visit.id_said("user")
    start, end = (instant_in(visit.said(name, 30), visit.zone) for name in ("start", "end"))
    said = {"whose": whose, "user": taker, "start": start, "end": end}
    missing = {"whose": "choose whose shifts", "user": "choose who takes over"}
    wrong = [
        Problem(name, missing.get(name, "write a date and a time"))
        for name, found in said.items()
        if found is None
    ]
    if whose is None or taker is None or start is None or end is None:
        raise BadInput(*wrong)
    if not start < end <= start + LONGEST:
        raise BadInput.at("end", "it must come after the start, by a year at most")
    return whose, taker, Window(start=start, end=end)


def _affected(tx: Transaction, visit: Visit, said: Problems) -> dict[str, Any]:
    """The shifts of the one who is named, in the time that is named, by schedule."""
    start, end = (instant_in(said[name], visit.zone) for name in ("start", "end"))
    whose = id_in(said["whose"])
    found: list[Held] = []
    if whose is not None and start is not None and end is not None and tx.now < end <= tx.now + LONGEST:
        found = [one for one in held(tx, whose, end) if one.shift.end > start]
    names = {one.schedule.id: one.schedule for one in found}
    return {"affected": found, "planned": list(names.values()), "chosen": visit.chosen("schedule")}


def _form(tx: Transaction, visit: Visit, said: Problems, problems: Problems) -> Response:
    able = [user for user in documents.listing(tx, USERS) if user.role not in BYSTANDERS]
    return page(
        visit,
        "covering.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        able=[(user.id, user.name) for user in able],
        takers=[(u.id, u.name) for u in able if u.id == visit.someone.id or visit.may("CONFIGURE")],
        said=said,
        problems=problems,
        **_affected(tx, visit, said),
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/on-call/mine/override", action="RESPOND", get=form, post=enter, fields=300),
        Page(path="/on-call/mine/override/preview", action="RESPOND", post=preview, fields=300),
    ]

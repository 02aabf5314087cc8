"""Who is away, and which minutes have nobody because of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.coverage import left_open
from tocsin.core.intervals import Interval
from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence, BrokenSchedule, Rota, Schedule
from tocsin.kit.errors import BadInput, Problem
from tocsin.store import absences, documents, replacing, schedules
from tocsin.store.absences import Noted
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other
from tocsin.web.when import field_of, instant_in

MOST_SHOWN = 200
LOOK_AHEAD = timedelta(days=400)


@dataclass(frozen=True, kw_only=True)
class Away:
    """An absence, whose it is, and the holes that it leaves."""

    noted: Noted
    user: User | None
    holes: list[tuple[Schedule, tuple[Interval, ...]]]


def show(visit: Visit) -> Response:
    """Every absence that is not over, the next first."""
    with visit.deployment.db.read() as tx:
        said = Problems(user=str(visit.someone.id), start=field_of(tx.now, visit.zone))
        return _page(tx, visit, said, Problems())


def enter(visit: Visit) -> Response:
    """Note an absence: one's own, or as an administrator anybody's. Raises Forbidden."""
    try:
        wanted = noted_in(visit, visit.id_said("user"))
        visit.require("SELF", wanted.absence.user.id)
        with visit.deployment.db.write() as tx:
            documents.get(tx, USERS, wanted.absence.user.id)
            replacing.add_absence(tx, wanted, visit.someone.id)
    except BadInput as wrong:
        with visit.deployment.db.read() as tx:
            return _page(tx, visit, Problems(visit.form), problems_by_field(wrong))
    return see_other("/schedules/absences?said=saved")


def end(visit: Visit) -> Response:
    """Somebody is there again from now on. Raises NotFound, Forbidden, Conflict."""
    user_id = visit.id_said("user") or 0
    visit.require("SELF", user_id)
    with visit.deployment.db.write() as tx:
        replacing.end_absence(tx, absences.one(tx, user_id, visit.id_said("absence") or 0))
    return see_other("/schedules/absences?said=saved")


def noted_in(visit: Visit, user_id: int | None) -> Noted:
    """The absence that a form describes. Raises BadInput."""
    start, until = (instant_in(visit.said(name, 30), visit.zone) for name in ("start", "end"))
    wrong = [
        Problem(name, "write a date and a time") for name, at in (("start", start), ("end", until)) if not at
    ]
    if user_id is None:
        wrong.append(Problem("user", "choose who is away"))
    if user_id is None or start is None or until is None:
        raise BadInput(*wrong)
    return Noted(
        absence=Absence(user=UserRef(id=user_id), start=start, end=until), reason=visit.said("reason", 255)
    )


def _page(tx: Transaction, visit: Visit, said: Problems, problems: Problems) -> Response:
    found = absences.coming(tx, MOST_SHOWN)
    users = documents.many(tx, USERS, {one.absence.user.id for one in found})
    rotas, _ = schedules.load(tx, schedules.live(tx) if found else (), tx.now, tx.now + LOOK_AHEAD)
    able = [user for user in documents.listing(tx, USERS) if user.role not in BYSTANDERS]
    mine = visit.someone.id
    return page(
        visit,
        "absences.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        away=[
            Away(
                noted=one,
                user=users.get(one.absence.user.id),
                holes=_holes(rotas.values(), one.absence, tx.now),
            )
            for one in found
        ],
        able=[(u.id, u.name) for u in able if u.id == mine or visit.may("MANAGE_USERS")],
        said=said,
        problems=problems,
    )


def _holes(
    rotas: Iterable[Rota], absence: Absence, now: datetime
) -> list[tuple[Schedule, tuple[Interval, ...]]]:
    """What it leaves open in each schedule; one that cannot be read is passed over."""
    found = []
    for rota in rotas:
        if absence.user.id not in rota.user_ids:
            continue
        try:
            holes = left_open(rota, absence, now)
        except BrokenSchedule:
            continue
        if holes:
            found.append((rota.schedule, holes))
    return found


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/schedules/absences", action="VIEW", post_action="RESPOND", get=show, post=enter),
        Page(path="/schedules/absences/end", action="RESPOND", post=end),
    ]

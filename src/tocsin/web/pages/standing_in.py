"""Standing in: overrides by a form, and taking over at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.people import BYSTANDERS
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Override
from tocsin.kit.errors import BadInput, Problem
from tocsin.store import documents, overrides, replacing
from tocsin.store.kinds import SCHEDULES, USERS
from tocsin.web.clockwork import is_zone
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, local_path, see_other
from tocsin.web.when import field_of, instant_in

HOURS = ("1", "3", "8", "12", "24")


def form(visit: Visit) -> Response:
    """The form on a page of its own, with the times of the address. Raises NotFound."""
    return _form(visit, Problems(visit.asked), Problems())


def enter(visit: Visit) -> Response:
    """Let somebody take over. Responders may enter themselves, users anybody. Raises NotFound, Forbidden."""
    number = visit.number("id")
    try:
        wanted = _wanted(visit)
        if wanted.user.id != visit.someone.id:
            visit.require("CONFIGURE")
        with visit.deployment.db.write() as tx:
            documents.get(tx, SCHEDULES, number)
            replacing.override(tx, number, wanted, visit.someone.id)
    except BadInput as wrong:
        return _form(visit, Problems(visit.form), problems_by_field(wrong))
    return see_other(_back(visit, number))


def take(visit: Visit) -> Response:
    """The visitor is on call from now on, for some hours or until then. Raises NotFound, BadInput."""
    number, hours = visit.number("id"), visit.said("hours", 3)
    then = instant_in(visit.said("until", 30), visit.zone)
    if then is None and hours not in HOURS:
        raise BadInput.at("hours", "choose for how many hours, or until when")
    with visit.deployment.db.write() as tx:
        documents.get(tx, SCHEDULES, number)
        mine = UserRef(id=visit.someone.id)
        until = then or tx.now + timedelta(hours=int(hours))
        replacing.override(tx, number, Override(user=mine, start=tx.now, end=until), visit.someone.id)
    return see_other(_back(visit, number))


def take_back(visit: Visit) -> Response:
    """Take an override back from now on. Raises NotFound, Forbidden, Conflict."""
    number = visit.number("id")
    with visit.deployment.db.write() as tx:
        documents.get(tx, SCHEDULES, number)
        found = overrides.one(tx, number, visit.id_said("override") or 0)
        if found.user.id != visit.someone.id:
            visit.require("CONFIGURE")
        replacing.take_back(tx, number, found)
    return see_other(_back(visit, number))


def _back(visit: Visit, number: int) -> str:
    back = local_path(visit.said("back", 300), f"/schedules/{number}")
    return f"{back}{'&' if '?' in back else '?'}said=saved"


def _wanted(visit: Visit) -> Override:
    """The override of the form. Raises BadInput."""
    zone, user = visit.said("zone", 64), visit.id_said("user")
    zone = zone if is_zone(zone) else visit.zone
    found: dict[str, datetime] = {}
    wrong = []
    for name in ("start", "end"):
        at = instant_in(visit.said(name, 30), zone)
        if at is None:
            wrong.append(Problem(name, "write a date and a time"))
        else:
            found[name] = at
    if user is None:
        wrong.append(Problem("user.id", "choose who takes over"))
    if wrong or user is None:
        raise BadInput(*wrong)
    return Override(user=UserRef(id=user), start=found["start"], end=found["end"])


def _form(visit: Visit, said: Problems, problems: Problems) -> Response:
    with visit.deployment.db.read() as tx:
        schedule = documents.get(tx, SCHEDULES, visit.number("id"))
        able = [user for user in documents.listing(tx, USERS) if user.role not in BYSTANDERS]
        now = tx.now
    zone = said["zone"] if is_zone(said["zone"]) else schedule.timezone
    zone = zone if is_zone(zone) else "UTC"
    plain = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    blank = {"start": field_of(plain, zone), "end": field_of(plain + timedelta(hours=8), zone), "zone": zone}
    return page(
        visit,
        "override.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        schedule=schedule,
        able=able if visit.may("CONFIGURE") else [user for user in able if user.id == visit.someone.id],
        said=Problems(blank | {name: text for name, text in said.items() if text}),
        problems=problems,
        hours=HOURS,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/schedules/{id}/override", action="RESPOND", get=form, post=enter),
        Page(path="/schedules/{id}/take", action="RESPOND", post=take),
        Page(path="/schedules/{id}/take-back", action="RESPOND", post=take_back),
    ]

"""Asking a colleague to take shifts: what waits for an answer, what was answered, and the form to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import get_args

from starlette.responses import Response

from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Schedule
from tocsin.core.shift_requests import Answer, ShiftPart, ShiftRequest
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import replace
from tocsin.store import documents
from tocsin.store import shift_requests as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS
from tocsin.web.clockwork import is_zone
from tocsin.web.declare import Page
from tocsin.web.held import held, parts_in
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, id_in, see_other
from tocsin.web.when import field_of, instant_in

DAYS = 60
"""How far ahead shifts are offered."""
MOST_SHOWN = 100
MOST_PARTS = 50


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request, with the names that belong to it."""

    request: ShiftRequest
    requester: User | None
    colleague: User | None
    shifts: list[tuple[Schedule | None, ShiftPart]]
    in_return: list[tuple[Schedule | None, ShiftPart]]


def show(visit: Visit) -> Response:
    """What was asked of the visitor, what the visitor asked, and how former requests ended."""
    with visit.deployment.db.read() as tx:
        found = named(tx, stored.history(tx, visit.someone.id, MOST_SHOWN))
    waiting = [one for one in found if one.request.state == "PENDING"]
    return page(
        visit,
        "shift_requests.html",
        of_me=[one for one in waiting if one.request.colleague.id == visit.someone.id],
        by_me=[one for one in waiting if one.request.requester.id == visit.someone.id],
        over=[one for one in found if one.request.state != "PENDING"],
    )


def named(tx: Transaction, found: list[ShiftRequest]) -> list[Asked]:
    """Requests with the people and schedules that they name."""
    users = documents.many(tx, USERS, {i for one in found for i in (one.requester.id, one.colleague.id)})
    every = (part for one in found for part in (*one.shifts, *one.in_return))
    planned = documents.many(tx, SCHEDULES, {part.schedule_id for part in every})
    return [
        Asked(
            request=one,
            requester=users.get(one.requester.id),
            colleague=users.get(one.colleague.id),
            shifts=_named(one.shifts, planned),
            in_return=_named(one.in_return, planned),
        )
        for one in found
    ]


def _named(
    parts: Iterable[ShiftPart], planned: Mapping[int, Schedule]
) -> list[tuple[Schedule | None, ShiftPart]]:
    return [(planned.get(part.schedule_id), part) for part in parts]


def begin(visit: Visit) -> Response:
    """The form, with the shifts of the address chosen: by their key, or by a stretch of a schedule."""
    with visit.deployment.db.read() as tx:
        said = Problems({name: visit.asked.get(name, "") for name in ("colleague", "from", "until")})
        chosen = [visit.asked["shift"]] if "shift" in visit.asked else _touched(tx, visit, said)
        return _form(tx, visit, said, chosen=chosen, returned=[])


def _touched(tx: Transaction, visit: Visit, said: Problems) -> list[str]:
    """The visitor's shifts in the stretch of the address; a part of one is narrowed to it."""
    number, zone = id_in(visit.asked.get("schedule", "")), visit.asked.get("zone", "")
    zone = zone if is_zone(zone) else visit.zone
    start, end = (instant_in(visit.asked.get(name, ""), zone) for name in ("start", "end"))
    if number is None or start is None or end is None:
        return []
    mine = [
        one
        for one in held(tx, visit.someone.id, tx.now + timedelta(days=DAYS))
        if one.schedule.id == number and one.shift.start < end and start < one.shift.end
    ]
    if mine and start > mine[0].shift.start:
        said["from"] = field_of(start, visit.zone)
    if mine and end < mine[-1].shift.end:
        said["until"] = field_of(end, visit.zone)
    return [one.key for one in mine]


def ask(visit: Visit) -> Response:
    """Ask the colleague, who is told; or show the form again with the colleague's shifts."""
    chosen, returned = visit.chosen("shift", MOST_PARTS), visit.chosen("return", MOST_PARTS)
    wrong: BadInput | None = None
    if visit.said("do") == "send":
        try:
            with visit.deployment.db.write() as tx:
                stored.create(tx, _wanted(visit, chosen, returned))
            return see_other("/on-call/mine/requests?said=sent")
        except BadInput as refused:
            wrong = refused
    with visit.deployment.db.read() as tx:
        return _form(tx, visit, Problems(visit.form), chosen=chosen, returned=returned, wrong=wrong)


def _wanted(visit: Visit, chosen: list[str], returned: list[str]) -> ShiftRequest:
    """The request of the form. Raises BadInput."""
    colleague = visit.id_said("colleague")
    if colleague is None:
        raise BadInput.at("colleague", "choose whom to ask")
    start, end = (_instant(visit, name) for name in ("from", "until"))
    return ShiftRequest(
        requester=UserRef(id=visit.someone.id),
        colleague=UserRef(id=colleague),
        shifts=tuple(_narrowed(part, start, end) for part in parts_in(chosen)),
        in_return=parts_in(returned),
        message=visit.said("message", 2_000),
    )


def _instant(visit: Visit, name: str) -> datetime | None:
    text = visit.said(name, 30)
    at = instant_in(text, visit.zone)
    if text and at is None:
        raise BadInput.at(name, "write a date and a time")
    return at


def _narrowed(part: ShiftPart, start: datetime | None, end: datetime | None) -> ShiftPart:
    return replace(part, start=max(part.start, start or part.start), end=min(part.end, end or part.end))


def _form(
    tx: Transaction,
    visit: Visit,
    said: Problems,
    *,
    chosen: list[str],
    returned: list[str],
    wrong: BadInput | None = None,
) -> Response:
    until = tx.now + timedelta(days=DAYS)
    me, colleague = visit.someone.id, id_in(said["colleague"])
    return page(
        visit,
        "shift_request_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        able=[u for u in documents.listing(tx, USERS) if u.role not in BYSTANDERS and u.id != me],
        mine=held(tx, me, until),
        theirs=held(tx, colleague, until) if colleague else [],
        days=DAYS,
        said=said,
        chosen=chosen,
        returned=returned,
        problems=problems_by_field(wrong),
    )


def answer(visit: Visit) -> Response:
    """Accept, decline or cancel; the other side is told. Raises NotFound, Refused."""
    verb = str(visit.request.path_params["verb"]).upper()
    given: Answer | None = next((known for known in get_args(Answer) if known == verb), None)
    if given is None:
        raise NotFound("there is no such action")
    with visit.deployment.db.write() as tx:
        stored.answer(tx, visit.number("id"), given, visit.someone.id)
    return see_other("/on-call/mine/requests?said=done")


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/on-call/mine/requests", action="RESPOND", get=show),
        Page(path="/on-call/mine/requests/new", action="RESPOND", get=begin, post=ask, fields=200),
        Page(path="/on-call/mine/requests/{id}/{verb}", action="RESPOND", post=answer),
    ]

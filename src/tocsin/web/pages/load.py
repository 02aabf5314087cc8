"""Who carries how much: hours, nights, weekends and holidays of everybody, looking back or ahead."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.fairness import Load, loads
from tocsin.core.on_call import Roster
from tocsin.core.people import User
from tocsin.core.public_holidays import holidays_of
from tocsin.core.recurrence import zone
from tocsin.core.schedules import BrokenSchedule, Rota, Shift
from tocsin.kit.errors import BadInput
from tocsin.store import documents, schedules
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS
from tocsin.web.clockwork import is_zone
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.timeline_grid import COLUMNS
from tocsin.web.visit import Visit, id_in

SPANS = (-90, -30, 30, 90)
"""Days that are offered, back and ahead."""
USUAL = 90


@dataclass(frozen=True, kw_only=True)
class Share:
    """One person's share, as a line of the table."""

    load: Load
    user: User | None
    column: int
    """How long the bar is, on the grid of the timeline."""
    percent: int
    """Of all hours."""


def show(visit: Visit) -> Response:
    """The table: of one schedule, or of all. Raises NotFound."""
    days = next((days for days in SPANS if str(days) == visit.asked.get("days")), USUAL)
    number = id_in(visit.asked.get("schedule", ""))
    country, wrong = visit.asked.get("country", "").strip()[:10], ""
    with visit.deployment.db.read() as tx:
        every = documents.listing(tx, SCHEDULES)
        chosen = [one for one in every if number is None or one.id == number]
        start, end = sorted((tx.now, tx.now + timedelta(days=days)))
        try:
            holidays = _holidays(country, start, end, visit.language)
        except BadInput as refused:
            holidays, wrong = frozenset(), refused.problems[0].message
        in_zone = chosen[0].timezone if number is not None and chosen else visit.zone
        in_zone = in_zone if is_zone(in_zone) else "UTC"
        rotas, _ = schedules.load(tx, [one.id for one in chosen], start, end)
        found = loads(_shifts(rotas.values(), start, end), zone(in_zone), start, end, holidays)
        shares = _shares(tx, found)
    return page(
        visit,
        "load.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
        shares=shares,
        planned=[("", "–"), *((one.id, one.name) for one in every)],
        number=number or "",
        days=days,
        spans=SPANS,
        start=start,
        end=end,
        in_zone=in_zone,
        country=country,
        counted=bool(holidays),
        problem=wrong,
    )


def _holidays(country: str, start: datetime, end: datetime, language: str) -> frozenset[date]:
    """The public holidays of a country in these years; none when no country is named. Raises BadInput."""
    if not country:
        return frozenset()
    return frozenset(day.start for day in holidays_of(country, None, {start.year, end.year}, language))


def _shifts(rotas: Collection[Rota], start: datetime, end: datetime) -> Iterable[Shift]:
    for rota in rotas:
        try:
            yield from Roster(rota).shifts(start, end)
        except BrokenSchedule:
            continue


def _shares(tx: Transaction, found: tuple[Load, ...]) -> list[Share]:
    users = documents.many(tx, USERS, {one.user_id for one in found})
    most, total = max((one.hours for one in found), default=0), sum(one.hours for one in found)
    return [
        Share(
            load=one,
            user=users.get(one.user_id),
            column=max(round(one.hours / most * COLUMNS), 1),
            percent=round(100 * one.hours / total),
        )
        for one in found
        if one.hours
    ]


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/schedules/load", action="VIEW", get=show)]

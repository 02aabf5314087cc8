"""Support hours: when a team is there, week by week, with exceptions."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus
from typing import Literal

from starlette.responses import Response

from tocsin.core.public_holidays import HolidayImport, holidays_of, with_holidays
from tocsin.core.schedules import Day
from tocsin.core.support_hours import (
    DAYS,
    MAX_EXCEPTIONS,
    SupportDay,
    SupportException,
    SupportHours,
    covers,
    next_change,
)
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import decode, replace
from tocsin.store import documents, support_hours
from tocsin.store.kinds import SUPPORT_HOURS
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other


def show(visit: Visit) -> Response:
    """Every set, with whether somebody is there now."""
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, SUPPORT_HOURS)
        now = tx.now
    shown = [(hours, covers(hours, now), next_change(hours, now)) for hours in found]
    return page(visit, "support_hours.html", found=shown, weekdays=DAYS)


def begin(visit: Visit) -> Response:
    """A new set: weekdays from nine to five."""
    office = SupportDay(start="09:00", end="17:00")
    usual: dict[Day, SupportDay | None] = dict.fromkeys(DAYS[:5], office)
    return _form(visit, SupportHours(name="", timezone=visit.zone, support_days=usual), Problems())


def edit(visit: Visit) -> Response:
    """A set as it stands. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return _form(visit, documents.get(tx, SUPPORT_HOURS, visit.number("id")), Problems())


def save(visit: Visit) -> Response:
    """Create or change a set. Raises NotFound."""
    wrong: BadInput | None = None
    wanted = SupportHours(name="", timezone=visit.zone)
    with visit.deployment.db.write() as tx:
        if "id" in visit.request.path_params:
            wanted = documents.get(tx, SUPPORT_HOURS, visit.number("id"))
        try:
            wanted = _read(visit, wanted)
            if not wanted.name:
                raise BadInput.at("name", "give it a name, for example Office")
            if wanted.id:
                support_hours.change(tx, wanted)
            else:
                support_hours.create(tx, wanted)
        except BadInput as refused:
            wrong = refused
    if wrong is not None:
        return _form(visit, wanted, problems_by_field(wrong))
    return see_other("/support-hours?said=saved")


def add_holidays(visit: Visit) -> Response:
    """Make exceptions of a country's public holidays. Raises NotFound."""
    number = visit.number("id")
    said = {
        "country": visit.said("country", 100),
        "subdivision": visit.said("subdivision", 100) or None,
        "years": visit.said("years", 200).replace(",", " ").split(),
        "language": visit.language,
    }
    try:
        wanted = decode(HolidayImport, said)
        found = holidays_of(wanted.country, wanted.subdivision, wanted.years, wanted.language)
        with visit.deployment.db.write() as tx:
            hours = documents.get(tx, SUPPORT_HOURS, number)
            support_hours.change(tx, with_holidays(hours, found))
    except BadInput as wrong:
        problems = {problem.path.partition(".")[0]: problem.message for problem in wrong.problems}
        with visit.deployment.db.read() as tx:
            return _form(visit, documents.get(tx, SUPPORT_HOURS, number), Problems(problems))
    return see_other(f"/support-hours/{number}/edit?said=saved")


def remove(visit: Visit) -> Response:
    """Delete a set that no source uses. Raises NotFound, Conflict."""
    with visit.deployment.db.write() as tx:
        support_hours.remove(tx, visit.number("id"))
    return see_other("/support-hours?said=deleted")


def _read(visit: Visit, before: SupportHours) -> SupportHours:
    """The set of the form. Raises BadInput for exceptions that cannot be read."""
    lines = [line for line in visit.form.get("exceptions", "").splitlines() if line.strip()]
    return replace(
        before,
        name=visit.said("name", 255),
        timezone=visit.said("timezone", 64),
        support_days=_days(visit),
        exceptions=tuple(_exception(line) for line in lines[:MAX_EXCEPTIONS]),
    )


def _days(visit: Visit) -> dict[Day, SupportDay | None]:
    return {
        day: SupportDay(start=visit.said(f"{day}.start", 8), end=visit.said(f"{day}.end", 8))
        for day in DAYS
        if visit.said(f"{day}.on") == "on"
    }


def _exception(line: str) -> SupportException:
    """`2026-12-24 2026-12-26 off Christmas`. Raises BadInput."""
    words = line.split(maxsplit=3)
    try:
        first, last = date.fromisoformat(words[0]), date.fromisoformat(words[1])
    except (ValueError, IndexError):
        first = last = date.min
    if first == date.min or len(words) < 4 or words[2] not in ("on", "off"):
        raise BadInput(Problem("exceptions", "write each as 2026-12-24 2026-12-26 off Christmas"))
    status: Literal["DURING", "OUTSIDE"] = "DURING" if words[2] == "on" else "OUTSIDE"
    return SupportException(name=words[3][:255], start=first, end=last, support_status=status)


def _form(visit: Visit, hours: SupportHours, problems: Problems) -> Response:
    shown = "\n".join(
        f"{e.start} {e.end} {'on' if e.support_status == 'DURING' else 'off'} {e.name}"
        for e in hours.exceptions
    )
    return page(
        visit,
        "support_hours_form.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        hours=hours,
        days=_days(visit) if "name" in visit.form else hours.support_days,
        exceptions=visit.form.get("exceptions", shown),
        name=visit.form.get("name", hours.name),
        timezone=visit.form.get("timezone", hours.timezone),
        problems=problems,
        weekdays=DAYS,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/support-hours", action="VIEW", get=show),
        Page(path="/support-hours/new", action="CONFIGURE", get=begin, post=save),
        Page(path="/support-hours/{id}/edit", action="CONFIGURE", get=edit, post=save),
        Page(path="/support-hours/{id}/holidays", action="CONFIGURE", post=add_holidays),
        Page(path="/support-hours/{id}/delete", action="CONFIGURE", post=remove),
    ]

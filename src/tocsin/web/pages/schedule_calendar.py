"""A static schedule whose shifts come from a calendar: an address that is read every hour, or a file."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth.vault import CannotOpen
from tocsin.calendars.addresses import calendar_url, server_of
from tocsin.calendars.reading import AHEAD, BEHIND, MOST_BYTES, Reading, read
from tocsin.kit.errors import BadInput
from tocsin.store import calendars as stored
from tocsin.store.calendars import PURPOSE
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other


def show(visit: Visit) -> Response:
    """Where the shifts come from, and the two forms. Raises NotFound, and BadInput for no static schedule."""
    return _shown(visit)


def save(visit: Visit) -> Response:
    """Read an address from now on, or none any more; or take a file over. Raises NotFound, BadInput."""
    try:
        match visit.said("do"):
            case "file":
                return _shown(visit, imported=_take_over(visit))
            case "stop":
                _read_from(visit, None)
            case _:
                url = calendar_url(visit.said("url", 2_000))
                _read_from(visit, visit.deployment.vault.seal(url, PURPOSE))
    except BadInput as wrong:
        return _shown(visit, problems=problems_by_field(wrong))
    return see_other(f"/schedules/{visit.number('id')}/calendar?said=saved")


def _read_from(visit: Visit, sealed: str | None) -> None:
    with visit.deployment.db.write() as tx:
        stored.read_from(tx, visit.number("id"), sealed)


def _take_over(visit: Visit) -> Reading:
    """The shifts of the file that was sent become those of the schedule. Raises NotFound, BadInput."""
    number = visit.number("id")
    with visit.deployment.db.read() as tx:
        stored.static_schedule(tx, number)
        now, names = tx.now, stored.names(tx)
    reading = read(visit.form.get("calendar", "").encode(), now - BEHIND, now + AHEAD, names)
    with visit.deployment.db.write() as tx:
        stored.take_over(tx, number, reading.shifts)
    return reading


def _shown(visit: Visit, imported: Reading | None = None, problems: Problems | None = None) -> Response:
    number = visit.number("id")
    with visit.deployment.db.read() as tx:
        schedule = stored.static_schedule(tx, number)
        source = stored.of_schedule(tx, number)
    return page(
        visit,
        "schedule_calendar.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        schedule=schedule,
        source=source,
        server=_server(visit, source) if source else "",
        imported=imported,
        url=visit.said("url", 2_000),
        problems=problems or Problems(),
    )


def _server(visit: Visit, source: stored.Source) -> str:
    try:
        return server_of(visit.deployment.vault.open(source.url, PURPOSE))
    except CannotOpen as wrong:
        return wrong.message


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(
            path="/schedules/{id}/calendar",
            action="CONFIGURE",
            get=show,
            post=save,
            files=1,
            body=MOST_BYTES + 10_000,
        )
    ]

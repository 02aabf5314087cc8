"""Support hours: when a team is there."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body
from starlette.responses import Response

from tocsin.api import support_hours_wire
from tocsin.api.call import Call
from tocsin.api.parameters import Id, Paging
from tocsin.api.routing import Resource
from tocsin.api.support_hours_wire import SupportHoursWire
from tocsin.core.public_holidays import HolidayImport, holidays_of, with_holidays
from tocsin.kit.errors import NotFound
from tocsin.store import documents
from tocsin.store import support_hours as stored
from tocsin.store.kinds import SUPPORT_HOURS

support_hours = Resource("support-hours")


@support_hours.get("", "VIEW")
def list_support_hours(call: Call, page: Paging) -> list[SupportHoursWire]:
    """All support hours, in order of their ids, without their exceptions."""
    with call.read() as tx:
        found = documents.listing(tx, SUPPORT_HOURS, page.start, page.count)
        return [support_hours_wire.shown(hours, listed=True) for hours in found]


@support_hours.post("", "CONFIGURE")
def create_support_hours(
    call: Call, body: Annotated[SupportHoursWire, Body()], response: Response
) -> SupportHoursWire:
    """Create support hours."""
    with call.write() as tx:
        created = stored.create(tx, support_hours_wire.stored(body))
    response.headers["location"] = call.location("support-hours", created.id)
    return support_hours_wire.shown(created)


@support_hours.get("/name/{name:path}", "VIEW")
def get_support_hours_by_name(call: Call, name: str) -> SupportHoursWire:
    """The support hours of exactly this name."""
    with call.read() as tx:
        found = documents.find(tx, SUPPORT_HOURS, name=name)
    if found is None:
        raise NotFound(f"there are no support hours {name!r}")
    return support_hours_wire.shown(found)


@support_hours.get("/{id}", "VIEW")
def get_support_hours(call: Call, number: Id) -> SupportHoursWire:
    """Support hours with their exceptions."""
    with call.read() as tx:
        return support_hours_wire.shown(documents.get(tx, SUPPORT_HOURS, number))


@support_hours.put("/{id}", "CONFIGURE")
def update_support_hours(
    call: Call, number: Id, body: Annotated[SupportHoursWire, Body()]
) -> SupportHoursWire:
    """Replace support hours. Incidents that wait for them to begin or end wait for the new ones."""
    with call.write() as tx:
        return support_hours_wire.shown(stored.change(tx, support_hours_wire.stored(body, number)))


@support_hours.delete("/{id}", "CONFIGURE")
def delete_support_hours(call: Call, number: Id) -> None:
    """Delete support hours that no alert source uses."""
    with call.write() as tx:
        stored.remove(tx, number)


@support_hours.post("/{id}/holidays", "CONFIGURE", status_code=200)
def import_holidays(call: Call, number: Id, body: Annotated[HolidayImport, Body()]) -> SupportHoursWire:
    """Add the public holidays of a country as exceptions. Days that are an exception already stay as they are."""
    found = holidays_of(body.country, body.subdivision, body.years, body.language)
    with call.write() as tx:
        hours = documents.get(tx, SUPPORT_HOURS, number)
        return support_hours_wire.shown(stored.change(tx, with_holidays(hours, found)))

"""Incidents (`/api/v1/incidents`), which today are called alerts (`/api/alerts`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Header, Query
from starlette.responses import Response

from tocsin.api import incident_wire
from tocsin.api.call import Call, Calling
from tocsin.api.incident_create import report
from tocsin.api.incident_filter import WantedIncidents
from tocsin.api.incident_wire import IncidentDraft, IncidentWire, Include
from tocsin.api.parameters import Count, Id, Language, Paging
from tocsin.api.routing import Resource
from tocsin.kit.chance import digest
from tocsin.kit.value import replace
from tocsin.store import incidents as stored
from tocsin.store import subscribers
from tocsin.store.incidents import Filter

incidents = Resource("incidents")
Includes = Annotated[list[Include] | None, Query(alias="include", max_length=10)]


@incidents.get("", "FOLLOW", responses={304: {"description": "Nothing changed"}})
def list_incidents(
    call: Call,
    *,
    wanted: WantedIncidents,
    page: Paging,
    language: Language,
    response: Response,
    include: Includes = None,
    known: Annotated[str | None, Header(alias="If-None-Match")] = None,
) -> list[IncidentWire] | None:
    """Incidents, newest first; stakeholders get those that they are subscribed to.

    With If-None-Match an unchanged list is answered by 304.
    """
    with call.read() as tx:
        found = _seen_by(call, wanted.filter(tx))
        several = stored.search(tx, found, page.start, page.count)
        shown = incident_wire.shown(tx, several, include or (), language, call.caller.user_id)
        # Of what is shown, so that it changes whenever that does: also when only a responder did.
        etag = f'W/"{digest(call.dialect + repr(shown))[:32]}"'
        response.headers["etag"] = etag
        if known and etag.removeprefix("W/") in {tag.strip().removeprefix("W/") for tag in known.split(",")}:
            response.status_code = 304
            return None
        return shown


@incidents.get("/count", "FOLLOW")
def count_incidents(call: Call, wanted: WantedIncidents) -> Count:
    """How many incidents match."""
    with call.read() as tx:
        return Count(count=stored.count(tx, _seen_by(call, wanted.filter(tx))))


@incidents.post("", "RESPOND")
def create_incident(call: Call, body: Annotated[IncidentDraft, Body()], response: Response) -> IncidentWire:
    """Report an incident by hand."""
    with call.write() as tx:
        incident = report(tx, call, body)
        created = incident_wire.one(tx, incident, ("customDetails",))
    response.headers["location"] = call.location("incidents", incident.id)
    return created


@incidents.get("/{id}", "FOLLOW")
def get_incident(call: Call, number: Id, language: Language, include: Includes = None) -> IncidentWire:
    """One incident; a stakeholder must be subscribed to it."""
    with call.read() as tx:
        if not subscribers.has(tx, number, call.caller.user_id):
            call.require("VIEW")
        incident, wanted = stored.get(tx, number), _included(call, include)
        return incident_wire.shown(tx, [incident], wanted, language, call.caller.user_id)[0]


def _seen_by(call: Calling, found: Filter) -> Filter:
    """Who may not see every incident sees those that they are subscribed to (reference ST-4)."""
    return found if call.may("VIEW") else replace(found, subscribers=(call.caller.user_id,))


def _included(call: Calling, include: list[Include] | None) -> tuple[Include, ...]:
    """The 2020 dialect knows no include and always showed what the tool sent along."""
    always: tuple[Include, ...] = ("customDetails",) if call.dialect == "v1" else ()
    return (*always, *(include or ()))

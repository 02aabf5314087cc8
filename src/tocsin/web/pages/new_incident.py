"""Reporting an incident by hand."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import Response

from tocsin.core.events import MAX_DETAILS, MAX_SUMMARY, AlertSource, Event
from tocsin.core.incidents import Incident
from tocsin.kit.errors import BadInput
from tocsin.store import documents, intake
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES
from tocsin.web.declare import Page
from tocsin.web.show import page, problems_by_field
from tocsin.web.visit import Visit, see_other

FIELDS = ("summary", "details", "source", "priority")


def show(visit: Visit) -> Response:
    """The form on a page of its own."""
    return _form(visit, {})


def create(visit: Visit) -> Response:
    """Open the incident and show it."""
    try:
        with visit.deployment.db.write() as tx:
            incident = _open(tx, visit)
    except BadInput as wrong:
        return _form(visit, problems_by_field(wrong), HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(f"/incidents/{incident.id}")


def _open(tx: Transaction, visit: Visit) -> Incident:
    """Store it. Raises BadInput."""
    source = _source(tx, visit)
    event = Event(
        event_type="ALERT",
        summary=visit.said("summary", MAX_SUMMARY),
        details=visit.said("details", MAX_DETAILS),
        decided_priority="LOW" if visit.said("priority") == "LOW" else "HIGH",
    )
    if not event.summary:
        raise BadInput.at("summary", "say in a few words what is wrong")
    return intake.report(tx, source, event, visit.actor(), visit.deployment.chance)


def _source(tx: Transaction, visit: Visit) -> AlertSource:
    wanted = visit.id_said("source")
    found = documents.many(tx, SOURCES, (wanted,), deleted=False) if wanted is not None else {}
    if wanted not in found:
        raise BadInput.at("source", "choose the alert source that it belongs to")
    return found[wanted]


def _form(visit: Visit, problems: dict[str, str], status: int = 200) -> Response:
    with visit.deployment.db.read() as tx:
        sources = documents.listing(tx, SOURCES)
    said = {name: visit.said(name, MAX_DETAILS) for name in FIELDS}
    return page(visit, "new_incident.html", status=status, said=said, problems=problems, sources=sources)


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/incidents/new", action="RESPOND", get=show, post=create)]

"""What a custom body says of the newest incident of the chosen sources, and what is odd about it. Nothing is sent."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.connections.answers import templated
from tocsin.connections.previews import empty, no_json
from tocsin.core.templates import MAX_LENGTH
from tocsin.kit.errors import BadInput
from tocsin.store import incidents, occasions
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit, id_in


def show(visit: Visit) -> Response:
    """The text, as a part of the form."""
    template = visit.said(f"settings.{visit.asked.get('field', '')}", MAX_LENGTH)
    sources = [number for text in visit.chosen("source") if (number := id_in(text)) is not None]
    with visit.deployment.db.read() as tx:
        newest = incidents.search(tx, incidents.Filter(sources=tuple(sources)), 0, 1) if sources else []
        incident_id = newest[0].id if newest else None
        occasion = occasions.imagined(tx, incident_id, today=True, public_url=visit.deployment.public_url)
    try:
        nothing = empty(template, occasion)
        said, wrong = templated(template, occasion), ""
    except BadInput as refused:
        said, nothing, wrong = "", (), refused.problems[0].message
    return page(
        visit,
        "connection_preview.html",
        said=said,
        nothing=nothing,
        broken=no_json(said),
        wrong=wrong,
        incident_id=incident_id,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/connections/preview", action="CONFIGURE", post=show, fields=300)]

"""The files that came with a mail, to be downloaded: never shown by the browser, for they come from outside."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from tocsin.channels.mail_source import MAX_ATTACHMENTS, attached
from tocsin.core.mail_source import CONTENT_TYPE
from tocsin.kit.errors import NotFound
from tocsin.store import events
from tocsin.web.declare import Page
from tocsin.web.visit import Visit


def download(visit: Visit) -> Response:
    """One file. Raises NotFound, and Forbidden for a mail of no incident to those who may not read the log."""
    number, place = visit.number("event"), visit.number("place")
    with visit.deployment.db.read() as tx:
        event = events.get(tx, visit.number("id"), number)
        if event.incident_id is None:
            visit.require("VIEW_KEYS")
        raw, _ = events.as_sent(tx, number)
    is_mail = event.content_type == CONTENT_TYPE and 1 <= place <= MAX_ATTACHMENTS
    found = attached(raw, place - 1) if is_mail else None
    if found is None:
        raise NotFound("there is no such file")
    about, content = found
    name = f"attachment; filename*=UTF-8''{quote(about.name, safe='')}"
    return Response(content, media_type="application/octet-stream", headers={"Content-Disposition": name})


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/sources/{id}/events/{event}/files/{place}", action="VIEW", get=download)]

"""Statuspage (Atlassian): an incident on the page that follows ours.

Created, assigned, escalated or raised is investigating; accepted or commented identified; resolved
resolved (reference CO-6). Wire: `/v1/pages/{page}/incidents`.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request
from tocsin.connections.tickets import Ticket, happened
from tocsin.core.connections import Occasion, Remote
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.plugins import Answer, Errand, Request, ValueClass

API = "https://api.statuspage.io/v1/pages"


@value
class StatuspageConnector:
    """A Statuspage account."""

    api_key: Annotated[str, MinLen(1), MaxLen(255)]


@value
class StatuspageParams:
    """Which page."""

    page_id: Annotated[str, MinLen(1), MaxLen(100)]


class Statuspage(Ticket):
    """The connection type `status_page_io`."""

    type = "status_page_io"
    name = "Statuspage"
    connector: ValueClass | None = StatuspageConnector
    params: ValueClass = StatuspageParams
    secrets = frozenset({"api_key"})

    def create(self, errand: Errand) -> Request:
        """The incident, with the status that ours has by now."""
        o = errand.occasion
        return _request(errand, "POST", "", {"name": o.summary[:200], **_update(o)})

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its id and address."""
        del errand
        said = json_of(answer)
        if not isinstance(said, dict) or not said.get("id"):
            return None
        return Remote(id=str(said["id"]), url=str(said.get("shortlink") or ""))

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """An update of it."""
        return (_request(errand, "PATCH", f"/{quote(there.id, safe='')}", _update(errand.occasion)),)


def _update(o: Occasion) -> dict[str, Any]:
    return {"status": _status(o), "body": o.comment or happened(o)}


def _status(o: Occasion) -> str:
    if o.over:
        return "resolved"
    known = o.status == "ACCEPTED" or o.trigger == "incident-comment-added"
    return "identified" if known else "investigating"


def _request(errand: Errand, method: str, rest: str, incident: dict[str, Any]) -> Request:
    url = f"{API}/{quote(errand.params.page_id, safe='')}/incidents{rest}"
    known = (("authorization", f"OAuth {errand.connector.api_key}"),)
    return json_request(method, url, {"incident": incident}, known)


connection = Statuspage()

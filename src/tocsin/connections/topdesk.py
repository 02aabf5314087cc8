"""TOPdesk: an incident for each of ours, completed with it. Wire: `/tas/api/incidents`."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.tickets import Ticket, basic, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Errand, Request, ValueClass

_LONGEST_TITLE = 80


@value
class TopdeskConnector:
    """A TOPdesk and whom we are there."""

    url: Url
    username: Annotated[str, MinLen(1), MaxLen(255)]
    password: Annotated[str, MinLen(1), MaxLen(1_024)]
    """An application password."""


@value
class TopdeskParams:
    """How the incident is filled."""

    status: Literal["firstLine", "secondLine", "partial"] = "firstLine"


class Topdesk(Ticket):
    """The connection type `topdesk`."""

    type = "topdesk"
    name = "TOPdesk"
    connector: ValueClass | None = TopdeskConnector
    params: ValueClass = TopdeskParams
    secrets = frozenset({"password"})

    def probe(self, connector: TopdeskConnector) -> Request:
        """Does TOPdesk know us."""
        return _request(connector, "GET", "version")

    def create(self, errand: Errand) -> Request:
        """The incident."""
        o = errand.occasion
        body: dict[str, Any] = {
            "briefDescription": title(o)[:_LONGEST_TITLE],
            "request": _html(facts(o)),
            "status": errand.params.status,
            "externalNumber": f"tocsin-{o.incident_id}",
        }
        return _request(errand.connector, "POST", "incidents", body)

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its id."""
        said = json_of(answer)
        if not isinstance(said, dict) or not said.get("id"):
            return None
        base = errand.connector.url.rstrip("/")
        number = str(said["id"])
        return Remote(id=number, url=f"{base}/tas/secure/incident?action=show&unid={number}")

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """The title, an action, and completed with ours."""
        o = errand.occasion
        body: dict[str, Any] = {"briefDescription": title(o)[:_LONGEST_TITLE], "action": _html(happened(o))}
        if o.over:
            body["completed"] = True
        return (_request(errand.connector, "PATCH", f"incidents/id/{quote(there.id, safe='')}", body),)


def _html(text: str) -> str:
    """TOPdesk shows its memo fields as HTML."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("\n", "<br/>")


def _request(connector: TopdeskConnector, method: str, path: str, body: Any = None) -> Request:
    known = (basic(connector.username, connector.password),)
    return json_request(method, f"{connector.url.rstrip('/')}/tas/api/{path}", body, known)


connection = Topdesk()

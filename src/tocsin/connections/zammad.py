"""Zammad: a ticket for each incident, closed with it. Wire: `/api/v1/tickets`."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.tickets import Ticket, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Errand, Request, ValueClass
from tocsin.plugins.addresses import MailAddress


@value
class ZammadConnector:
    """A Zammad and whom we are there."""

    url: Url
    api_key: Annotated[str, MinLen(1), MaxLen(255)]
    """An access token that may work on tickets."""


@value
class ZammadParams:
    """How the ticket is filled."""

    email: Annotated[str, MaxLen(255), MailAddress()]
    """The customer of the ticket; made if there is none."""
    group: Annotated[str, MaxLen(255)] = "Users"


class Zammad(Ticket):
    """The connection type `zammad`."""

    type = "zammad"
    name = "Zammad"
    connector: ValueClass | None = ZammadConnector
    params: ValueClass = ZammadParams
    secrets = frozenset({"api_key"})

    def probe(self, connector: ZammadConnector) -> Request:
        """Whom does Zammad take us for."""
        return _request(connector, "GET", "users/me")

    def create(self, errand: Errand) -> Request:
        """The ticket."""
        o = errand.occasion
        ticket: dict[str, Any] = {
            "title": title(o)[:250],
            "group": errand.params.group,
            "customer_id": f"guess:{errand.params.email}",
            "article": {"subject": o.summary[:250], "body": facts(o), "type": "note", "internal": False},
        }
        return _request(errand.connector, "POST", "tickets", ticket)

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its id and address."""
        said = json_of(answer)
        if not isinstance(said, dict) or not said.get("id"):
            return None
        return Remote(id=str(said["id"]), url=f"{errand.connector.url.rstrip('/')}/#ticket/zoom/{said['id']}")

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """The title, the state and an internal note."""
        o = errand.occasion
        note = {"subject": title(o)[:250], "body": happened(o), "type": "note", "internal": True}
        ticket: dict[str, Any] = {"title": title(o)[:250], "article": note}
        if o.over:
            ticket["state"] = "closed"
        return (_request(errand.connector, "PUT", f"tickets/{quote(there.id, safe='')}", ticket),)


def _request(connector: ZammadConnector, method: str, path: str, body: Any = None) -> Request:
    known = (("authorization", f"Token token={connector.api_key}"),)
    return json_request(method, f"{connector.url.rstrip('/')}/api/v1/{path}", body, known)


connection = Zammad()

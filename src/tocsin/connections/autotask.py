"""Autotask PSA: a ticket for each incident, completed with it. Wire: REST `/ATServicesRest/V1.0`."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.tickets import Ticket, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.text_rule import OneOf
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import Url
from tocsin.languages import msgid
from tocsin.plugins import Answer, Errand, Request, ValueClass

_NEW, _COMPLETE = 1, 5
Number = Annotated[Annotated[str, MaxLen(30)] | int, OneOf(msgid("write a number"))]
"""Older clients send numbers, today's texts."""


@value
class AutotaskConnector:
    """An Autotask zone and whom we are there."""

    url: Url
    """`https://webservices2.autotask.net`."""
    email: Annotated[str, MinLen(1), MaxLen(255)]
    """The API user's name."""
    password: Annotated[str, MinLen(1), MaxLen(1_024)]
    """The API user's secret."""
    integration_code: Annotated[str, MaxLen(255)] = ""
    """The tracking identifier of the API user."""


@value
class AutotaskParams:
    """How the ticket is filled."""

    company_id: Number = 0
    queue_id: Number
    issue_type: Number = ""
    ticket_category: Number = ""
    ticket_type: Number = ""
    note_type: Number = 1
    note_publish: Number = 1
    status: Number = _NEW


class Autotask(Ticket):
    """The connection type `autotask`."""

    type = "autotask"
    name = "Autotask"
    connector: ValueClass | None = AutotaskConnector
    params: ValueClass = AutotaskParams
    secrets = frozenset({"password"})

    def probe(self, connector: AutotaskConnector) -> Request:
        """What may we do there."""
        return _request(connector, "GET", "Tickets/entityInformation")

    def create(self, errand: Errand) -> Request:
        """The ticket."""
        o, params = errand.occasion, errand.params
        wanted = {
            "issueType": params.issue_type,
            "ticketCategory": params.ticket_category,
            "ticketType": params.ticket_type,
        }
        ticket: dict[str, Any] = {
            "companyID": int(params.company_id or 0),
            "queueID": int(params.queue_id),
            "title": title(o)[:255],
            "description": facts(o)[:8_000],
            "status": int(params.status or _NEW),
            "priority": 1 if o.priority == "HIGH" else 3,
            **{name: int(number) for name, number in wanted.items() if number},
        }
        return _request(errand.connector, "POST", "Tickets", ticket)

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its id."""
        del errand
        said = json_of(answer)
        number = said.get("itemId") if isinstance(said, dict) else None
        return Remote(id=str(number)) if number else None

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """A note, the title, and completed with the incident."""
        o, params = errand.occasion, errand.params
        note = {
            "title": title(o)[:250],
            "description": happened(o),
            "noteType": int(params.note_type or 1),
            "publish": int(params.note_publish or 1),
        }
        new: dict[str, Any] = {"id": int(there.id), "title": title(o)[:255]}
        if o.over:
            new["status"] = _COMPLETE
        return (
            _request(errand.connector, "POST", f"Tickets/{quote(there.id, safe='')}/Notes", note),
            _request(errand.connector, "PATCH", "Tickets", new),
        )


def _request(connector: AutotaskConnector, method: str, path: str, body: Any = None) -> Request:
    known = (
        ("username", connector.email),
        ("secret", connector.password),
        ("apiintegrationcode", connector.integration_code),
    )
    return json_request(method, f"{connector.url.rstrip('/')}/ATServicesRest/V1.0/{path}", body, known)


connection = Autotask()

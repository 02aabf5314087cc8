"""ServiceNow: an incident record for each incident, resolved with it; and back by a business rule.

Wire: the Table API, `/api/now/table/incident`. Back: JSON with `sys_id`, `state` and `by`, sent by an
outbound REST message with the header `X-Tocsin-Secret`.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.hearing import demand_secret
from tocsin.connections.tickets import Ticket, basic, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.schema_words import demand
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, loads, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Callback, Errand, HookHeard, Request, Told, ValueClass
from tocsin.plugins.said import text_at

_IN_PROGRESS, _RESOLVED, _CLOSED = "2", "6", "7"


@value
class ServicenowConnector:
    """A ServiceNow instance and whom we are there."""

    url: Url
    """`https://example.service-now.com`."""
    username: Annotated[str, MaxLen(255)] = ""
    email: Annotated[str, MaxLen(255)] = ""
    """The older name of the user name."""
    password: Annotated[str, MinLen(1), MaxLen(1_024)]
    webhook_secret: Annotated[str, MaxLen(255)] = ""
    """What the header X-Tocsin-Secret must carry: without it nothing is taken back."""

    def __post_init__(self) -> None:
        """Raise BadInput for a password of nobody."""
        demand({"username": self.username or self.email})


@value
class ServicenowParams:
    """How the record is filled."""

    caller_id: Annotated[str, MaxLen(255)] = ""
    impact: Annotated[int, Ge(1), Le(3)] = 3
    urgency: Annotated[int, Ge(1), Le(3)] = 3
    close_code: Annotated[str, MaxLen(255)] = "Solved (Permanently)"
    assignment_group: Annotated[str, MaxLen(255)] = ""
    owner_group: Annotated[str, MaxLen(255)] = ""
    service: Annotated[str, MaxLen(255)] = ""
    service_offering: Annotated[str, MaxLen(255)] = ""
    contact_type: Annotated[str, MaxLen(255)] = ""


class Servicenow(Ticket):
    """The connection type `servicenow`."""

    type = "servicenow"
    name = "ServiceNow"
    connector: ValueClass | None = ServicenowConnector
    params: ValueClass = ServicenowParams
    secrets = frozenset({"password", "webhook_secret"})
    two_way = True

    def probe(self, connector: ServicenowConnector) -> Request:
        """May we read incidents."""
        return _request(connector, "GET", "?sysparm_limit=1&sysparm_fields=sys_id")

    def create(self, errand: Errand) -> Request:
        """The record."""
        o, params = errand.occasion, errand.params
        wanted = {
            "caller_id": params.caller_id,
            "assignment_group": params.assignment_group,
            "owner_group": params.owner_group,
            "business_service": params.service,
            "service_offering": params.service_offering,
            "contact_type": params.contact_type,
        }
        record: dict[str, Any] = {
            "short_description": title(o)[:160],
            "description": facts(o),
            "impact": str(params.impact),
            "urgency": str(params.urgency),
            "correlation_id": f"tocsin-{o.incident_id}",
            **{name: text for name, text in wanted.items() if text},
        }
        return _request(errand.connector, "POST", "", record)

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its sys_id."""
        said = json_of(answer)
        record = said.get("result") if isinstance(said, dict) else None
        if not isinstance(record, dict) or not record.get("sys_id"):
            return None
        number = str(record["sys_id"])
        base = errand.connector.url.rstrip("/")
        return Remote(id=number, url=f"{base}/nav_to.do?uri=incident.do?sys_id={number}")

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """The title, the state and a work note."""
        o = errand.occasion
        record: dict[str, Any] = {"short_description": title(o)[:160], "work_notes": happened(o)}
        if o.over:
            record |= {"state": _RESOLVED, "close_code": errand.params.close_code, "close_notes": happened(o)}
        elif o.status == "ACCEPTED":
            record |= {"state": _IN_PROGRESS}
        return (_request(errand.connector, "PATCH", f"/{quote(there.id, safe='')}", record),)

    def hear(self, callback: Callback, connector: ServicenowConnector, params: Any) -> HookHeard:
        """In progress accepts, resolved or closed resolves."""
        del params
        demand_secret(callback.headers.get("x-tocsin-secret", ""), connector.webhook_secret)
        body = loads(callback.body)
        number, by = text_at(body, "sys_id"), text_at(body, "by")
        if not number:
            raise BadInput.at("sys_id", "name the record")
        match text_at(body, "state"):
            case state if state in {_RESOLVED, _CLOSED}:
                return HookHeard(told=(Told(remote_id=number, action="RESOLVE", by=by),))
            case state if state == _IN_PROGRESS:
                return HookHeard(told=(Told(remote_id=number, action="ACCEPT", by=by),))
            case _:
                return HookHeard()


def _request(connector: ServicenowConnector, method: str, rest: str, body: Any = None) -> Request:
    known = (basic(connector.username or connector.email, connector.password),)
    return json_request(method, f"{connector.url.rstrip('/')}/api/now/table/incident{rest}", body, known)


connection = Servicenow()

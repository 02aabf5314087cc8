"""Zendesk: a ticket for each incident, solved with it; solved there, it resolves ours.

Wire: Support API v2. Back: a webhook of a trigger with `ticket_id` and `status`, signed as Zendesk signs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Annotated, Any, Literal
from urllib.parse import quote

from tocsin.connections.answers import json_of, json_request, title
from tocsin.connections.hearing import demand_signature
from tocsin.connections.tickets import Ticket, basic, facts, happened
from tocsin.core.connections import Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, loads, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Answer, Callback, Errand, HookHeard, Request, Told, ValueClass
from tocsin.plugins.said import text_at


@value
class ZendeskConnector:
    """A Zendesk and whom we are there."""

    url: Url
    """`https://example.zendesk.com`."""
    email: Annotated[str, MinLen(3), MaxLen(255)]
    api_key: Annotated[str, MinLen(1), MaxLen(255)]
    """An API token."""
    webhook_secret: Annotated[str, MaxLen(255)] = ""
    """The signing secret of the webhook: without it nothing is taken back."""


@value
class ZendeskParams:
    """How the ticket is filled."""

    priority: Literal["urgent", "high", "normal", "low"] = "normal"


class Zendesk(Ticket):
    """The connection type `zendesk`."""

    type = "zendesk"
    name = "Zendesk"
    connector: ValueClass | None = ZendeskConnector
    params: ValueClass = ZendeskParams
    secrets = frozenset({"api_key", "webhook_secret"})
    two_way = True

    def probe(self, connector: ZendeskConnector) -> Request:
        """Whom does Zendesk take us for."""
        return _request(connector, "GET", "users/me.json")

    def create(self, errand: Errand) -> Request:
        """The ticket."""
        o = errand.occasion
        ticket: dict[str, Any] = {
            "subject": title(o)[:255],
            "comment": {"body": facts(o)},
            "priority": errand.params.priority,
            "external_id": f"tocsin-{o.incident_id}",
            "tags": ["tocsin"],
        }
        return _request(errand.connector, "POST", "tickets.json", {"ticket": ticket})

    def made(self, errand: Errand, answer: Answer) -> Remote | None:
        """Its number and address."""
        said = json_of(answer)
        ticket = said.get("ticket") if isinstance(said, dict) else None
        if not isinstance(ticket, dict) or not ticket.get("id"):
            return None
        url = f"{errand.connector.url.rstrip('/')}/agent/tickets/{ticket['id']}"
        return Remote(id=str(ticket["id"]), url=url)

    def change(self, errand: Errand, there: Remote) -> tuple[Request, ...]:
        """The subject, the status and a private comment."""
        o = errand.occasion
        ticket: dict[str, Any] = {
            "subject": title(o)[:255],
            "comment": {"body": happened(o), "public": False},
        }
        if o.over:
            ticket["status"] = "solved"
        return (
            _request(errand.connector, "PUT", f"tickets/{quote(there.id, safe='')}.json", {"ticket": ticket}),
        )

    def hear(self, callback: Callback, connector: ZendeskConnector, params: Any) -> HookHeard:
        """Pending accepts, solved or closed resolves."""
        del params
        _verify(callback, connector.webhook_secret)
        body = loads(callback.body)
        number, by = text_at(body, "ticket_id"), text_at(body, "by")
        if not number:
            raise BadInput.at("ticket_id", "name the ticket")
        match text_at(body, "status").lower():
            case "solved" | "closed":
                return HookHeard(told=(Told(remote_id=number, action="RESOLVE", by=by),))
            case "pending":
                return HookHeard(told=(Told(remote_id=number, action="ACCEPT", by=by),))
            case _:
                return HookHeard()


def _verify(callback: Callback, secret: str) -> None:
    stamp = callback.headers.get("x-zendesk-webhook-signature-timestamp", "")
    mac = hmac.new(secret.encode(), stamp.encode() + callback.body, hashlib.sha256).digest()
    given = callback.headers.get("x-zendesk-webhook-signature", "")
    demand_signature(given, base64.b64encode(mac).decode(), secret)


def _request(connector: ZendeskConnector, method: str, path: str, body: Any = None) -> Request:
    known = (basic(f"{connector.email}/token", connector.api_key),)
    return json_request(method, f"{connector.url.rstrip('/')}/api/v2/{path}", body, known)


connection = Zendesk()

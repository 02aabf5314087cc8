"""Webhook: the incident as JSON, to any address.

The default body is the product's (reference: its documentation of 2021 and what it sends today). A
custom body is a template. With a signing secret each request carries
`X-Tocsin-Signature: t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`; the seconds are those of this try,
so that a receiver may refuse what is old.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from tocsin.connections.answers import templated
from tocsin.connections.tickets import OneMessage
from tocsin.core.connections import Occasion
from tocsin.core.connections import Person as Told
from tocsin.kit.clock import rfc3339
from tocsin.kit.value import MaxLen, MinLen, dumps, value
from tocsin.kit.web_address import Url
from tocsin.plugins import Errand, HttpRequest, Request, ValueClass
from tocsin.plugins.network import HeaderName, HeaderText


@value
class Header:
    """One more header of the request."""

    key: Annotated[str, MinLen(1), MaxLen(100), HeaderName()]
    value: Annotated[str, MaxLen(4_096), HeaderText()]


@value
class WebhookParams:
    """Where to, and what."""

    webhook_url: Url
    """http or https; a user and password in it become Basic authentication."""
    body_template: Annotated[str, MaxLen(65_536)] = ""
    """Empty for the default body."""
    headers: Annotated[tuple[Header, ...], MaxLen(20)] = ()
    signing_secret: Annotated[str, MaxLen(255)] = ""
    """Signs every request, so that the receiver can tell ours from others."""


class Webhook(OneMessage):
    """The connection type `webhook`."""

    type = "webhook"
    name = "Webhook"
    params: ValueClass = WebhookParams
    secrets = frozenset({"signing_secret"})

    def request(self, errand: Errand) -> Request:
        """One POST."""
        occasion, params = errand.occasion, errand.params
        url, basic = without_user(params.webhook_url)
        body = body_of(occasion, params.body_template)
        headers = [("content-type", "application/json"), *basic]
        headers += [(header.key, header.value) for header in params.headers]
        if params.signing_secret:
            headers.append(("x-tocsin-signature", signature(params.signing_secret, errand.now, body)))
        return HttpRequest(url=url, headers=tuple(headers), body=body)


def body_of(occasion: Occasion, template: str) -> bytes:
    """The default body, or the template's; in a template that is JSON, values are escaped as JSON."""
    if not template.strip():
        return dumps(default_body(occasion)).encode()
    return templated(template, occasion).encode()


def signature(secret: str, now: datetime, body: bytes) -> str:
    """`t=<seconds>,v1=<HMAC-SHA256 of "seconds.body">`."""
    seconds = str(int(now.timestamp()))
    mac = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={mac.hexdigest()}"


def without_user(url: str) -> tuple[str, list[tuple[str, str]]]:
    """The URL without its user information, and that as a Basic authorization header."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, []
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return bare, [("authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")]


def default_body(occasion: Occasion) -> dict[str, Any]:
    """The body that the product sends, in the vocabulary of the connection."""
    o = occasion
    body: dict[str, Any] = {
        "id": str(o.incident_id),
        "eventId": o.id,
        "eventType": o.event_type,
        "timestamp": rfc3339(o.at),
        "status": o.status,
        "summary": o.summary,
        "details": o.details,
        "reportTime": rfc3339(o.reported_at),
        "priority": o.priority,
        "alertKey" if o.today else "incidentKey": o.key,
        "alertSource": {"id": o.source_id, "name": o.source},
        "escalationPolicy": {"id": o.policy_id, "name": o.policy},
        "assignedTo": _person(o.assigned_to) if o.assigned_to else None,
        "responders": [
            {"user": _person(person), "status": "ACCEPTED" if accepted else "PENDING"}
            for person, accepted in o.responders
        ],
        "links": [{"href": link.href, "text": link.text} for link in o.links],
        "labels": dict(o.labels),
        "url": o.url,
        "mergeState": "NONE",
    }
    return {**body, "comment": o.comment} if o.comment else body


def _person(person: Told) -> dict[str, Any]:
    return {
        "id": person.id,
        "username": person.username,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "email": person.email,
    }


connection = Webhook()

"""A Bot Connector of ours: signs activities with its own key, publishes it, and answers the bot's calls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tocsin.kit.value import dumps
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, Request

SERVICE = "https://smba.trafficmanager.net/emea/"
KEYS = "https://login.botframework.com/v1/.well-known/keys"
CONNECTOR = {"appId": "bot-1", "appPassword": "geheim", "tenantId": "tenant-1"}
CHANNEL = "19:abc@thread.tacv2"
KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
STRANGER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def pressed(verb: str = "accept", incident: int = 42, **changes: Any) -> dict[str, Any]:
    """Somebody pressed a button of a card."""
    return {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "from": {"id": "29:bo", "name": "Bo Ruiz", "aadObjectId": "aad-2"},
        "conversation": {"id": f"{CHANNEL};messageid=1", "tenantId": "tenant-1"},
        "value": {"action": {"type": "Action.Execute", "verb": verb, "data": {"incident": incident}}},
        **changes,
    }


def token(now: datetime, *, key: Any = KEY, kid: str = "k1", **changes: Any) -> str:
    """A token as the Bot Connector makes it."""
    claims = {
        "iss": "https://api.botframework.com",
        "aud": "bot-1",
        "serviceurl": SERVICE,
        "nbf": now - timedelta(minutes=1),
        "exp": now + timedelta(hours=1),
        **changes,
    }
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def _json(body: Any) -> HttpAnswer:
    return HttpAnswer(status=200, body=dumps(body).encode())


PUBLISHED = {**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "k1", "endorsements": ["msteams"]}
METADATA = _json({"issuer": "https://api.botframework.com", "jwks_uri": KEYS})
PUBLIC = (METADATA, _json({"keys": [PUBLISHED]}))
GRANTED = _json({"access_token": "entra-token", "expires_in": 3_599})


def member(email: str) -> HttpAnswer:
    """Somebody of the conversation; "" for one whom it does not know."""
    return _json({"id": "29:bo", "email": email}) if email else HttpAnswer(status=404)


class Microsoft:
    """Answers by host and path; remembers what it was asked."""

    def __init__(self, email: str = "bo@example.org") -> None:
        self.requests: list[HttpRequest] = []
        self.email = email

    def ask(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        self.requests.append(request)
        url = urlsplit(request.url)
        if url.path.endswith("/openidconfiguration"):
            return METADATA
        if request.url == KEYS:
            return PUBLIC[1]
        if url.path.endswith("/oauth2/v2.0/token"):
            return GRANTED
        assert dict(request.headers)["authorization"] == "Bearer entra-token"
        if "/members/" in url.path:
            return member(self.email)
        if request.method == "PUT":
            return _json({"id": "1"})
        return _json({"id": f"{CHANNEL};messageid=1", "activityId": "1"})

    @property
    def asked(self) -> list[str]:
        return [f"{r.method} {urlsplit(r.url).path}" for r in self.requests]

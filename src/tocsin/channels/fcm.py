"""Push by Firebase Cloud Messaging, for teams with an app of their own.

An address is `fcm:` and the app's registration token. The app gets the answers' pages as data, and
posts `do=accept` to them.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from tocsin.channels.asking import bearer, form, json, outcome_of, receipt, sent_if, web_answer
from tocsin.channels.push_text import buttons, push_text
from tocsin.channels.tokens import private_key, signed_token
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import AccessToken, Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import fields_of, text_at, within

TTL_SECONDS = 4 * 3600
TOKEN_LIFETIME = timedelta(hours=1)
_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ADDRESS = re.compile(r"fcm:([-_:.A-Za-z0-9]{20,1000})")
_GONE = frozenset({"UNREGISTERED", "SENDER_ID_MISMATCH"})


@value
class Fcm:
    """A Firebase project, by the JSON file of its service account."""

    service_account: Annotated[str, MinLen(1), MaxLen(10_000)]
    """The whole JSON file: project_id, client_email, private_key, token_uri."""
    channel_id: Annotated[str, MaxLen(100)] = ""
    """The app's notification channel on Android for urgent pages."""
    api_url: ServerUrl = "https://fcm.googleapis.com"
    """Firebase's API."""

    def __post_init__(self) -> None:
        """Refuse a file that cannot be used, when it is entered."""
        said = fields_of(self.service_account)
        missing = [name for name in ("project_id", "client_email", "private_key") if not text_at(said, name)]
        if missing:
            raise ValueError(f"this is no service account's file: it has no {missing[0]}")
        private_key(text_at(said, "private_key"))


class FcmProvider(ProviderDefaults):
    """Push by FCM."""

    method: Method = "PUSH"
    type = "fcm"
    name = "Firebase Cloud Messaging"
    config = Fcm
    secret_fields = frozenset({"serviceAccount"})
    typed = False
    asks_token = True

    def takes(self, address: str) -> bool:
        """`fcm:` and a registration token."""
        return _ADDRESS.fullmatch(address) is not None

    def authorize(self, config: Fcm, now: datetime) -> HttpRequest:
        """An access token for a signed claim (RFC 7523)."""
        account = fields_of(config.service_account)
        where = text_at(account, "token_uri") or "https://oauth2.googleapis.com/token"
        claims = {
            "iss": text_at(account, "client_email"),
            "scope": _SCOPE,
            "aud": where,
            "iat": int(now.timestamp()),
            "exp": int((now + TOKEN_LIFETIME).timestamp()),
        }
        named = text_at(account, "private_key_id")
        key = private_key(text_at(account, "private_key"))
        claim = signed_token(key, claims, **({"kid": named} if named else {}))
        return form(where, [("grant_type", _GRANT), ("assertion", claim)])

    def read_token(self, answer: Answer) -> AccessToken | Receipt:
        """The token, or what Google finds wrong."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        token, lasts = text_at(said, "access_token"), within(said, "expires_in")
        if outcome_of(found.status) == "SENT" and token:
            return AccessToken(text=token, lasts_seconds=float(lasts) if isinstance(lasts, int) else 3000.0)
        words = ": ".join(filter(None, (text_at(said, "error"), text_at(said, "error_description"))))
        return receipt(found, words, outcome="TEMPORARY" if found.status < 300 else None)

    def render(self, message: Message, config: Fcm, sending: Sending) -> HttpRequest:
        """`POST messages:send`."""
        project = text_at(fields_of(config.service_account), "project_id")
        url = f"{config.api_url.rstrip('/')}/v1/projects/{project}/messages:send"
        return json(url, {"message": _message(message, config)}, [bearer(sending.access_token)])

    def read(self, answer: Answer) -> Receipt:
        """The message's name. A token that is not registered any more bounces."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        said = fields_of(found.body)
        if outcome_of(found.status) == "SENT":
            return sent_if(found, text_at(said, "name"))
        details = within(said, "error", "details")
        codes = [text_at(each, "errorCode") for each in details] if isinstance(details, list) else []
        code = next(filter(None, codes), text_at(said, "error", "status"))
        words = f"{code}: {text_at(said, 'error', 'message')}"
        # An access token that has run out is replaced before the next try.
        outcome: Outcome | None = "TEMPORARY" if found.status == 401 else None
        return receipt(found, words, outcome=outcome, bounced=code in _GONE)


def _message(message: Message, config: Fcm) -> dict[str, Any]:
    shown = push_text(message)
    android: dict[str, Any] = {"tag": shown.tag}
    if config.channel_id and shown.urgent:
        android["channel_id"] = config.channel_id
    return {
        "token": message.to.removeprefix("fcm:"),
        "notification": {"title": shown.title, "body": shown.body},
        # FCM takes texts only.
        "data": {
            "incident": str(message.subject.id) if message.subject else "",
            "url": shown.url,
            **{action: page.partition("?")[0] for action, _, page in buttons(message)},
        },
        "android": {
            "priority": "HIGH" if shown.urgent else "NORMAL",
            "ttl": f"{TTL_SECONDS}s",
            "collapse_key": shown.tag,
            "notification": android,
        },
    }


provider = FcmProvider()

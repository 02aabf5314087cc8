"""Push by Apple's service, for teams with an app of their own. It is spoken over HTTP/2 only.

An address is `apns:` and the app's device token. The app gets the answers' pages as data, and posts
`do=accept` to them.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

from tocsin.channels.asking import json, outcome_of, receipt, web_answer
from tocsin.channels.push_text import PushText, buttons, push_text
from tocsin.channels.tokens import private_key, signed_token
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, MinLen, replace, value
from tocsin.kit.web_address import ServerUrl
from tocsin.plugins import Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import fields_of, text_at

TTL = timedelta(hours=4)
TOKEN_SECONDS = 40 * 60
"""Apple refuses tokens older than an hour, and senders that make new ones more often than every 20 minutes."""
_ADDRESS = re.compile(r"apns:([0-9A-Fa-f]{64,200})")
_GONE = frozenset({"BadDeviceToken", "DeviceTokenNotForTopic", "Unregistered", "ExpiredToken"})
_TEMPORARY = frozenset({"ExpiredProviderToken", "TooManyProviderTokenUpdates"})

Text = Annotated[str, MinLen(1), MaxLen(200)]


@value
class Apns:
    """An app, and the key that may send to it."""

    key: Annotated[str, MinLen(1), MaxLen(5000)]
    """The `.p8` file's text."""
    key_id: Text
    """The key's id, ten characters."""
    team_id: Text
    """The team's id, ten characters."""
    topic: Text
    """The app's bundle id."""
    critical: bool = False
    """Whether urgent pages sound in silence: the app needs Apple's entitlement for critical alerts."""
    api_url: ServerUrl = "https://api.push.apple.com"
    """`https://api.sandbox.push.apple.com` for development builds."""

    def __post_init__(self) -> None:
        """Refuse a key that cannot sign, when it is entered."""
        private_key(self.key)


class ApnsProvider(ProviderDefaults):
    """Push by APNs."""

    method: Method = "PUSH"
    type = "apns"
    name = "Apple Push Notification service"
    config = Apns
    secret_fields = frozenset({"key"})
    typed = False

    def takes(self, address: str) -> bool:
        """`apns:` and a device token."""
        return _ADDRESS.fullmatch(address) is not None

    def render(self, message: Message, config: Apns, sending: Sending) -> HttpRequest:
        """`POST /3/device/…`."""
        del sending
        shown = push_text(message)
        issued = int(message.sent_at.timestamp()) // TOKEN_SECONDS * TOKEN_SECONDS
        claims = {"iss": config.team_id, "iat": issued}
        headers = (
            ("Authorization", f"bearer {signed_token(private_key(config.key), claims, kid=config.key_id)}"),
            ("apns-topic", config.topic),
            ("apns-push-type", "alert"),
            ("apns-priority", "10"),
            ("apns-expiration", str(int((message.sent_at + TTL).timestamp()))),
            ("apns-collapse-id", shown.tag),
        )
        url = f"{config.api_url.rstrip('/')}/3/device/{message.to.removeprefix('apns:')}"
        return replace(json(url, _payload(message, shown, critical=config.critical), headers), http2=True)

    def read(self, answer: Answer) -> Receipt:
        """Apple's id of the push. A device that has removed the app bounces."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        if outcome_of(found.status) == "SENT":
            return receipt(found, reference=found.headers.get("apns-id", "")[:100])
        reason = text_at(fields_of(found.body), "reason")
        outcome: Outcome | None = "TEMPORARY" if reason in _TEMPORARY else None
        return receipt(found, reason, outcome=outcome, bounced=reason in _GONE)


def _payload(message: Message, shown: PushText, *, critical: bool) -> dict[str, Any]:
    pressing = shown.urgent and critical
    aps: dict[str, Any] = {
        "alert": {"title": shown.title, "body": shown.body},
        "badge": message.open_incidents,
        "thread-id": shown.tag,
        "sound": {"critical": 1, "name": "default", "volume": 1.0} if pressing else "default",
        "interruption-level": _level(shown, critical=critical),
    }
    if message.answers:
        aps["category"] = "INCIDENT"
    pages = {action: page.partition("?")[0] for action, _, page in buttons(message)}
    about = {"incident": message.subject.id} if message.subject else {}
    return {"aps": aps, "url": shown.url, **about, **pages}


def _level(shown: PushText, *, critical: bool) -> str:
    if not shown.urgent:
        return "active"
    return "critical" if critical else "time-sensitive"


provider = ApnsProvider()

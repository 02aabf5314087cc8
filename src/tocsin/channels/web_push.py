"""Push to the installed web app, on telephones and desktops, without any account elsewhere.

An address is the browser's subscription as it gives it: JSON with `endpoint` and `keys`. Payloads are
in declarative form, so that Safari shows them even when the service worker does not run; in other
browsers `static/worker.js` reads the same form.
"""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit

from tocsin.channels.asking import receipt, web_answer
from tocsin.channels.push_text import PushText, buttons, push_text
from tocsin.channels.tokens import from_base64url
from tocsin.channels.web_push_crypto import (
    MOST_PAYLOAD,
    Subscription,
    authorization,
    encrypt,
    key_from,
    key_of,
    key_text,
    seed_for,
)
from tocsin.core.delivery import Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import MaxLen, MinLen, dumps, replace, value
from tocsin.plugins import Answer, HttpRequest, ProviderDefaults, Sending
from tocsin.plugins.said import fields_of, text_at

TTL_SECONDS = 4 * 3600
"""How long a push service keeps a page for a telephone that is off."""


@value
class WebPush:
    """The key that browsers know us by."""

    private_key: Annotated[str, MinLen(40), MaxLen(50)]
    """The VAPID private key, 32 bytes in base64url. Another one makes every subscription void."""
    contact: Annotated[str, MinLen(1), MaxLen(300)]
    """A `mailto:` or `https:` address, for the operators of push services."""

    def __post_init__(self) -> None:
        """Refuse a key that is none, when it is entered."""
        key_of(self.private_key)


class WebPushProvider(ProviderDefaults):
    """Push to the web app."""

    method: Method = "PUSH"
    type = "web"
    name = "Web app"
    config = WebPush
    secret_fields = frozenset({"privateKey"})
    typed = False

    def takes(self, address: str) -> bool:
        """A browser's subscription."""
        return subscription_of(address) is not None

    def render(self, message: Message, config: WebPush, sending: Sending) -> HttpRequest:
        """A push that only the browser can read (RFC 8030, 8291, 8292)."""
        subscription = subscription_of(message.to)
        if subscription is None:
            raise ValueError("the address is no push subscription")
        key = key_of(config.private_key)
        text = payload(message)
        shown = push_text(message)
        headers = (
            ("TTL", str(TTL_SECONDS)),
            ("Urgency", "high" if shown.urgent else "normal"),
            # A page that waits at the push service is replaced by the next about the same incident.
            ("Topic", shown.tag),
            ("Content-Type", "application/notification+json"),
            ("Content-Encoding", "aes128gcm"),
            ("Authorization", authorization(key, subscription.endpoint, config.contact, message.sent_at)),
        )
        body = encrypt(text, subscription, seed_for(key, subscription, text, sending.entropy))
        return HttpRequest(url=subscription.endpoint, headers=headers, body=body)

    def read(self, answer: Answer) -> Receipt:
        """201 is taken. 404 and 410 mean that the browser's subscription is gone."""
        found = web_answer(answer)
        if isinstance(found, Receipt):
            return found
        words = text_at(fields_of(found.body), "message")
        location = found.headers.get("location", "")[:300]
        return receipt(found, words, reference=location, bounced=found.status in (404, 410))

    def ready_made(self, seed: bytes, contact: str) -> WebPush:
        """A key of our own, so that Web Push works from the first start."""
        return WebPush(private_key=key_text(key_from(seed)), contact=contact)


def subscription_of(address: str) -> Subscription | None:
    """The subscription that an address is; None when it is another kind of address."""
    said = fields_of(address)
    found = Subscription(
        endpoint=text_at(said, "endpoint"),
        p256dh=text_at(said, "keys", "p256dh"),
        auth=text_at(said, "keys", "auth"),
    )
    try:
        sizes = len(from_base64url(found.p256dh)), len(from_base64url(found.auth))
        https = urlsplit(found.endpoint).scheme == "https" and bool(urlsplit(found.endpoint).hostname)
    except ValueError:
        return None
    return found if https and sizes == (65, 16) and len(found.endpoint) <= 1000 else None


def address_of(subscription: Subscription) -> str:
    """A subscription as an address is stored: one spelling, so that it is known again."""
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    return dumps({"endpoint": subscription.endpoint, "keys": keys})


def payload(message: Message) -> bytes:
    """The notification in declarative form, cut until it fits."""
    shown = push_text(message)
    text = dumps(_declared(message, shown)).encode()
    while len(text) > MOST_PAYLOAD and shown.body:
        shown = replace(shown, body=shown.body[: len(shown.body) // 2])
        text = dumps(_declared(message, shown)).encode()
    return text


def _declared(message: Message, shown: PushText) -> dict[str, Any]:
    notification: dict[str, Any] = {
        "title": shown.title,
        "body": shown.body,
        "lang": message.language,
        "dir": "auto",
        "tag": shown.tag,
        "navigate": message.answers.accept if message.answers else shown.url or "/",
        "requireInteraction": shown.urgent,
        "renotify": True,
        "silent": False,
        "actions": [
            {"action": action, "title": label, "navigate": page} for action, label, page in buttons(message)
        ],
        # Safari reads the badge here, the standard beside the notification.
        "app_badge": str(message.open_incidents),
    }
    return {"web_push": 8030, "notification": notification, "app_badge": message.open_incidents}


provider = WebPushProvider()

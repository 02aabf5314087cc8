"""Web Push: only the browser can read it, and what it reads is a notification in declarative form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_vapid import Vapid02

from tests.channels.examples import ANSWERS, PAGE, page
from tests.channels.providers import SENDING, SUBSCRIPTION, account, answer, asked, to
from tests.channels.test_web_push_crypto import decrypted
from tocsin.channels.tokens import base64url
from tocsin.channels.web_push import WebPush, payload, provider, subscription_of
from tocsin.channels.web_push_crypto import MOST_PAYLOAD, key_of, public_bytes
from tocsin.core.messages import Message
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode, loads, replace

CONFIG = account(("PUSH", "web"))
FRESH = replace(SENDING, entropy=b"f" * 32)


def shown(message: Message = PAGE, **changes: Any) -> Any:
    """What the browser reads, decrypted by another implementation."""
    return loads(decrypted(asked(provider, message, **changes).body))


def test_a_page_is_a_declarative_notification() -> None:
    assert shown(open_incidents=3) == {
        "web_push": 8030,
        "app_badge": 3,
        "notification": {
            "title": "PENDING #123: Disk full on db-1",
            "body": "High priority · Prometheus Frankfurt\nIf nobody accepts, level 2 (Bo Ruiz) is told at 19:09.",
            "lang": "en",
            "dir": "auto",
            "tag": "incident-123",
            "navigate": ANSWERS.accept,
            "requireInteraction": True,
            "renotify": True,
            "silent": False,
            "actions": [
                {"action": "accept", "title": "Acknowledge", "navigate": ANSWERS.accept},
                {"action": "resolve", "title": "Resolve", "navigate": ANSWERS.resolve},
                {"action": "escalate", "title": "Escalate", "navigate": ANSWERS.escalate},
            ],
            "app_badge": "3",
        },
    }


def test_an_update_has_no_buttons_and_demands_nothing() -> None:
    said = shown(purpose="RESOLVED", answers=None)["notification"]
    assert said["title"] == "RESOLVED #123: Disk full on db-1"
    assert (said["actions"], said["requireInteraction"]) == ([], False)
    assert said["navigate"] == "https://t.example.com/incidents/123"


def test_the_push_service_is_told_how_urgent_it_is_and_who_we_are() -> None:
    request = asked(provider)
    headers = dict(request.headers)
    assert request.url == "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"
    assert (headers["Urgency"], headers["Topic"], headers["TTL"]) == ("high", "incident-123", "14400")
    assert headers["Content-Encoding"] == "aes128gcm"
    assert Vapid02.verify(headers["Authorization"])
    assert dict(asked(provider, page({"priority": "LOW"})).headers)["Urgency"] == "normal"


@given(st.text(max_size=600), st.text(max_size=900))
@settings(max_examples=50)
def test_whatever_is_to_be_said_fits(summary: str, step: str) -> None:
    assert len(payload(page({"summary": summary}, next_step=step))) <= MOST_PAYLOAD


def test_a_text_that_takes_many_bytes_is_cut_to_fit() -> None:
    long = page({"summary": "𝕏" * 900}, next_step="\x01𝕏" * 700)
    assert len(payload(long)) <= MOST_PAYLOAD


@pytest.mark.parametrize(
    "status, outcome, bounced",
    [
        (201, "SENT", False),
        (200, "SENT", False),
        (404, "PERMANENT", True),
        (410, "PERMANENT", True),
        (403, "PERMANENT", False),
        (413, "PERMANENT", False),
        (429, "TEMPORARY", False),
        (502, "TEMPORARY", False),
    ],
)
def test_answers(status: int, outcome: str, *, bounced: bool) -> None:
    receipt = provider.read(answer(status, location="https://push.example.net/m/1"))
    assert (receipt.outcome, receipt.bounced) == (outcome, bounced)


def test_it_works_from_the_first_start() -> None:
    made = provider.ready_made(b"s" * 64, "https://t.example.com")
    assert made == provider.ready_made(b"s" * 64, "https://t.example.com")
    assert made != provider.ready_made(b"t" * 64, "https://t.example.com")
    request = provider.render(to(provider), made, FRESH)
    assert f"k={base64url(public_bytes(key_of(made.private_key)))}" in dict(request.headers)["Authorization"]


def test_fresh_chance_makes_another_ciphertext() -> None:
    assert provider.render(to(provider), CONFIG, FRESH).body != asked(provider).body


@pytest.mark.parametrize(
    "address",
    [
        SUBSCRIPTION.replace("https", "http"),
        SUBSCRIPTION.replace("BCVx", "BC"),
        SUBSCRIPTION.replace("BTBZ", ""),
        '{"endpoint": "https://push.example.net/x"}',
        "[]",
    ],
)
def test_what_is_no_subscription_is_not_taken(address: str) -> None:
    assert subscription_of(address) is None
    assert not provider.takes(address)


def test_a_key_that_is_none_is_refused_when_it_is_entered() -> None:
    with pytest.raises(BadInput):
        decode(WebPush, {"privateKey": "A" * 43, "contact": "mailto:ops@example.com"})

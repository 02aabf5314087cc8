"""Web Push encryption: the RFCs' own examples, and another implementation reads ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from py_vapid import Vapid02

from tests.channels.providers import ec_pem, rsa_pem
from tocsin.channels.tokens import base64url, from_base64url, private_key
from tocsin.channels.web_push_crypto import (
    MOST_PAYLOAD,
    Seed,
    Subscription,
    authorization,
    encrypt,
    key_from,
    key_of,
    key_text,
    public_bytes,
    seed_for,
)

# RFC 8291, section 5.
BROWSER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SUBSCRIPTION = Subscription(
    endpoint="https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    auth="BTBZMqHH6r4Tts7J_aSIgg",
)
OUR_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
AT = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)
KEY = key_from(b"the secret of an installation")


def decrypted(body: bytes) -> bytes:
    """The payload as another implementation reads it in the browser's place."""
    number = int.from_bytes(from_base64url(BROWSER_PRIVATE), "big")
    browser = ec.derive_private_key(number, ec.SECP256R1())
    read: Any = http_ece.decrypt(
        body, private_key=browser, auth_secret=from_base64url(SUBSCRIPTION.auth), version="aes128gcm"
    )
    assert isinstance(read, bytes)
    return read


def test_the_example_of_the_rfc_comes_out_byte_for_byte() -> None:
    seed = Seed(private=int.from_bytes(from_base64url(OUR_PRIVATE), "big"), salt=from_base64url(SALT))
    body = encrypt(b"When I grow up, I want to be a watermelon", SUBSCRIPTION, seed)
    assert base64url(body) == BODY


@given(st.binary(max_size=MOST_PAYLOAD))
def test_another_implementation_reads_what_we_encrypt(payload: bytes) -> None:
    assert decrypted(encrypt(payload, SUBSCRIPTION, seed_for(KEY, SUBSCRIPTION, payload))) == payload


def test_the_longest_push_is_what_services_take() -> None:
    payload = b"x" * MOST_PAYLOAD
    body = encrypt(payload, SUBSCRIPTION, seed_for(KEY, SUBSCRIPTION, payload))
    assert len(body) == 4096
    with pytest.raises(ValueError, match="a push holds"):
        encrypt(payload + b"x", SUBSCRIPTION, seed_for(KEY, SUBSCRIPTION, payload))


def test_two_messages_share_neither_key_nor_salt_and_one_message_has_one() -> None:
    first, again = seed_for(KEY, SUBSCRIPTION, b"one"), seed_for(KEY, SUBSCRIPTION, b"one")
    other = seed_for(KEY, SUBSCRIPTION, b"two")
    assert first == again
    assert first.private != other.private
    assert first.salt != other.salt


def test_the_header_is_one_that_another_implementation_accepts() -> None:
    header = authorization(KEY, SUBSCRIPTION.endpoint, "mailto:ops@example.com", AT)
    assert Vapid02.verify(header)
    assert header.endswith(f",k={base64url(public_bytes(KEY))}")
    claims = from_base64url(header.split(".")[1])
    assert b'"aud":"https://push.example.net"' in claims
    assert b'"sub":"mailto:ops@example.com"' in claims


def test_a_header_of_another_key_is_not_accepted() -> None:
    header = authorization(KEY, SUBSCRIPTION.endpoint, "mailto:ops@example.com", AT)
    other = base64url(public_bytes(key_from(b"another secret")))
    assert not Vapid02.verify(f"{header.split(',k=')[0]},k={other}")


def test_a_key_survives_being_written_down() -> None:
    assert key_text(key_of(key_text(KEY))) == key_text(KEY)
    with pytest.raises(ValueError, match="no private VAPID key"):
        key_of("AAAA")


@pytest.mark.parametrize("p256dh", ["", "AAAA", "BCVx", "!!", SUBSCRIPTION.p256dh[:-1] + "A"])
def test_a_subscription_with_a_wrong_key_is_refused(p256dh: str) -> None:
    wrong = Subscription(endpoint=SUBSCRIPTION.endpoint, p256dh=p256dh, auth=SUBSCRIPTION.auth)
    with pytest.raises(ValueError):
        encrypt(b"x", wrong, seed_for(KEY, wrong, b"x"))


@pytest.mark.parametrize(
    "mangle", [lambda pem: pem.replace("\n", ""), lambda pem: pem.replace("\n", "\\n"), str.strip]
)
def test_a_key_may_have_lost_its_line_ends_in_a_form(mangle: Callable[[str], str]) -> None:
    for pem in (rsa_pem(), ec_pem()):
        assert private_key(mangle(pem)).private_numbers() == private_key(pem).private_numbers()


@pytest.mark.parametrize(
    "text", ["", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----AAAA-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no private key"):
        private_key(text)

"""Push by ntfy, Pushover, Gotify, FCM and APNs."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.channels.examples import AT, page
from tests.channels.providers import (
    BACK,
    SENDING,
    TOKEN,
    account,
    answer,
    asked,
    body_of,
    called_back,
    ec_pem,
    rsa_pem,
    to,
)
from tocsin.channels.apns import Apns
from tocsin.channels.apns import provider as apns
from tocsin.channels.fcm import Fcm
from tocsin.channels.fcm import provider as fcm
from tocsin.channels.gotify import provider as gotify
from tocsin.channels.ntfy import Ntfy
from tocsin.channels.ntfy import provider as ntfy
from tocsin.channels.pushover import provider as pushover
from tocsin.core.delivery import Receipt
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode, replace
from tocsin.plugins import AccessToken, Heard, HttpRequest, Reply

LOW = page({"priority": "LOW"})
UPDATE = page(purpose="RESOLVED", answers=None)


# ntfy


def test_ntfy_rings_in_do_not_disturb_and_its_buttons_post_the_answer() -> None:
    request = asked(ntfy)
    assert request.url == "https://ntfy.example.com"
    assert ("Authorization", "Bearer tk_1") in request.headers
    said = body_of(request)
    assert (said["topic"], said["priority"], said["title"]) == (
        "ann-pages-8f3k2",
        5,
        "PENDING #123: Disk full on db-1",
    )
    assert said["click"] == "https://t.example.com/incidents/123"
    accept = said["actions"][0]
    assert accept == {
        "action": "http",
        "label": "Acknowledge",
        "url": "https://t.example.com/r/41x8c",
        "method": "POST",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": "do=accept",
        "clear": True,
    }
    assert [each["body"] for each in said["actions"]] == ["do=accept", "do=resolve", "do=escalate"]


def test_only_what_is_urgent_rings() -> None:
    assert body_of(asked(ntfy, LOW))["priority"] == 3
    assert body_of(asked(ntfy, UPDATE))["priority"] == 3
    assert "actions" not in body_of(asked(ntfy, UPDATE))


def test_a_public_ntfy_needs_no_token() -> None:
    request = ntfy.render(to(ntfy), Ntfy(), SENDING)
    assert request.url == "https://ntfy.sh"
    assert "Authorization" not in dict(request.headers)


@pytest.mark.parametrize(
    "status, said, outcome, reference",
    [
        (200, {"id": "sPs71M8A2T", "time": 1, "event": "message", "topic": "t"}, "SENT", "sPs71M8A2T"),
        (401, {"code": 40101, "http": 401, "error": "unauthorized"}, "PERMANENT", None),
        (429, {"code": 42901, "http": 429, "error": "limit reached: too many requests"}, "TEMPORARY", None),
        (413, {"code": 41301, "http": 413, "error": "attachment too large"}, "PERMANENT", None),
    ],
)
def test_ntfys_answers(status: int, said: Any, outcome: str, reference: str | None) -> None:
    receipt = ntfy.read(answer(status, said))
    assert (receipt.outcome, receipt.reference) == (outcome, reference)
    assert said.get("error", "") in receipt.answer


# Pushover


def test_pushover_repeats_an_urgent_page_until_it_is_acknowledged() -> None:
    sent = dict(parse_qsl(asked(pushover).body.decode()))
    assert (sent["priority"], sent["retry"], sent["expire"]) == ("2", "60", "600")
    assert sent["callback"] == f"{BACK}/acknowledged/{TOKEN}"
    assert sent["user"] == "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"
    assert dict(parse_qsl(asked(pushover, UPDATE).body.decode()))["priority"] == "0"


def test_an_acknowledgement_in_the_app_acknowledges_the_incident() -> None:
    form = {"receipt": "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy", "acknowledged": "1", "acknowledged_by": "uQiR"}
    name = "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"
    found = pushover.hear(called_back(f"acknowledged/{TOKEN}", form=form), account(("PUSH", "pushover")))
    assert found.replies == (Reply(text="accept", token=TOKEN, reference=name, key=name),)
    form["acknowledged"] = "0"
    assert (
        pushover.hear(called_back(f"acknowledged/{TOKEN}", form=form), account(("PUSH", "pushover")))
        == Heard()
    )


@pytest.mark.parametrize(
    "status, said, outcome, bounced",
    [
        (200, {"status": 1, "receipt": "r1", "request": "q1"}, "SENT", False),
        (200, {"status": 1, "request": "q1"}, "SENT", False),
        (400, {"user": "invalid", "errors": ["user identifier is invalid"], "status": 0}, "PERMANENT", True),
        (
            400,
            {"token": "invalid", "errors": ["application token is invalid"], "status": 0},
            "PERMANENT",
            False,
        ),
        (429, {"errors": ["application is over its quota"], "status": 0}, "TEMPORARY", False),
    ],
)
def test_pushovers_answers(status: int, said: Any, outcome: str, *, bounced: bool) -> None:
    receipt = pushover.read(answer(status, said))
    assert (receipt.outcome, receipt.bounced) == (outcome, bounced)


# Gotify


def test_gotify_shows_the_page_and_a_tap_leads_to_the_answer() -> None:
    request = asked(gotify)
    assert request.url == "https://gotify.example.com/message"
    assert ("X-Gotify-Key", "AvWX5Oqx8lE2.fq") in request.headers
    said = body_of(request)
    assert said["priority"] == 10
    assert said["extras"]["client::notification"]["click"]["url"] == "https://t.example.com/r/41x8c?do=accept"
    assert body_of(asked(gotify, LOW))["priority"] == 5


def test_gotifys_answers() -> None:
    assert gotify.read(answer(200, {"id": 25, "appid": 5, "message": "m"})).reference == "25"
    refused = gotify.read(
        answer(
            401,
            {
                "error": "Unauthorized",
                "errorCode": 401,
                "errorDescription": "you need to provide a valid token",
            },
        )
    )
    assert (refused.outcome, refused.bounced) == ("PERMANENT", True)


# FCM


def _google() -> RSAPrivateKey:
    key = load_pem_private_key(rsa_pem().encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def test_fcm_asks_google_for_a_token_with_a_signed_claim() -> None:
    request = fcm.authorize(account(("PUSH", "fcm")), AT)
    assert request.url == "https://oauth2.googleapis.com/token"
    sent = dict(parse_qsl(request.body.decode()))
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims: dict[str, Any] = jwt.decode(
        sent["assertion"],
        _google().public_key(),
        algorithms=["RS256"],
        audience="https://oauth2.googleapis.com/token",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iss"] == "tocsin@pages-1234.iam.gserviceaccount.com"
    assert claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
    assert jwt.get_unverified_header(sent["assertion"])["kid"] == "k1"


def test_the_token_is_read() -> None:
    said = {"access_token": "ya29.c", "expires_in": 3599, "token_type": "Bearer"}
    assert fcm.read_token(answer(200, said)) == AccessToken(text="ya29.c", lasts_seconds=3599)
    refused = fcm.read_token(
        answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
    )
    assert isinstance(refused, Receipt)
    assert (refused.outcome, refused.answer) == ("PERMANENT", "400 invalid_grant: Invalid JWT Signature.")
    garbage = fcm.read_token(answer(200, b"<html>"))
    assert isinstance(garbage, Receipt)
    assert garbage.outcome == "TEMPORARY"


def test_fcm_sends_to_the_apps_urgent_channel() -> None:
    request = asked(fcm)
    assert request.url == "https://fcm.googleapis.com/v1/projects/pages-1234/messages:send"
    assert ("Authorization", "Bearer ya29.token") in request.headers
    message = body_of(request)["message"]
    assert message["token"] == "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1"
    assert message["android"]["priority"] == "HIGH"
    assert message["android"]["notification"] == {"tag": "incident-123", "channel_id": "urgent"}
    assert message["data"]["accept"] == "https://t.example.com/r/41x8c"
    assert all(isinstance(text, str) for text in message["data"].values())


@pytest.mark.parametrize(
    "status, code, outcome, bounced",
    [
        (404, "UNREGISTERED", "PERMANENT", True),
        (403, "SENDER_ID_MISMATCH", "PERMANENT", True),
        (400, "INVALID_ARGUMENT", "PERMANENT", False),
        (401, "THIRD_PARTY_AUTH_ERROR", "TEMPORARY", False),
        (429, "QUOTA_EXCEEDED", "TEMPORARY", False),
        (503, "UNAVAILABLE", "TEMPORARY", False),
    ],
)
def test_fcms_answers(status: int, code: str, outcome: str, *, bounced: bool) -> None:
    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}
    said = {"error": {"code": status, "message": "words", "status": "X", "details": [detail]}}
    receipt = fcm.read(answer(status, said))
    assert (receipt.outcome, receipt.bounced, receipt.answer) == (outcome, bounced, f"{status} {code}: words")
    assert fcm.read(answer(200, {"name": "projects/p/messages/0:1"})).reference == "projects/p/messages/0:1"


@pytest.mark.parametrize(
    "file", ["{}", "nonsense", json.dumps({"project_id": "p", "client_email": "e", "private_key": "k"})]
)
def test_a_file_that_is_no_service_account_is_refused_when_it_is_entered(file: str) -> None:
    with pytest.raises(BadInput):
        decode(Fcm, {"serviceAccount": file})


# APNs


def test_apns_gets_a_token_that_it_accepts_and_a_critical_alert() -> None:
    request = asked(apns)
    assert request.url == "https://api.push.apple.com/3/device/" + "0a1b2c3d" * 8
    headers = dict(request.headers)
    assert (headers["apns-topic"], headers["apns-push-type"]) == ("com.example.app", "alert")
    assert headers["apns-collapse-id"] == "incident-123"
    key = load_pem_private_key(ec_pem().encode(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    token = headers["Authorization"].removeprefix("bearer ")
    claims = jwt.decode(token, key.public_key(), algorithms=["ES256"], options={"verify_iat": False})
    assert claims["iss"] == "DEF1234567"
    assert 0 <= AT.timestamp() - claims["iat"] < 40 * 60
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": "ABC1234567"}
    aps = body_of(request)["aps"]
    assert aps["sound"] == {"critical": 1, "name": "default", "volume": 1.0}
    assert (aps["interruption-level"], aps["category"]) == ("critical", "INCIDENT")


def test_only_an_entitled_app_is_asked_to_sound_in_silence() -> None:
    plain = replace(account(("PUSH", "apns")), critical=False)
    request: HttpRequest = apns.render(to(apns), plain, SENDING)
    assert body_of(request)["aps"]["interruption-level"] == "time-sensitive"
    assert body_of(asked(apns, UPDATE))["aps"]["interruption-level"] == "active"
    assert "category" not in body_of(asked(apns, UPDATE))["aps"]


@pytest.mark.parametrize(
    "status, reason, outcome, bounced",
    [
        (410, "Unregistered", "PERMANENT", True),
        (400, "BadDeviceToken", "PERMANENT", True),
        (400, "BadTopic", "PERMANENT", False),
        (403, "InvalidProviderToken", "PERMANENT", False),
        (403, "ExpiredProviderToken", "TEMPORARY", False),
        (429, "TooManyRequests", "TEMPORARY", False),
        (503, "ServiceUnavailable", "TEMPORARY", False),
    ],
)
def test_apples_answers(status: int, reason: str, outcome: str, *, bounced: bool) -> None:
    receipt = apns.read(answer(status, {"reason": reason}))
    assert (receipt.outcome, receipt.bounced, receipt.answer) == (outcome, bounced, f"{status} {reason}")
    assert apns.read(answer(200, apns_id="6A1F")).reference == "6A1F"


def test_a_key_that_cannot_sign_is_refused_when_it_is_entered() -> None:
    with pytest.raises(BadInput):
        decode(Apns, {"key": "x", "keyId": "k", "teamId": "t", "topic": "a.b"})

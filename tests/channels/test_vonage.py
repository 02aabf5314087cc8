"""Vonage: what is asked, how answers are read, and what calls back."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.channels.examples import AT, PAGE, page
from tests.channels.providers import (
    BACK,
    NUMBER,
    SENDING,
    TOKEN,
    account,
    answer,
    asked,
    body_of,
    called_back,
    signed_by_vonage,
)
from tocsin.channels.spoken import TURNS
from tocsin.channels.vonage_sms import SignedBy, VonageSms, signature
from tocsin.channels.vonage_sms import provider as sms
from tocsin.channels.vonage_voice import provider as voice
from tocsin.kit.errors import BadInput, Forbidden
from tocsin.kit.value import decode, loads, replace
from tocsin.plugins import Answered, Callback, Heard, Reply

SMS, VOICE = account(("SMS", "vonage")), account(("VOICE", "vonage"))
UNSIGNED = replace(SMS, signature_secret="")


def test_a_short_message_is_asked_for() -> None:
    request = asked(sms)
    assert request.url == "https://rest.nexmo.com/sms/json"
    sent = dict(parse_qsl(request.body.decode()))
    assert (sent["api_key"], sent["api_secret"]) == ("abcd1234", "v-secret")
    assert (sent["to"], sent["from"], sent["type"]) == ("491701234567", "447700900000", "text")
    assert (sent["client-ref"], sent["callback"]) == (TOKEN, f"{BACK}/status/{TOKEN}")


def test_cyrillic_is_sent_as_unicode() -> None:
    sent = dict(parse_qsl(asked(sms, page({"summary": "Диск полон"})).body.decode()))
    assert sent["type"] == "unicode"


def test_a_message_that_was_taken_has_a_reference() -> None:
    part = {
        "to": "491701234567",
        "message-id": "0A0000000123ABCD1",
        "status": "0",
        "remaining-balance": "3.14",
    }
    receipt = sms.read(answer(200, {"message-count": "1", "messages": [part]}))
    assert (receipt.outcome, receipt.reference) == ("SENT", "0A0000000123ABCD1")


@pytest.mark.parametrize(
    "status, words, outcome",
    [
        ("1", "Throughput Rate Exceeded", "TEMPORARY"),
        ("5", "Internal Error", "TEMPORARY"),
        ("4", "Bad Credentials", "PERMANENT"),
        ("9", "Quota Exceeded - rejected", "PERMANENT"),
        ("6", "Unroutable message - rejected", "PERMANENT"),
    ],
)
def test_trouble_hides_in_a_200(status: str, words: str, outcome: str) -> None:
    said = {"message-count": "1", "messages": [{"status": status, "error-text": words}]}
    receipt = sms.read(answer(200, said))
    assert (receipt.outcome, receipt.answer) == (outcome, f"200 {status} {words}")


RECEIPT = {
    "msisdn": "491701234567",
    "to": "447700900000",
    "messageId": "0A0000000123ABCD1",
    "price": "0.03",
    "status": "delivered",
    "scts": "2611231904",
    "err-code": "0",
    "client-ref": TOKEN,
    "message-timestamp": "2026-11-23 18:04:00",
}


def test_a_receipt_is_heard_as_query_form_or_json() -> None:
    ways = (
        called_back("status", form=RECEIPT),
        called_back("status", said=RECEIPT),
        called_back("status", query=tuple(RECEIPT.items())),
    )
    for callback in ways:
        report = sms.hear(callback, UNSIGNED).reports[0]
        assert (report.state, report.token, report.reference) == ("DELIVERED", TOKEN, "0A0000000123ABCD1")


@pytest.mark.parametrize("code, bounced", [("9", True), ("3", True), ("2", False), ("7", False)])
def test_a_failed_receipt_says_whether_the_number_is_wrong(code: str, *, bounced: bool) -> None:
    form = {**RECEIPT, "status": "failed", "err-code": code}
    report = sms.hear(called_back(f"status/{TOKEN}", form=form), UNSIGNED).reports[0]
    assert (report.state, report.reason, report.bounced) == ("FAILED", f"failed {code}", bounced)


INBOUND = {
    "msisdn": "491701234567",
    "to": "447700900000",
    "messageId": "0C000000217B7F02",
    "text": "2 & done=yes",
    "type": "text",
    "timestamp": str(int(AT.timestamp())),
    "nonce": "ec11dd3e-1e7f-4db5-9467-82b02cd223b9",
}


def test_an_answer_comes_from_a_number_with_its_country() -> None:
    found = sms.hear(called_back("", form=INBOUND), UNSIGNED)
    assert found.replies == (Reply(text="2 & done=yes", from_address=NUMBER, key="0C000000217B7F02"),)


def _signed(form: dict[str, str], by: SignedBy, secret: str = "v-sign") -> Callback:
    """As Vonage documents it, written down once more."""
    text = "".join(f"&{k}={form[k].replace('&', '_').replace('=', '_')}" for k in sorted(form))
    if by == "MD5HASH":
        sig = hashlib.md5((text + secret).encode()).hexdigest()
    else:
        sig = hmac.new(secret.encode(), text.encode(), by.lower()).hexdigest().upper()
    return called_back("", form={**form, "sig": sig})


@pytest.mark.parametrize("by", ["MD5HASH", "MD5", "SHA1", "SHA256", "SHA512"])
def test_signed_callbacks_are_verified(by: SignedBy) -> None:
    config = replace(SMS, signed_by=by)
    assert sms.hear(_signed(INBOUND, by), config).replies
    with pytest.raises(Forbidden):
        sms.hear(_signed(INBOUND, by, "another"), config)
    forged = _signed(INBOUND, by)
    with pytest.raises(Forbidden):
        sms.hear(replace(forged, body=forged.body.replace(b"done", b"gone")), config)


def test_an_old_signature_is_refused() -> None:
    callback = _signed(INBOUND, "SHA256")
    with pytest.raises(Forbidden, match="too long ago"):
        sms.hear(replace(callback, received_at=AT + timedelta(hours=2)), SMS)


def test_the_signature_of_vonages_own_example() -> None:
    # developer.vonage.com, “Signing messages”: the string is hashed with the secret after it.
    form = {"a": "1", "b": "x&y=z"}
    assert signature(form, "s", "MD5HASH") == hashlib.md5(b"&a=1&b=x_y_zs").hexdigest()


# Calls.


def test_a_call_is_signed_by_the_application() -> None:
    request = asked(voice)
    assert request.url == "https://api.nexmo.com/v1/calls"
    token = dict(request.headers)["Authorization"].removeprefix("Bearer ")
    key = load_pem_private_key(VOICE.private_key.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    claims: dict[str, Any] = jwt.decode(
        token,
        key.public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["application_id"] == "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"
    assert claims["iat"] == int(AT.timestamp())
    assert claims["exp"] - claims["iat"] == 900


def test_a_call_says_everything_and_asks_for_a_key() -> None:
    said = body_of(asked(voice))
    assert said["to"] == [{"type": "phone", "number": "491701234567"}]
    assert said["from"] == {"type": "phone", "number": "447700900000"}
    assert said["event_url"] == [f"{BACK}/status/{TOKEN}"]
    talk, menu, key = said["ncco"]
    assert talk["text"] == (
        "This is Tocsin. Incident 123 is open. High priority. Disk full on db-1. Reported by Prometheus Frankfurt."
    )
    assert (talk["action"], talk["language"], talk["bargeIn"]) == ("talk", "en-US", True)
    assert menu["text"].startswith("To acknowledge, press 1.")
    assert key == {
        "action": "input",
        "type": ["dtmf"],
        "dtmf": {"maxDigits": 1, "timeOut": 6},
        "eventUrl": [f"{BACK}/keys/{TOKEN}/1"],
        "eventMethod": "POST",
    }


def test_a_call_that_was_taken_has_a_reference() -> None:
    said = {"uuid": "63f61863-4a51-4f6b-86e1-46edebcf9356", "status": "started", "direction": "outbound"}
    receipt = voice.read(answer(201, said))
    assert (receipt.outcome, receipt.reference) == ("SENT", "63f61863-4a51-4f6b-86e1-46edebcf9356")


def test_a_refusal_is_quoted() -> None:
    said = {
        "type": "UNAUTHORIZED",
        "title": "Unauthorized",
        "detail": "You did not provide correct credentials.",
    }
    receipt = voice.read(answer(401, said))
    assert receipt.outcome == "PERMANENT"
    assert receipt.answer == "401 Unauthorized: You did not provide correct credentials."


def heard(rest: str, said: dict[str, Any]) -> Heard:
    return voice.hear(signed_by_vonage(called_back(rest, said=said)), VOICE)


@pytest.mark.parametrize(
    "status, state",
    [
        ("ringing", "SENT"),
        ("answered", "DELIVERED"),
        ("completed", "DELIVERED"),
        ("machine", "FAILED"),
        ("busy", "FAILED"),
        ("timeout", "FAILED"),
        ("unanswered", "FAILED"),
        ("rejected", "FAILED"),
        ("failed", "FAILED"),
    ],
)
def test_how_a_call_went_is_reported_and_never_an_answer(status: str, state: str) -> None:
    found = heard(f"status/{TOKEN}", {"uuid": "u-1", "status": status, "direction": "outbound"})
    assert found.replies == ()
    assert [(r.state, r.token, r.reference) for r in found.reports] == [(state, TOKEN, "u-1")]


def test_when_machines_are_detected_only_a_human_makes_a_call_delivered() -> None:
    config = replace(VOICE, detect_machines=True)
    for status, state in (("answered", "SENT"), ("human", "DELIVERED"), ("machine", "FAILED")):
        callback = signed_by_vonage(called_back(f"status/{TOKEN}", said={"uuid": "u-1", "status": status}))
        assert voice.hear(callback, config).reports[0].state == state


def test_a_key_is_an_answer_in_place() -> None:
    said = {"uuid": "u-1", "dtmf": {"digits": "2", "timed_out": False}, "timestamp": "2026-11-23T18:04:05Z"}
    expected = Reply(text="2", token=TOKEN, reference="u-1", key="u-1/1", in_place=True)
    assert heard(f"keys/{TOKEN}/1", said).replies == (expected,)
    before = {"uuid": "u-1", "dtmf": "2", "timed_out": "false"}
    assert heard(f"keys/{TOKEN}/1", before).replies == (expected,)


def test_silence_is_no_answer() -> None:
    said = {"uuid": "u-1", "dtmf": {"digits": "", "timed_out": True}}
    assert heard(f"keys/{TOKEN}/1", said).replies[0].text == ""


def told(outcome: str, digit: str, turn: int = 1) -> Any:
    reply = Reply(text=digit, token=TOKEN, key=f"u-1/{turn}", in_place=True)
    done = Answered(reply=reply, outcome=outcome, text="It is accepted.", message=replace(PAGE, token=TOKEN))
    return loads(voice.respond(Heard(), (done,), VOICE, SENDING).body)


def test_the_outcome_is_said_and_the_call_ends() -> None:
    assert [each["text"] for each in told("ACCEPT", "1")] == ["It is accepted. Goodbye."]


def test_the_menu_comes_again_but_not_for_ever() -> None:
    again = told("NOT_UNDERSTOOD", "8")
    assert again[0]["text"].startswith("That digit means nothing here. This is Tocsin.")
    assert again[2]["eventUrl"] == [f"{BACK}/keys/{TOKEN}/2"]
    assert [each["action"] for each in told("NOT_UNDERSTOOD", "", TURNS)] == ["talk"]


def test_what_vonage_did_not_sign_is_refused() -> None:
    callback = called_back(f"keys/{TOKEN}/1", said={"uuid": "u-1", "dtmf": {"digits": "1"}})
    genuine = signed_by_vonage(callback)
    for forged in (
        callback,
        signed_by_vonage(callback, "another"),
        replace(genuine, body=genuine.body.replace(b'"1"', b'"2"')),
        replace(genuine, received_at=AT + timedelta(hours=2)),
        replace(genuine, headers={"authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}),
    ):
        with pytest.raises(Forbidden):
            voice.hear(forged, VOICE)


def test_a_key_that_cannot_sign_is_refused_when_it_is_entered() -> None:
    wrong = {"applicationId": "a", "privateKey": "nonsense", "sender": "+447700900000"}
    with pytest.raises(BadInput, match="no private key"):
        decode(type(VOICE), wrong)
    assert decode(VonageSms, {"apiKey": "k", "apiSecret": "s", "sender": "Tocsin"}).signed_by == "SHA256"

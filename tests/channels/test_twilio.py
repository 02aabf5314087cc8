"""Twilio: what is asked, how answers are read, and what calls back, judged by its own library."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest
from twilio.twiml.voice_response import Gather, VoiceResponse

from tests.channels.examples import PAGE, page
from tests.channels.providers import (
    BACK,
    NUMBER,
    SENDING,
    TOKEN,
    account,
    answer,
    asked,
    called_back,
    signed_by_twilio,
)
from tocsin.channels.spoken import TURNS
from tocsin.channels.twilio_sms import provider as sms
from tocsin.channels.twilio_voice import provider as voice
from tocsin.channels.twilio_whatsapp import provider as whatsapp
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import loads, replace
from tocsin.plugins import Answered, Heard, HttpRequest, Reply, Report

SMS, VOICE, WHATSAPP = (
    account(("SMS", "twilio")),
    account(("VOICE", "twilio")),
    account(("WHATSAPP", "twilio")),
)
KEYS = f"{BACK}/keys/{TOKEN}"


def fields(request: HttpRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body.decode()))


def heard(provider: Any, config: Any, rest: str, **form: str) -> Heard:
    found = provider.hear(signed_by_twilio(called_back(rest, form=form)), config)
    assert isinstance(found, Heard)
    return found


def test_a_short_message_is_asked_for() -> None:
    request = asked(sms)
    assert request.url == (
        "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json"
    )
    assert (
        "Authorization",
        "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMTp0d2lsaW8tc2VjcmV0",
    ) in request.headers
    sent = fields(request)
    assert sent["To"] == NUMBER
    assert sent["From"] == "+14155550100"
    assert sent["StatusCallback"] == f"{BACK}/status/{TOKEN}"
    assert sent["Body"].startswith("PENDING #123: Disk full on db-1\n")


def test_a_messaging_service_sends_instead_of_a_number() -> None:
    config = replace(SMS, sender="MG0123456789")
    sent = fields(sms.render(replace(PAGE, to=NUMBER), config, SENDING))
    assert sent["MessagingServiceSid"] == "MG0123456789"
    assert "From" not in sent
    assert sms.callers(config) == ()
    assert sms.callers(SMS) == ("+14155550100",)


CREATED = {
    "sid": "SM0e6b0d3b8f9a4f3a9f1d6c5b4a392817",
    "account_sid": "AC00000000000000000000000000000001",
    "status": "queued",
    "error_code": None,
    "error_message": None,
    "num_segments": "1",
}


def test_a_message_that_was_taken_has_a_reference() -> None:
    receipt = sms.read(answer(201, CREATED))
    assert (receipt.outcome, receipt.reference) == ("SENT", "SM0e6b0d3b8f9a4f3a9f1d6c5b4a392817")
    assert receipt.answer == "201 queued"


@pytest.mark.parametrize(
    "status, code, words, outcome, bounced",
    [
        (400, 21211, "The 'To' number +49170 is not a valid phone number.", "PERMANENT", True),
        (400, 21614, "'To' number is not a valid mobile number", "PERMANENT", True),
        (400, 21610, "Attempt to send to unsubscribed recipient", "PERMANENT", False),
        (400, 21606, "The From phone number is not a valid, SMS-capable number", "PERMANENT", False),
        (401, 20003, "Authenticate", "PERMANENT", False),
        (429, 20429, "Too Many Requests", "TEMPORARY", False),
        (500, 20500, "Internal Server Error", "TEMPORARY", False),
    ],
)
def test_refusals_are_told_apart(status: int, code: int, words: str, outcome: str, *, bounced: bool) -> None:
    said = {
        "code": code,
        "message": words,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    receipt = sms.read(answer(status, said))
    assert (receipt.outcome, receipt.bounced) == (outcome, bounced)
    assert receipt.answer == f"{status} {code} {words}"


@pytest.mark.parametrize(
    "status, state",
    [
        ("sent", "SENT"),
        ("delivered", "DELIVERED"),
        ("read", "SEEN"),
        ("undelivered", "FAILED"),
        ("failed", "FAILED"),
    ],
)
def test_delivery_reports_are_heard(status: str, state: str) -> None:
    found = heard(sms, SMS, f"status/{TOKEN}", MessageSid="SM1", MessageStatus=status, To=NUMBER)
    assert [(r.state, r.token, r.reference) for r in found.reports] == [(state, TOKEN, "SM1")]


def test_a_report_on_the_way_is_none() -> None:
    assert heard(sms, SMS, f"status/{TOKEN}", MessageSid="SM1", MessageStatus="queued").reports == ()


def test_a_failed_report_says_why_and_whether_the_number_is_wrong() -> None:
    report = heard(
        sms, SMS, f"status/{TOKEN}", MessageSid="SM1", MessageStatus="undelivered", ErrorCode="30005"
    ).reports[0]
    assert (report.reason, report.bounced) == ("undelivered 30005", True)
    other = heard(sms, SMS, f"status/{TOKEN}", MessageSid="SM1", MessageStatus="failed", ErrorCode="30003")
    assert not other.reports[0].bounced


def test_an_answer_is_heard_once_and_twilio_is_told_to_say_nothing() -> None:
    found = heard(sms, SMS, "", From=NUMBER, To="+14155550100", Body=" Ack 7 ", MessageSid="SM9")
    assert found.replies == (Reply(text="Ack 7", from_address=NUMBER, key="SM9"),)
    assert found.answer is not None
    assert found.answer.body.endswith(b"<Response/>")


def test_whatsapp_is_the_same_with_a_prefix() -> None:
    sent = fields(asked(whatsapp))
    assert (sent["To"], sent["From"]) == (f"whatsapp:{NUMBER}", "whatsapp:+14155550100")
    assert sent["Body"].endswith("Reply 1 ack, 2 resolve, 3 escalate\nhttps://t.example.com/incidents/123")
    found = heard(
        whatsapp, WHATSAPP, "", From=f"whatsapp:{NUMBER}", Body="ok", ButtonPayload="accept",
        MessageSid="SM8", OriginalRepliedMessageSid="SM7",
    )  # fmt: skip
    assert found.replies == (Reply(text="accept", from_address=NUMBER, reference="SM7", key="SM8"),)


def test_whatsapp_writes_first_with_a_template() -> None:
    config = replace(WHATSAPP, content_sid="HX1")
    sent = fields(whatsapp.render(replace(PAGE, to=NUMBER), config, SENDING))
    assert sent["ContentSid"] == "HX1"
    assert "\n" not in loads(sent["ContentVariables"])["1"]
    assert "Body" not in sent


@pytest.mark.parametrize("provider, config", [(sms, SMS), (voice, VOICE), (whatsapp, WHATSAPP)])
def test_what_twilio_did_not_sign_is_refused(provider: Any, config: Any) -> None:
    form = {"From": NUMBER, "Body": "1", "Digits": "1", "CallSid": "CA1"}
    genuine = signed_by_twilio(called_back(f"keys/{TOKEN}/1", form=form))
    assert provider.hear(genuine, config) is not None
    for forged in (
        replace(genuine, headers={}),
        replace(genuine, body=genuine.body.replace(b"1", b"2")),
        replace(genuine, url=genuine.url + "?x=1"),
        signed_by_twilio(genuine, "another secret"),
    ):
        with pytest.raises(Forbidden):
            provider.hear(forged, config)


def test_a_signature_with_the_port_in_the_address_is_good_too() -> None:
    callback = called_back("", form={"From": NUMBER, "Body": "1"})
    with_port = replace(callback, url=callback.url.replace("t.example.com", "t.example.com:443"))
    signature = signed_by_twilio(with_port).headers
    assert sms.hear(replace(callback, headers=signature), SMS).replies


# Calls.


def script(twiml: str) -> str:
    return ET.canonicalize(twiml)


def test_a_call_says_everything_and_asks_for_a_key_as_twilios_own_library_would_write_it() -> None:
    lines = (
        "This is Tocsin.",
        "Incident 123 is open. High priority.",
        "Disk full on db-1",
        "Reported by Prometheus Frankfurt.",
    )
    menu = "To acknowledge, press 1. To resolve, press 2. To escalate, press 3. To hear this again, press 0."
    expected = VoiceResponse()
    for turn in range(TURNS):
        gather = Gather(input="dtmf", num_digits=1, timeout=6, action=f"{KEYS}/1", method="POST")
        for line in (*(lines if turn == 0 else ()), menu):
            gather.say(line, language="en-US")
        expected.append(gather)
    expected.say("Nothing was pressed, so nothing was changed. Goodbye.", language="en-US")
    assert script(fields(asked(voice))["Twiml"]) == script(str(expected))


def test_a_call_is_asked_for() -> None:
    request = asked(voice)
    assert request.url.endswith("/Accounts/AC00000000000000000000000000000001/Calls.json")
    pairs = parse_qsl(request.body.decode())
    assert [text for name, text in pairs if name == "StatusCallbackEvent"] == [
        "ringing",
        "answered",
        "completed",
    ]
    sent = dict(pairs)
    assert sent["StatusCallback"] == f"{BACK}/status/{TOKEN}"
    assert sent["AsyncAmdStatusCallback"] == f"{BACK}/machine/{TOKEN}"
    assert (sent["To"], sent["From"], sent["Timeout"]) == (NUMBER, "+14155550100", "30")


def test_a_script_stays_below_twilios_limit_and_is_xml_whatever_the_summary() -> None:
    twiml = fields(asked(voice, page({"summary": "<&\"'>" * 200})))["Twiml"]
    assert len(twiml) <= 4000
    assert ET.fromstring(twiml).tag == "Response"


@pytest.mark.parametrize(
    "status, state",
    [
        ("ringing", "SENT"),
        ("in-progress", "DELIVERED"),
        ("completed", "DELIVERED"),
        ("busy", "FAILED"),
        ("no-answer", "FAILED"),
        ("failed", "FAILED"),
        ("canceled", "FAILED"),
    ],
)
def test_how_a_call_went_is_reported_and_never_an_answer(status: str, state: str) -> None:
    config = replace(VOICE, detect_machines=False)
    found = heard(voice, config, f"status/{TOKEN}", CallSid="CA1", CallStatus=status)
    assert found.replies == ()
    assert [(r.state, r.token, r.reference) for r in found.reports] == [(state, TOKEN, "CA1")]
    assert found.reports[0].reason == (status if state == "FAILED" else "")


def test_an_answering_machine_acknowledges_nothing() -> None:
    found = heard(voice, VOICE, f"machine/{TOKEN}", CallSid="CA1", AnsweredBy="machine_end_beep")
    assert found.reports == (
        Report(state="FAILED", token=TOKEN, reference="CA1", reason="answered by machine_end_beep"),
    )
    unsure = heard(voice, VOICE, f"machine/{TOKEN}", CallSid="CA1", AnsweredBy="unknown")
    assert unsure == Heard()


def test_when_machines_are_detected_only_a_human_makes_a_call_delivered() -> None:
    taken = heard(voice, VOICE, f"status/{TOKEN}", CallSid="CA1", CallStatus="in-progress")
    assert [r.state for r in taken.reports] == ["SENT"]
    human = heard(voice, VOICE, f"machine/{TOKEN}", CallSid="CA1", AnsweredBy="human")
    assert [r.state for r in human.reports] == ["DELIVERED"]


def pressed(digit: str, turn: int = 1) -> Reply:
    return heard(voice, VOICE, f"keys/{TOKEN}/{turn}", CallSid="CA1", Digits=digit).replies[0]


def test_a_key_is_an_answer_in_place() -> None:
    assert pressed("1") == Reply(text="1", token=TOKEN, reference="CA1", key="CA1/1", in_place=True)


def told(outcome: str, digit: str = "1", turn: int = 1, text: str = "") -> str:
    done = Answered(
        reply=pressed(digit, turn), outcome=outcome, text=text, message=replace(PAGE, token=TOKEN)
    )
    return voice.respond(Heard(), (done,), VOICE, SENDING).body.decode()


def test_the_outcome_is_said_and_the_call_ends() -> None:
    expected = VoiceResponse()
    expected.say("You have accepted incident 123. Goodbye.", language="en-US")
    expected.hangup()
    assert script(told("ACCEPT", text="You have accepted incident 123.")) == script(str(expected))


def test_a_wrong_digit_is_told_and_the_menu_comes_again() -> None:
    again = told("NOT_UNDERSTOOD", "9")
    assert "That digit means nothing here." in again
    assert f'action="{KEYS}/2"' in again
    assert "That digit" not in told("REPEAT", "0")


def test_a_call_does_not_repeat_itself_for_ever() -> None:
    assert "<Gather" not in told("NOT_UNDERSTOOD", "9", TURNS)
    assert "Nothing was pressed" in told("NOT_UNDERSTOOD", "9", TURNS)


def test_a_voice_can_be_chosen() -> None:
    config = replace(VOICE, voice="Polly.Vicki")
    twiml = fields(voice.render(replace(PAGE, to=NUMBER, language="de"), config, SENDING))["Twiml"]
    assert '<Say language="de-DE" voice="Polly.Vicki">Hier ist Tocsin.</Say>' in twiml

"""Any SMS gateway, by settings: what is asked, and what calls back."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.examples import PAGE
from tests.channels.providers import BACK, NUMBER, SENDING, TOKEN, answer, called_back
from tocsin.channels.http_sms import HttpSms, provider
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode, loads, replace
from tocsin.plugins import HttpRequest, Reply

KANNEL = HttpSms(
    url="http://127.0.0.1:13013/cgi-bin/sendsms?username=tocsin&password={{secret}}&to={{to}}&text={{text}}"
    "&charset=UTF-8&coding={{coding}}&dlr-mask=19&dlr-url={{callback}}%3Fstatus%3D%25d",
    secret="p&ss word",
    method="GET",
)


def asked(config: HttpSms, text: str = "Disk full") -> HttpRequest:
    subject = replace(PAGE, to=NUMBER, token=TOKEN, subject=None, headline=text, answers=None)
    return provider.render(subject, config, SENDING)


def test_kannel_is_asked_by_settings() -> None:
    request = asked(KANNEL, "Größe & Co: 50% <voll>")
    query = dict(parse_qsl(urlsplit(request.url).query))
    assert query == {
        "username": "tocsin",
        "password": "p&ss word",
        "to": NUMBER,
        "text": "Größe & Co: 50% <voll>",
        "charset": "UTF-8",
        "coding": "0",
        "dlr-mask": "19",
        "dlr-url": f"{BACK}/status/{TOKEN}?status=%d",
    }
    assert (request.method, request.body) == ("GET", b"")


def test_what_the_gsm_alphabet_lacks_is_sent_as_ucs2() -> None:
    assert "coding=2" in asked(KANNEL, "Диск полон").url


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_values_are_escaped_as_their_place_asks_for(text: str) -> None:
    body = '{"to": "{{to}}", "text": "{{text}}", "id": "{{id}}"}'
    as_written: dict[str, Any] = {"url": "https://gw.example.com/", "letters": "AS_WRITTEN", "segments": 6}
    in_json = asked(HttpSms(**as_written, body=body, content_type="application/json; charset=utf-8"), text)
    said = loads(in_json.body)
    xml = "<sms to='{{to}}'>{{text}}</sms>"
    in_xml = ET.fromstring(
        asked(HttpSms(**as_written, body=xml, content_type="text/xml"), text).body.decode()
    )
    in_form = dict(
        parse_qsl(asked(HttpSms(**as_written, body="to={{to}}&text={{text}}"), text).body.decode())
    )
    in_text = asked(HttpSms(**as_written, body="{{text}}", content_type="text/plain"), text).body.decode()
    assert said["text"] == in_xml.text == in_form["text"] == in_text
    assert said["to"] == in_xml.get("to") == in_form["to"] == NUMBER
    assert said["id"] == TOKEN


def test_headers_may_hold_the_secret() -> None:
    config = HttpSms(
        url="https://gw.example.com/",
        secret="k1",
        headers={"Authorization": "Bearer {{secret}}"},
        body="{{text}}",
    )
    assert ("Authorization", "Bearer k1") in asked(config).headers


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://gw.example.com/?to={{number}}"},
        {"url": "https://gw.example.com/", "body": "{{ incident }}"},
        {"url": "https://gw.example.com/", "headers": {"X-Key": "a\r\nb: c"}},
        {"url": "https://gw.example.com/", "method": "DELETE"},
    ],
)
def test_templates_that_cannot_work_are_refused_when_they_are_entered(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        decode(HttpSms, wrong)


def test_a_text_that_looks_like_a_template_stays_text() -> None:
    url = asked(KANNEL, "{{secret}}").url
    assert dict(parse_qsl(urlsplit(url).query))["text"] == "{{secret}}"


@pytest.mark.parametrize(
    "status, body, outcome, reference",
    [
        (202, b"0: Accepted for delivery", "SENT", None),
        (200, {"message_id": "m-1"}, "SENT", "m-1"),
        (200, {"id": 17}, "SENT", "17"),
        (403, b"Authorization failed for sendsms", "PERMANENT", None),
        (503, b"Temporal failure, try again later.", "TEMPORARY", None),
    ],
)
def test_answers(status: int, body: Any, outcome: str, reference: str | None) -> None:
    receipt = provider.read(answer(status, body))
    assert (receipt.outcome, receipt.reference) == (outcome, reference)


PLAIN = HttpSms(url="https://gw.example.com/")


@pytest.mark.parametrize(
    "status, state",
    [
        ("1", "DELIVERED"),
        ("2", "FAILED"),
        ("8", "SENT"),
        ("16", "FAILED"),
        ("DELIVRD", "DELIVERED"),
        ("Undelivered", "FAILED"),
        ("accepted", "SENT"),
        ("read", "SEEN"),
    ],
)
def test_reports_come_by_get_or_post_as_query_form_or_json(status: str, state: str) -> None:
    rest = f"status/{TOKEN}"
    for callback in (
        called_back(rest, query=(("status", status),)),
        called_back(rest, form={"status": status}),
        called_back(rest, said={"status": status}),
    ):
        report = provider.hear(callback, PLAIN).reports[0]
        assert (report.state, report.token) == (state, TOKEN)


def test_a_report_may_name_its_message_by_a_field() -> None:
    config = replace(PLAIN, id_field="msgid", status_field="state")
    report = provider.hear(called_back("", form={"msgid": "m-1", "state": "delivered"}), config).reports[0]
    assert (report.state, report.token, report.reference) == ("DELIVERED", None, "m-1")


@pytest.mark.parametrize("number", [NUMBER, "491701234567", "00491701234567", "+49 170 1234567"])
def test_answers_come_from_a_number_however_the_gateway_writes_it(number: str) -> None:
    config = replace(PLAIN, from_field="sender", text_field="message", id_field="mid")
    found = provider.hear(called_back("", said={"sender": number, "message": " ack 7\n", "mid": 5}), config)
    assert found.replies == (Reply(text="ack 7", from_address=NUMBER, key="5"),)


@pytest.mark.parametrize(
    "callback",
    [
        called_back(""),
        called_back("", form={"text": "ack"}),
        called_back(f"status/{TOKEN}", form={"status": "perhaps"}),
        called_back("", form={"status": "delivered"}),
    ],
)
def test_what_says_nothing_is_refused_with_a_reason(callback: Any) -> None:
    with pytest.raises(BadInput):
        provider.hear(callback, PLAIN)


def test_only_a_number_is_a_caller() -> None:
    assert provider.callers(replace(PLAIN, sender="Tocsin")) == ()
    assert provider.callers(replace(PLAIN, sender="+4915100000")) == ("+4915100000",)

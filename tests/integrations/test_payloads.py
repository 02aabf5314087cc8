"""What of a payload reaches the incident: all of it, but for the keys of ours that stand in it."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.integrations.payloads import parsed, payload
from tocsin.core.events import Event
from tocsin.integrations import checkmk, ciscomeraki, dropin, webhook, zabbix
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, encode_json
from tocsin.plugins import Inbound

PAGERDUTY = {"summary": "Disk full", "source": "db-1", "severity": "error"}


def test_a_key_in_the_body_reaches_neither_the_details_nor_what_the_tool_sent_along() -> None:
    event = parsed(webhook.tool, {"title": "Disk full", "apiKey": "il1secret", "integrationKey": "il1secret"})
    assert "il1secret" not in encode_json(Event, event)
    assert event.custom_details == {"title": "Disk full"}


@pytest.mark.parametrize(
    "dialect, sent",
    [
        ("pagerduty-v2", {"routing_key": "il1secret", "event_action": "trigger", "payload": PAGERDUTY}),
        ("pagerduty-v1", {"service_key": "il1secret", "event_type": "trigger", "description": "Disk full"}),
    ],
)
def test_neither_does_the_key_of_another_products_event(dialect: str, sent: dict[str, Any]) -> None:
    (event,) = dropin.parse(dialect, Inbound(body=dumps(sent).encode()), request_id="r")
    assert "il1secret" not in encode_json(Event, event)
    assert event.summary == "Disk full"


def test_an_event_of_pagerdutys_with_an_empty_payload_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        dropin.parse("pagerduty-v2", Inbound(body=b'{"event_action":"trigger","payload":{}}'), request_id="r")
    assert [problem.path for problem in refused.value.problems] == ["payload"]


def test_a_form_that_is_sent_in_parts_is_read_like_any_other() -> None:
    request = httpx2.Request(
        "POST",
        "http://t.test",
        data={"title": "Bücher sind aus", "alert.id": "A 7;x", "host": "a\r\nb"},
        files={"screenshot": ("a.png", b"\x89PNG\r\n\r\n", "image/png")},
    )
    sent = Inbound(body=request.read(), content_type=request.headers["content-type"])
    (event,) = webhook.tool.parse(sent)
    assert (event.summary, event.key) == ("Bücher sind aus", "A 7;x")
    assert event.custom_details == {"title": "Bücher sind aus", "alert.id": "A 7;x", "host": "a\r\nb"}


@pytest.mark.parametrize("kind", ["ACCEPT", "COMMENT"])
def test_a_template_that_speaks_our_json_answers_as_well_as_it_opens(kind: str) -> None:
    event = parsed(webhook.tool, {"eventType": kind, "alertKey": "A7", "summary": "Kim looks at it"})
    assert (event.event_type, event.key, event.details) == (kind, "A7", "")


def test_checkmk_may_name_everything_with_its_prefix() -> None:
    plain = payload("checkmk_problem")
    event = parsed(checkmk.integration, {f"NOTIFY_{name}": said for name, said in plain.items()})
    assert event == parsed(checkmk.integration, plain)
    assert event.summary.startswith("PROBLEM Service Alert")
    assert event.priority == "LOW"


@pytest.mark.parametrize(
    "integration, file",
    [
        (zabbix.integration, "zabbix_mt_problem"),
        (ciscomeraki.integration, "ciscomeraki_down"),
        (checkmk.integration, "checkmk_problem"),
    ],
)
def test_what_is_nested_stays_nested_when_secrets_are_left_out(integration: Any, file: str) -> None:
    sent = {**payload(file), "deep": {"a": [1, None]}, "none": None}
    details = parsed(integration, sent).custom_details
    assert details is not None
    assert details["deep"] == {"a": [1, None]}
    assert "none" in details
    assert "sharedSecret" not in details
    assert "EXAMPLE" not in json.dumps(details)

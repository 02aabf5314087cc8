"""The event API understands both dialects, and names what is wrong in the sender's own words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.integrations.payloads import parsed, payload
from tocsin.core.events import Event
from tocsin.core.incidents import Comment, Image, Link, ServiceRef
from tocsin.integrations.api import integration, key_in
from tocsin.kit.errors import BadInput
from tocsin.plugins import Inbound


def refused(data: object) -> list[str]:
    """The paths of what is wrong with a payload."""
    with pytest.raises(BadInput) as problem:
        parsed(integration, data)
    return [p.path for p in problem.value.problems]


def test_the_dialect_of_v1() -> None:
    assert parsed(integration, payload("api_v1_alert")) == Event(
        event_type="ALERT",
        summary="Disk full on db-1",
        details="98 % used",
        key=" db-1/disk ",
        priority="LOW",
        images=(Image(src="https://g.example.com/i.png", href="https://g.example.com", alt="Disk usage"),),
        links=(
            Link(href="https://g.example.com/d/1", text="Dashboard"),
            Link(href="https://wiki.example.com"),
        ),
        comments=(Comment(creator="cron", content="third time this week"), Comment(content="again")),
        custom_details={"host": "db-1", "free": {"bytes": 1024}},
    )


def test_the_present_dialect_with_nulls_and_unknown_fields() -> None:
    assert parsed(integration, payload("api_alert")) == Event(
        event_type="ALERT",
        summary="Größe überschritten",
        key="db-1",
        labels={"env": "prod", "shard": "7", "load": "0.5", "spare": "false", "tags": '["a","b"]'},
        routing_key="db, ops",
        severity=2,
        services=(ServiceRef(alias="db"),),
    )


@pytest.mark.parametrize("kind", ["ACCEPT", "RESOLVE", "COMMENT"])
@pytest.mark.parametrize("key", ["alertKey", "incidentKey"])
def test_other_events_need_a_key_and_no_summary(kind: str, key: str) -> None:
    event = parsed(integration, {"eventType": kind, key: "k"})
    assert (event.event_type, event.key, event.summary) == (kind, "k", "")


def test_a_numeric_key_is_a_key() -> None:
    assert parsed(integration, {"eventType": "RESOLVE", "incidentKey": 4711}).key == "4711"


def test_the_present_name_wins_when_both_are_sent() -> None:
    event = parsed(integration, {"eventType": "RESOLVE", "incidentKey": "old", "alertKey": "new"})
    assert event.key == "new"


@pytest.mark.parametrize(
    "data, paths",
    [
        ({}, ["eventType"]),
        ({"eventType": "alert", "summary": "x"}, ["eventType"]),
        ({"eventType": None, "summary": "x"}, ["eventType"]),
        ({"eventType": "ALERT"}, ["summary"]),
        ({"eventType": "ALERT", "summary": None}, ["summary"]),
        ({"eventType": "ALERT", "summary": "  "}, ["summary"]),
        ({"eventType": "ALERT", "summary": 5}, ["summary"]),
        ({"eventType": "RESOLVE", "integrationKey": "k"}, ["alertKey"]),
        ({"eventType": "RESOLVE", "apiKey": "k"}, ["incidentKey"]),
        ({"eventType": "RESOLVE", "incidentKey": " "}, ["incidentKey"]),
        ({"eventType": "ALERT", "summary": "x", "priority": "MEDIUM"}, ["priority"]),
        ({"eventType": "ALERT", "summary": "x", "links": [{"text": "no href"}]}, ["links.0.href"]),
        ({"eventType": "ALERT", "summary": "x", "images": [{"src": "a"}, {"src": 1}]}, ["images.1.src"]),
        ({"eventType": "ALERT", "summary": "x", "comments": [{"creator": "a"}]}, ["comments.0.content"]),
        ({"eventType": "ALERT", "summary": "x", "labels": [1]}, ["labels"]),
        ({"eventType": "ALERT", "summary": "x", "customDetails": "x"}, ["customDetails"]),
        ({"eventType": "ALERT", "summary": "x", "routingKey": ["a"]}, ["routingKey"]),
        ({"eventType": "NO", "priority": "NO", "summary": []}, ["eventType", "summary", "priority"]),
        ([], [""]),
        (b"not json", [""]),
        (b"", [""]),
        (b"\xff\xfe", [""]),
        (b'{"eventType":"ALERT","summary":"cut', [""]),
    ],
)
def test_what_is_wrong_is_named(data: object, paths: list[str]) -> None:
    assert refused(data) == paths


@pytest.mark.parametrize(
    "body, key",
    [
        (b'{"apiKey":"a"}', "a"),
        (b'{"integrationKey":" b "}', "b"),
        (b'{"apiKey":"a","integrationKey":"b"}', "b"),
        (b'{"apiKey":"a","integrationKey":null}', "a"),
        (b'{"apiKey":"a","eventType":17,"summary":[]}', "a"),
        (b'{"customDetails":{"apiKey":"deep"}}', None),
        (b'{"apiKey":""}', None),
        (b'{"apiKey":5}', None),
        (b"{}", None),
        (b"[]", None),
        (b"nonsense", None),
    ],
)
def test_the_sources_key_in_the_body(body: bytes, key: str | None) -> None:
    assert key_in(body) == key


def test_the_byte_order_mark_of_windows_is_passed_over() -> None:
    body = b'\xef\xbb\xbf{"apiKey": "il1api7", "eventType": "ALERT", "summary": "Disk full"}'
    assert key_in(body) == "il1api7"
    (event,) = integration.parse(Inbound(body=body))
    assert event.summary == "Disk full"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "eventType",
    "summary",
    "alertKey",
    "incidentKey",
    "priority",
    "labels",
    "links",
    "routingKey",
    "comments",
]


@given(data=st.dictionaries(st.sampled_from(FIELDS), JSON | st.sampled_from(["ALERT", "HIGH"]), max_size=9))
def test_any_json_is_an_event_or_refused(data: dict[str, Any]) -> None:
    try:
        event = parsed(integration, data)
    except BadInput as problem:
        assert problem.problems  # noqa: PT017 - either is right, nothing else is
    else:
        assert event.summary.strip() or event.event_type != "ALERT"
        assert all(isinstance(label, str) for label in event.labels.values())


@given(body=st.binary(max_size=60))
def test_any_bytes_are_refused_politely(body: bytes) -> None:
    assert key_in(body) is None or b"ey" in body
    with pytest.raises(BadInput):
        integration.parse(Inbound(body=body))


def test_it_is_the_type_api() -> None:
    assert (integration.type, integration.name) == ("API", "API")
    assert json.dumps(payload("api_resolve"))
    assert parsed(integration, payload("api_resolve")).event_type == "RESOLVE"

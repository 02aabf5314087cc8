"""Other products' dialects: whatever is sent, it is read or refused with a reason; nothing crashes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.events import NothingToReport
from tocsin.core.heartbeats import Signal
from tocsin.integrations import alertmanager_api, dropin
from tocsin.integrations.pings import read_ping, read_push
from tocsin.kit.errors import BadInput
from tocsin.plugins import Inbound

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DIALECTS = ("pagerduty-v2", "pagerduty-v1", "pagerduty-change", "opsgenie", "oncall", "alertmanager")
NAMES = st.sampled_from(
    [
        "routing_key",
        "event_action",
        "dedup_key",
        "payload",
        "summary",
        "source",
        "severity",
        "custom_details",
        "links",
        "images",
        "href",
        "text",
        "client_url",
        "event_type",
        "incident_key",
        "description",
        "details",
        "contexts",
        "type",
        "src",
        "verb",
        "alias",
        "body",
        "message",
        "priority",
        "tags",
        "note",
        "alert_uid",
        "title",
        "state",
        "image_url",
        "labels",
        "annotations",
        "endsAt",
        "alertname",
        "user",
    ]
)
WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["trigger", "resolve", "critical", "info", "close", "P1", "ok", "link"]),
)
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), WORDS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(body=ANYTHING.map(lambda said: json.dumps(said).encode()) | st.binary(max_size=50))
def test_any_body_is_read_or_refused(dialect: str, body: bytes) -> None:
    try:
        events = dropin.parse(dialect, Inbound(body=body, at=NOW), request_id="r")
    except (BadInput, NothingToReport):
        return
    for event in events:
        assert event.key
        assert event.summary.strip() or event.event_type != "ALERT"


@given(
    st.text(max_size=5),
    st.dictionaries(st.sampled_from(["rid", "create", "status", "ping", "msg"]), st.text()),
)
def test_any_ping_is_read_or_refused(verb: str, query: dict[str, str]) -> None:
    assert isinstance(read_push("k", query, method="GET"), Signal)
    try:
        assert read_ping("k", verb, query, method="GET", body=b"").kind
    except BadInput:
        assert verb not in {"", "start", "fail", "log"} or "rid" in query


@pytest.mark.parametrize(
    "ends, kind",
    [
        (None, "ALERT"),
        ("0001-01-01T00:00:00Z", "ALERT"),
        ("2026-03-02T09:00:01Z", "ALERT"),
        ("2026-03-02T09:00:00Z", "RESOLVE"),
        ("2026-03-02T09:30:00+01:00", "RESOLVE"),
        ("nonsense", "ALERT"),
    ],
)
def test_an_alert_is_over_when_its_end_has_passed(ends: str | None, kind: str) -> None:
    body = json.dumps([{"labels": {"alertname": "x"}, "endsAt": ends}]).encode()
    assert alertmanager_api.parse(Inbound(body=body, at=NOW))[0].event_type == kind


def test_the_order_of_labels_does_not_matter() -> None:
    bodies = (b'[{"labels":{"a":"1","b":"2"}}]', b'[{"labels":{"b":"2","a":"1"}}]')
    first, second = (alertmanager_api.parse(Inbound(body=body, at=NOW))[0].key for body in bodies)
    assert first == second


@pytest.mark.parametrize(
    "dialect, name, rest", [("opsgenie", "alias", {"message": "x"}), ("oncall", "alert_uid", {"title": "x"})]
)
def test_long_aliases_stay_apart(dialect: str, name: str, rest: dict[str, str]) -> None:
    def key(alias: str) -> str:
        body = json.dumps({**rest, name: alias}).encode()
        return dropin.parse(dialect, Inbound(body=body), request_id="r")[0].key

    aliases = ("a" * 300 + "1", "a" * 300 + "2", "1" + "a" * 300, "a" * 150 + "1" + "a" * 150)
    keys = {key(alias) for alias in aliases}
    assert len(keys) == 4
    assert all(len(each) <= 255 for each in keys)

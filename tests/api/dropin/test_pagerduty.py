"""PagerDuty's Events API, answered as PagerDuty answers; its own clients talk to it unchanged."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.dropin.conftest import Door
from tests.api.fakes import Api
from tests.cast import Cast
from tests.live import certificate, serving
from tocsin.deployment import RateLimits

PAYLOAD = {"summary": "Disk full", "source": "db1", "severity": "critical"}


@pytest.fixture
def key(door: Door) -> str:
    return door.api.cast.source.integration_key


def send(door: Door, key: str, action: str = "trigger", **more: Any) -> httpx2.Response:
    body = {"routing_key": key, "event_action": action, "dedup_key": "disk", "payload": PAYLOAD, **more}
    return door.call("POST", "/v2/enqueue", json={k: v for k, v in body.items() if v is not None})


def test_an_alert_from_trigger_to_resolve_and_again(door: Door, key: str) -> None:
    said = {"status": "success", "message": "Event processed", "dedup_key": "disk"}
    for action in ("trigger", "trigger", "acknowledge", "acknowledge", "resolve", "resolve"):
        answer = send(door, key, action, payload=PAYLOAD if action == "trigger" else None)
        assert (answer.status_code, answer.json()) == (202, said)
    send(door, key)
    assert door.alerts() == [("Disk full", "RESOLVED"), ("Disk full", "PENDING")]
    effects = [event["effect"] for event in door.api.get("/api/alert-sources/1/events")]
    assert effects[::-1] == ["OPEN", "APPEND", "ACCEPT", "APPEND", "RESOLVE", "DROP", "OPEN"]


def test_what_it_says_is_shown(door: Door, key: str) -> None:
    details = {**PAYLOAD, "severity": "info", "component": "disk", "custom_details": {"used": "99%"}}
    links = [{"href": "https://wiki.example/disk", "text": "Runbook"}, {"href": "javascript:x"}]
    images = [{"src": "https://grafana.example/x.png", "alt": "graph"}]
    send(door, key, payload=details, links=links, images=images, client_url="https://mon.example")
    alert = door.api.get("/api/alerts/1")
    assert (alert["priority"], alert["summary"]) == ("LOW", "Disk full")
    assert "- component: disk" in alert["details"]
    assert "- used: 99%" in alert["details"]
    assert [link["href"] for link in alert["links"]] == ["https://mon.example", "https://wiki.example/disk"]
    assert alert["images"][0]["src"] == "https://grafana.example/x.png"


def test_without_a_key_one_is_made_and_told(door: Door, key: str) -> None:
    made = send(door, key, dedup_key=None).json()["dedup_key"]
    assert len(made) == 36
    assert send(door, key, "resolve", dedup_key=made, payload=None).status_code == 202
    assert door.alerts() == [("Disk full", "RESOLVED")]


@pytest.mark.parametrize(
    "more, error",
    [
        ({"event_action": "explode"}, "'event_action' must be one of the following"),
        ({"event_action": "resolve", "dedup_key": None}, "'dedup_key' is missing or blank"),
        ({"dedup_key": "x" * 256}, "'dedup_key' is too long"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": {**PAYLOAD, "summary": " "}}, "'payload.summary' is missing or blank"),
        ({"payload": {**PAYLOAD, "severity": "bad"}}, "'payload.severity' must be one of"),
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"routing_key": "R" * 32}, "'routing_key' is invalid"),
    ],
)
def test_a_wrong_event_is_refused_in_their_form(
    door: Door, key: str, more: dict[str, Any], error: str
) -> None:
    answer = send(door, key, **more)
    body = answer.json()
    assert (answer.status_code, body["status"], body["message"]) == (
        400,
        "invalid event",
        "Event object is invalid",
    )
    assert any(error in one for one in body["errors"]), body
    if "routing_key" not in more:
        assert [e["effect"] for e in door.api.get("/api/alert-sources/1/events")] == ["REJECT"]


def test_no_json_no_object_too_much(door: Door) -> None:
    for body in (b"{", b"[]", b"", b"\xff"):
        assert door.call("POST", "/v2/enqueue", content=body).status_code == 400
    assert door.call("POST", "/v2/enqueue", content=b" " * 1_048_577).status_code == 413
    assert door.call("GET", "/v2/enqueue").status_code == 405


def test_a_busy_server_and_a_busy_key(cast: Cast) -> None:
    door = Door(Api(cast, RateLimits(events=1)))
    key = cast.source.integration_key
    assert [send(door, key).status_code for _ in range(2)] == [202, 429]
    assert "limitedAt" in door.api.get("/api/alert-sources/1")
    door = Door(Api(cast))
    door.api.intake.overloaded = True
    assert send(door, key).status_code == 503
    door.api.intake.overloaded, door.api.intake.spooling = False, True
    assert send(door, key).json()["dedup_key"] == "disk"


def test_a_change_is_kept_and_opens_nothing(door: Door, key: str) -> None:
    body = {"routing_key": key, "payload": {"summary": "Deployed 1.2", "source": "ci"}}
    answer = door.call("POST", "/v2/change/enqueue", json=body)
    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "success", "message": "Change event processed"},
    )
    (event,) = door.api.get("/api/alert-sources/1/events")
    assert event["effect"] == "DROP"
    assert "Deployed 1.2" in event["reason"]
    assert door.alerts() == []


def test_version_1(door: Door, key: str) -> None:
    path = "/generic/2010-04-15/create_event.json"
    body = {"service_key": key, "event_type": "trigger", "description": "Down", "details": {"host": "a"}}
    answer = door.call("POST", path, json=body)
    assert answer.status_code == 200
    made = answer.json()["incident_key"]
    end = {"service_key": key, "event_type": "resolve", "incident_key": made}
    assert door.call("POST", path, json=end).json() == {
        "status": "success",
        "message": "Event processed",
        "incident_key": made,
    }
    assert door.alerts() == [("Down", "RESOLVED")]
    wrong = door.call("POST", path, json={**body, "description": ""})
    assert (wrong.status_code, wrong.json()["errors"]) == (400, ["'description' is missing or blank"])


def test_their_own_client_over_tls(door: Door, key: str, tmp_path: Path, monkeypatch: Any) -> None:
    from pagerduty import EventsApiV2Client, HttpError  # noqa: PLC0415 - slow to load

    tls = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
    with serving(door.api.app.dropin, tls) as url, EventsApiV2Client(key, base_url=url) as client:
        made = client.trigger("Disk full", "db1", severity="error", custom_details={"used": "99%"})
        assert client.acknowledge(made) == client.resolve(made) == made
        client.submit("Deployed 1.2", "ci", timestamp="2026-03-02T09:00:00Z")
        with pytest.raises(HttpError, match="400"):
            client.send_event("trigger", payload={"summary": ""})
    assert door.alerts() == [("Disk full", "RESOLVED")]


def test_their_older_client(door: Door, key: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that it is old
        from pdpyras import EventsAPISession  # noqa: PLC0415

    with serving(door.api.app.dropin) as url:
        session = EventsAPISession(key)
        session.url = url
        made = session.trigger("Disk full", "db1", dedup_key="disk")
        assert made == "disk"
        session.acknowledge(made)
        session.resolve(made)
        session.close()
    assert door.alerts() == [("Disk full", "RESOLVED")]


def test_the_body_is_kept_as_it_came(door: Door, key: str) -> None:
    send(door, key)
    (event,) = door.api.get("/api/alert-sources/1/events")
    assert json.loads(event["raw"])["payload"] == PAYLOAD

"""Opsgenie's alerts and heartbeats, answered as Opsgenie answers; its own client talks to it unchanged."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.api.dropin.conftest import Door
from tests.api.fakes import Api
from tests.cast import Cast
from tests.live import serving
from tocsin.deployment import RateLimits
from tocsin.kit.clock import ManualClock
from tocsin.kit.errors import TocsinError
from tocsin.store.database import Contended, DatabaseAway

ALERT = {"message": "Disk full", "alias": "disk", "priority": "P1", "tags": ["db"], "source": "nagios"}
EVENT = {"eventType": "ALERT", "summary": "down"}
BASES = ["/v2", "/jsm/ops/integration/v2"]


@pytest.fixture
def key(door: Door) -> str:
    return door.api.cast.source.integration_key


def ask(door: Door, key: str, method: str, path: str, json: Any = None, **options: Any) -> httpx2.Response:
    headers = {"authorization": f"GenieKey {key}"}
    return door.call(method, path, headers=headers, **({"json": json} if json is not None else {}), **options)


def status(door: Door, key: str, answer: httpx2.Response) -> dict[str, Any]:
    """What became of a request that was accepted."""
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["result"], "took" in body) == ("Request will be processed", True)
    asked = ask(door, key, "GET", f"/v2/alerts/requests/{body['requestId']}")
    assert asked.status_code == 200
    data: dict[str, Any] = asked.json()["data"]
    return data


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_an_alert_from_creation_to_close(door: Door, key: str, base: str, slash: str) -> None:
    made = status(door, key, ask(door, key, "POST", f"{base}/alerts{slash}", ALERT))
    assert (made["success"], made["action"], made["status"], made["alias"]) == (
        True,
        "Create",
        "Created alert",
        "disk",
    )
    again = status(door, key, ask(door, key, "POST", f"{base}/alerts{slash}", ALERT))
    assert again["alertId"] == made["alertId"]
    query = "?identifierType=alias"
    for verb, done in (
        ("acknowledge", "Acknowledged alert"),
        ("notes", "Added note to alert"),
        ("close", "Closed alert"),
    ):
        body = {"user": "ann", "note": "looking"}
        said = status(door, key, ask(door, key, "POST", f"{base}/alerts/disk/{verb}{slash}{query}", body))
        assert (said["isSuccess"], said["status"]) == (True, done)
    gone = status(door, key, ask(door, key, "POST", f"{base}/alerts/disk/close{slash}{query}", {}))
    assert (gone["success"], gone["status"]) == (False, "Alert does not exist")
    assert door.alerts() == [("Disk full", "RESOLVED")]
    entries = door.api.get("/api/alerts/1/log-entries?max-results=100&include=vars")
    assert [entry["vars"]["text"] for entry in entries if "text" in entry["vars"]] == ["looking"] * 3


@pytest.mark.parametrize("door", ["sqlite", "postgresql"], indirect=True)
def test_an_alert_is_read_back(door: Door, key: str) -> None:
    ask(door, key, "POST", "/v2/alerts", {**ALERT, "description": "It is full", "details": {"host": "db1"}})
    one = ask(door, key, "GET", "/v2/alerts/1").json()["data"]
    assert (one["id"], one["alias"], one["status"], one["priority"]) == ("1", "disk", "open", "P1")
    assert "It is full" in one["description"]
    assert ask(door, key, "GET", "/v2/alerts/disk?identifierType=alias").json()["data"]["id"] == "1"
    assert [a["id"] for a in ask(door, key, "GET", "/v2/alerts?query=status:open").json()["data"]] == ["1"]
    assert ask(door, key, "GET", "/v2/alerts?query=status%3A%20closed").json()["data"] == []
    assert ask(door, key, "GET", "/v2/alerts?query=tag:x").status_code == 422
    assert ask(door, key, "GET", "/v2/alerts/99").status_code == 404
    other = door.source("API").integration_key
    assert ask(door, other, "GET", "/v2/alerts/1").status_code == 404
    status(door, key, ask(door, key, "DELETE", "/v2/alerts/1"))
    assert door.alerts() == [("Disk full", "RESOLVED")]


def test_the_key_comes_in_three_ways(door: Door, key: str) -> None:
    basic = base64.b64encode(f":{key}".encode()).decode()
    for options in (
        {"headers": {"authorization": f"GenieKey {key}"}},
        {"headers": {"authorization": f"Basic {basic}"}},
        {"params": {"apiKey": key}},
    ):
        assert door.call("POST", "/v2/alerts", json=ALERT, **options).status_code == 202
    for header in ("", "GenieKey nonsense", "Basic !!!", f"GenieKey {'k' * 300}"):
        answer = door.call("POST", "/v2/alerts", json=ALERT, headers={"authorization": header})
        assert (answer.status_code, answer.json()["message"]) == (401, "Could not authenticate")
    assert door.call("GET", "/v2/alerts").status_code == 401


def test_what_has_no_counterpart_is_kept_as_a_remark(door: Door, key: str) -> None:
    ask(door, key, "POST", "/v2/alerts", ALERT)
    for method, path, body in (
        ("POST", "snooze", {"endTime": "2026-03-02T10:00:00Z"}),
        ("POST", "tags", {"tags": ["x"]}),
        ("POST", "actions/restart", {}),
        ("PUT", "message", {"message": "Disk fuller"}),
        ("PUT", "priority", {"priority": "P2"}),
    ):
        done = status(door, key, ask(door, key, method, f"/v2/alerts/1/{path}", body))
        assert done["success"], path
    entries = door.api.get("/api/alerts/1/log-entries?max-results=100&include=vars")
    remarks = [entry["vars"]["text"] for entry in entries if "text" in entry.get("vars", {})]
    assert any(text.startswith("Asked for: snooze") for text in remarks), remarks
    assert "Asked for: actions restart" in remarks
    assert ask(door, key, "POST", "/v2/alerts/1/nonsense", {}).status_code == 404
    assert ask(door, key, "POST", "/v2/alerts/1/notes", {}).json()["errors"] == {
        "note": "note can not be empty."
    }


def test_escalating_and_assigning_are_done(door: Door, key: str) -> None:
    ask(door, key, "POST", "/v2/alerts", ALERT)
    ask(door, key, "POST", "/v2/alerts/1/escalate", {"escalation": {"name": "x"}})
    assert "EscalatedToLevel" in str(door.api.get("/api/alerts/1/log-entries"))
    ask(door, key, "POST", "/v2/alerts/1/assign", {"owner": {"username": "bo@example.org"}})
    assert door.api.get("/api/alerts/1")["assignedTo"]["id"] == door.api.cast.bo.id


def test_wrong_requests_are_refused_in_their_form(door: Door, key: str) -> None:
    wrong = ask(door, key, "POST", "/v2/alerts", {"alias": "x", "priority": "P9"})
    assert wrong.status_code == 422
    assert set(wrong.json()["errors"]) == {"message", "priority"}
    assert {"took", "requestId"} <= set(wrong.json())
    assert ask(door, key, "POST", "/v2/alerts", content=b"{").status_code == 400
    assert ask(door, key, "GET", "/v2/alerts/requests/nonsense").status_code == 404
    unknown = ask(door, key, "GET", "/v2/alerts/requests/2f0b1f3e-0000-4000-8000-000000000001")
    assert unknown.status_code == 404


@pytest.mark.parametrize("door", ["sqlite", "postgresql"], indirect=True)
def test_nul_is_replaced_wherever_it_stands(door: Door, key: str) -> None:
    ask(door, key, "POST", "/v2/alerts", {**ALERT, "alias": "a\0b"})
    alert = "/v2/alerts/a%00b"
    found = ask(door, key, "GET", f"{alert}?identifierType=alias")
    assert (found.status_code, found.json()["data"]["id"]) == (200, "1")
    missing = ask(door, key, "GET", "/v2/alerts/a%00c?identifierType=alias")
    assert missing.status_code == 404
    for verb, body in (("escalate", {}), ("assign", {"owner": {"username": "a\0b"}}), ("close", {})):
        done = status(door, key, ask(door, key, "POST", f"{alert}/{verb}?identifierType=alias", body))
        assert (done["success"], done["alertId"]) == (True, "1"), verb
    assert "EscalatedToLevel" in str(door.api.get("/api/alerts/1/log-entries"))
    beat = {"name": "a\0b", "alertMessage": "late\0", "interval": 5}
    made = ask(door, key, "POST", "/v2/heartbeats", beat)
    assert (made.status_code, made.json()["data"]["name"]) == (201, "a\ufffdb")
    changed = ask(door, key, "PATCH", "/v2/heartbeats/a%00b", {"alertMessage": "too\0late"})
    assert (changed.status_code, changed.json()["data"]["alertMessage"]) == (200, "too\ufffdlate")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Contended("deadlock detected"), "deadlock detected"),
        (DatabaseAway("connection to 10.0.0.7 refused"), "the database is away"),
    ],
)
def test_what_the_database_refuses_is_answered_in_their_form(
    door: Door, key: str, wrong: TocsinError, message: str
) -> None:
    door.api.intake.wrong = wrong
    answer = ask(door, key, "POST", "/v2/alerts", ALERT)
    assert (answer.status_code, answer.json()["message"]) == (503, message)
    assert {"took", "requestId"} <= set(answer.json())


def test_limits_are_told_in_their_headers(cast: Cast) -> None:
    door = Door(Api(cast, RateLimits(events=1)))
    answers = [ask(door, cast.source.integration_key, "POST", "/v2/alerts", ALERT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 429]
    assert [answer.headers["x-ratelimit-state"] for answer in answers] == ["OK", "THROTTLED"]


def test_every_address_counts_into_one_budget_and_an_excess_is_noted_once_a_minute(
    cast: Cast, clock: ManualClock
) -> None:
    door, key = Door(Api(cast, RateLimits(events=1))), cast.source.integration_key
    own = door.api.call("POST", f"/api/events/{key}", headers={"authorization": ""}, json=EVENT)
    noted = []
    for _ in range(2):
        answer = ask(door, key, "POST", "/v2/alerts", ALERT)
        noted.append((answer.status_code, door.api.get("/api/alert-sources/1")["limitedAt"]))
        clock.advance(timedelta(seconds=1))
    assert own.status_code == 202
    assert [code for code, _ in noted] == [429, 429]
    assert noted[0] == noted[1]


@pytest.mark.parametrize("door", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("base", BASES)
def test_heartbeats(door: Door, key: str, base: str) -> None:
    wanted = {"name": "Nightly", "interval": 2, "intervalUnit": "hours", "enabled": True}
    made = ask(door, key, "POST", f"{base}/heartbeats", wanted)
    assert made.status_code == 201
    assert (made.json()["data"]["interval"], made.json()["data"]["intervalUnit"]) == (120, "minutes")
    for method in ("GET", "POST", "PUT", "PATCH"):
        pong = ask(door, key, method, f"{base}/heartbeats/Nightly/ping")
        assert (pong.status_code, pong.json()["result"]) == (202, "PONG - Heartbeat received")
    assert ask(door, key, "POST", f"{base}/heartbeats/unknown/ping").status_code == 202
    assert ask(door, key, "POST", f"{base}/heartbeats/Nightly/disable").json()["data"]["enabled"] is False
    changed = ask(door, key, "PATCH", f"{base}/heartbeats/Nightly", {"interval": 5, "intervalUnit": "days"})
    assert changed.json()["data"]["interval"] == 7200
    assert "lastPingTime" in ask(door, key, "GET", f"{base}/heartbeats/Nightly").json()["data"]
    assert len(ask(door, key, "GET", f"{base}/heartbeats").json()["data"]["heartbeats"]) == 1
    refused = ask(door, key, "POST", f"{base}/heartbeats", {**wanted, "interval": 99, "intervalUnit": "days"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["interval"])
    assert ask(door, key, "DELETE", f"{base}/heartbeats/Nightly").status_code == 200
    assert ask(door, key, "GET", f"{base}/heartbeats/Nightly").status_code == 404
    assert door.call("POST", f"{base}/heartbeats/x/ping").status_code == 401


def test_their_own_client(door: Door, key: str) -> None:
    import opsgenie_sdk as sdk  # noqa: PLC0415 - slow to load

    with serving(door.api.app.dropin) as url:
        configuration = sdk.Configuration()
        configuration.host = url
        configuration.api_key["Authorization"] = key
        client = sdk.ApiClient(configuration=configuration)
        alerts, beats = sdk.AlertApi(client), sdk.HeartbeatApi(client)
        made = alerts.create_alert(sdk.CreateAlertPayload(message="Disk full", alias="disk", priority="P1"))
        done = alerts.get_request_status(made.request_id).data
        assert (done.is_success, done.alias) == (True, "disk")
        by_alias: dict[str, Any] = {"identifier": "disk", "identifier_type": "alias"}
        alerts.acknowledge_alert(**by_alias, acknowledge_alert_payload=sdk.AcknowledgeAlertPayload(note="me"))
        alerts.add_note(**by_alias, add_note_to_alert_payload=sdk.AddNoteToAlertPayload(note="looking"))
        assert alerts.get_alert(**by_alias).data.acknowledged
        assert len(alerts.list_alerts(query="status:open").data) == 1
        alerts.close_alert(**by_alias, close_alert_payload=sdk.CloseAlertPayload(note="done"))
        beats.create_heartbeat(
            sdk.CreateHeartbeatPayload(name="job", interval=5, interval_unit="minutes", enabled=True)
        )
        assert beats.ping("job").result == "PONG - Heartbeat received"
        client.pool.close()
    assert door.alerts() == [("Disk full", "RESOLVED")]

"""Heartbeat monitors: their resource, and the addresses at which jobs report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.api.fakes import BASE, Api
from tests.cast import Cast
from tocsin.core.events import AlertSource
from tocsin.core.heartbeats import Signal
from tocsin.engine import heartbeats
from tocsin.kit.clock import ManualClock
from tocsin.store import sources
from tocsin.store.heartbeats import last_pings

MONITORS = "/api/heartbeat-monitors"
EVERYTHING = {"include": ["integrationKey", "integrationUrl", "alertSource"]}


@pytest.fixture
def source(cast: Cast) -> AlertSource:
    """A source that many jobs report to."""
    with cast.db.write() as tx:
        wanted = AlertSource(name="jobs", integration_type="HEARTBEAT2", policy_id=cast.policy.id)
        return sources.create(tx, wanted, cast.chance)


@pytest.fixture
def create(api: Api, source: AlertSource) -> Callable[..., dict[str, Any]]:
    def create(name: str = "backup", **more: object) -> dict[str, Any]:
        body = {"name": name, "intervalSec": 60, "alertSource": {"id": source.id}, **more}
        answer = api.call("POST", MONITORS, json=body, params=EVERYTHING)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return create


def ask(api: Api, method: str, path: str, **options: Any) -> httpx2.Response:
    """A job reports, without signing in."""
    return api.call(method, path, headers={"authorization": ""}, **options)


def wait(api: Api, seconds: int) -> None:
    """Time passes while we listen."""
    clock = api.cast.db.clock
    assert isinstance(clock, ManualClock)
    for _ in range(0, seconds, 10):
        clock.advance(timedelta(seconds=10))
        heartbeats.step(api.cast.db)


def alerts(api: Api) -> list[tuple[str, str]]:
    return [(alert["summary"], alert["status"]) for alert in api.get("/api/alerts")]


def test_a_monitor_is_created_read_replaced_and_deleted(api: Api, create: Any, source: AlertSource) -> None:
    made = create(alertSummary="No backup")
    assert made["state"] == "UNKNOWN"
    assert made["alertSource"] == {"id": source.id, "name": "jobs"}
    assert made["integrationKey"].startswith("ih2:60:")
    assert made["integrationUrl"] == f"{BASE}/api/pings/{made['integrationKey']}"
    plain = api.get(f"{MONITORS}/{made['id']}")
    assert not {"integrationKey", "integrationUrl", "alertSource", "pingUrl"} & set(plain)
    assert api.get(f"{MONITORS}/name/backup")["id"] == made["id"]
    path = f"{MONITORS}/{made['id']}"
    same = api.call("PUT", path, json={"name": "nightly", "intervalSec": 60}).json()
    assert (same["name"], same["slug"], same["integrationKey"]) == (
        "nightly",
        "nightly",
        made["integrationKey"],
    )
    changed = api.call("PUT", path, json={"name": "nightly", "intervalSec": 120}).json()
    assert changed["integrationKey"].startswith("ih2:120:")
    assert ask(api, "GET", f"/api/pings/{made['integrationKey']}").status_code == 400
    assert ask(api, "GET", f"/api/pings/{changed['integrationKey']}").status_code == 202
    assert api.call("DELETE", f"/api/alert-sources/{source.id}").json()["code"] == "IN_USE"
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404
    assert api.call("DELETE", f"/api/alert-sources/{source.id}").status_code == 204


def test_a_taken_name_answers_409_with_the_monitor_that_has_it(api: Api, create: Any) -> None:
    made = create()
    again = api.call(
        "POST", MONITORS, json={"name": "backup", "intervalSec": 999}, params={"include": "integrationUrl"}
    )
    assert again.status_code == 409
    assert again.json()["integrationUrl"] == made["integrationUrl"]
    assert again.json()["intervalSec"] == 60


def test_the_list_goes_on_at_the_cursor(api: Api, create: Any) -> None:
    ids = [create(f"job {n}")["id"] for n in range(3)]
    first = api.call("GET", MONITORS, params={"max-results": 2})
    assert [one["id"] for one in first.json()] == ids[:2]
    rest = api.call("GET", MONITORS, params={"max-results": 2, "cursor": first.headers["next-cursor"]})
    assert [one["id"] for one in rest.json()] == ids[2:]
    assert "next-cursor" not in rest.headers
    assert api.call("GET", MONITORS, params={"max-results": 201}).status_code == 400


@pytest.mark.parametrize(
    "more, field",
    [
        ({"intervalSec": 24}, "intervalSec"),
        ({"intervalSec": None}, "intervalSec"),
        ({"cron": "61 * * * *"}, "cron"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"alertSource": {"id": 99}}, "alertSource.id"),
    ],
)
def test_a_wrong_monitor_is_refused_by_field(
    api: Api, source: AlertSource, more: dict[str, object], field: str
) -> None:
    body = {"name": "x", "intervalSec": 60, "alertSource": {"id": source.id}, **more}
    answer = api.call("POST", MONITORS, json=body)
    assert answer.status_code == 400
    assert field in [detail["field"] for detail in answer.json()["details"]]


def test_silence_opens_an_alert_of_the_source_and_a_ping_ends_it(api: Api, create: Any) -> None:
    heartbeats.start_listening(api.cast.db)
    keys = [create(name, alertSummary=f"{name} is silent")["integrationKey"] for name in ("a", "b")]
    wait(api, 100)
    assert alerts(api) == []
    for key in keys:
        assert ask(api, "HEAD", f"/api/pings/{key}").status_code == 202
    wait(api, 50)
    ask(api, "POST", f"/api/pings/{keys[0]}")
    wait(api, 20)
    assert alerts(api) == [("b is silent", "PENDING")]
    assert [one["state"] for one in api.get(MONITORS)] == ["HEALTHY", "OVERDUE"]
    ask(api, "GET", f"/api/v1/pings/{keys[1]}")
    assert alerts(api) == [("b is silent", "RESOLVED")]
    kinds = {entry["logEntryType"] for entry in api.get("/api/alerts/1/log-entries")}
    assert {"HeartbeatOverdueLogEntry", "HeartbeatResolvedLogEntry"} <= kinds


def test_a_failed_run_opens_an_alert_at_once_once(api: Api, create: Any) -> None:
    key = create()["integrationKey"]
    for status in (0, 3, 3):
        assert ask(api, "POST", f"/api/pings/{key}/{status}", content=b"disk full").status_code == 202
    assert alerts(api) == [("Heartbeat backup is overdue", "PENDING")]
    assert "disk full" in api.get("/api/alerts/1")["details"]
    listed = api.get(f"{MONITORS}/1/pings")
    assert [(one["number"], one["kind"], one["exitStatus"]) for one in listed] == [
        (3, "FAIL", 3),
        (2, "FAIL", 3),
        (1, "SUCCESS", 0),
    ]
    assert listed[0]["body"] == "disk full"
    assert api.get(f"{MONITORS}/1")["reason"] == "FAILED"
    assert ask(api, "POST", f"/api/pings/{key}/256").status_code == 400


def test_a_silence_can_be_read_again(api: Api, create: Any, source: AlertSource) -> None:
    """So that rules are tried on it, as on the event of any other source."""
    ask(api, "POST", f"/api/pings/{create()['integrationKey']}/fail")
    (event,) = api.get(f"/api/alert-sources/{source.id}/events")
    path = f"/api/alert-sources/{source.id}/events/{event['id']}/replay"
    (again,) = api.call("POST", path).json()["results"]
    assert (again["effect"], again["summary"]) == ("APPEND", "Heartbeat backup is overdue")


def test_a_run_has_a_duration_and_only_the_last_pings_are_kept(api: Api, create: Any) -> None:
    key = create(intervalSec=86_400)["integrationKey"]
    run = "2f0b1f3e-0000-4000-8000-000000000001"
    ask(api, "POST", f"/api/pings/{key}/start?rid={run}")
    wait(api, 30)
    ask(api, "POST", f"/api/pings/{key}?rid={run}", content=b"x" * 20_000)
    newest = api.get(f"{MONITORS}/1/pings")[0]
    assert (newest["durationMs"], newest["runId"], len(newest["body"])) == (30_000, run, 10_000)
    signal = Signal(key=key, kind="LOG")
    heartbeats.ping_step(api.cast.db, [signal] * 118, api.cast.chance)
    assert [one["number"] for one in api.get(f"{MONITORS}/1/pings?max-results=100")] == list(
        range(120, 20, -1)
    )
    with api.cast.db.read() as tx:
        assert len(last_pings(tx, 1, 1_000)) == 100


def test_a_paused_monitor_is_silent(api: Api, create: Any) -> None:
    heartbeats.start_listening(api.cast.db)
    key = create(active=False)["integrationKey"]
    ask(api, "GET", f"/api/pings/{key}")
    wait(api, 200)
    assert alerts(api) == []
    assert api.get(f"{MONITORS}/1")["status"] == "PAUSED"


def test_the_key_of_the_source_cannot_be_pinged(api: Api, source: AlertSource) -> None:
    assert ask(api, "GET", f"/api/pings/{source.integration_key}").status_code == 400

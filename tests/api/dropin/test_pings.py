"""Healthchecks' and Uptime Kuma's ping addresses, answered as they answer."""

from __future__ import annotations

import pytest

from tests.api.dropin.conftest import Door
from tests.api.fakes import Api
from tests.cast import Cast
from tocsin.deployment import RateLimits

RUN = "2f0b1f3e-0000-4000-8000-000000000001"
MONITOR = "/api/heartbeat-monitors"


def monitor(door: Door, source_id: int, name: str = "backup", **more: object) -> str:
    """A monitor; its UUID."""
    body = {"name": name, "intervalSec": 60, "alertSource": {"id": source_id}, **more}
    answer = door.api.call("POST", MONITOR, json=body, params={"include": "integrationUrl"})
    return str(answer.json()["pingUrl"]).rpartition("/")[2]


@pytest.mark.parametrize("base", ["", "/ping"])
def test_by_uuid_with_every_method_and_verb(door: Door, base: str) -> None:
    uuid = monitor(door, door.source("HEARTBEAT2").id)
    for method in ("GET", "HEAD", "POST"):
        answer = door.call(method, f"{base}/{uuid}")
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
        assert answer.headers["ping-body-limit"] == "10000"
    assert door.call("GET", f"{base}/{uuid}").text == "OK"
    for verb in ("start", "log", "fail", "0", "255"):
        assert door.call("POST", f"{base}/{uuid}/{verb}?rid={RUN}").text == "OK"
    kinds = [one["kind"] for one in door.api.get(f"{MONITOR}/1/pings")]
    assert kinds[:5] == ["FAIL", "SUCCESS", "FAIL", "LOG", "START"]
    assert [status for _, status in door.alerts()] == ["RESOLVED", "PENDING"]


def test_what_is_wrong_is_said_in_their_words(door: Door) -> None:
    source = door.source("HEARTBEAT2")
    key, uuid = source.integration_key, monitor(door, source.id)

    def said(path: str) -> tuple[int, str]:
        answer = door.call("GET", path)
        return answer.status_code, answer.text

    assert said(f"/{RUN}") == (404, "not found")
    assert said(f"/{uuid}/nonsense") == (400, "invalid url format")
    assert said(f"/{uuid}/256") == (400, "invalid url format")
    assert said(f"/{uuid}?rid=1") == (400, "invalid uuid format")
    assert said(f"/{key}/Backup") == (400, "invalid url format")
    assert said(f"/{key}/nothing") == (404, "not found")
    assert said(f"/il1{'a' * 50}/backup?create=1") == (404, "not found")
    assert said("/ping/nonsense") == (400, "invalid url format")
    assert said("/ping/a/b/c/d") == (400, "invalid url format")
    monitor(door, source.id, "Backup!")
    assert said(f"/{key}/backup") == (409, "ambiguous slug")


@pytest.mark.parametrize("door", ["sqlite", "postgresql"], indirect=True)
def test_a_slug_is_pinged_and_made_when_asked_for(door: Door) -> None:
    key = door.source("HEARTBEAT2").integration_key
    made = door.call("POST", f"/{key}/nightly-backup/start?create=1")
    assert (made.status_code, made.text) == (201, "Created")
    assert door.call("POST", f"/{key}/nightly-backup/0?create=1").text == "OK"
    assert door.call("POST", f"/ping/{key}/nightly-backup").status_code == 200
    found = door.api.get(f"{MONITOR}/1")
    assert (found["name"], found["intervalSec"], found["graceSec"]) == ("nightly-backup", 86_400, 3_600)
    other = door.source("HEARTBEAT2").integration_key
    assert door.call("GET", f"/{other}/nightly-backup?create=1").status_code == 201
    assert len(door.api.get(MONITOR)) == 2


def test_pings_that_come_too_often_are_turned_away(cast: Cast) -> None:
    door = Door(Api(cast, RateLimits(pings=1)))
    uuid = monitor(door, door.source("HEARTBEAT2").id)
    assert [door.call("GET", f"/{uuid}").status_code for _ in range(2)] == [200, 429]
    door.api.intake.overloaded = True
    key = door.source("HEARTBEAT2").integration_key
    assert door.call("GET", f"/{key}/x").status_code == 503


def test_kumas_push(door: Door) -> None:
    uuid = monitor(door, door.source("HEARTBEAT2").id)
    for query in ("?status=up&msg=OK&ping=12", "?status=down&msg=no+route", "?status=down", ""):
        answer = door.call("GET", f"/api/push/{uuid}{query}")
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
    pings = door.api.get(f"{MONITOR}/1/pings")
    assert [one["kind"] for one in pings] == ["SUCCESS", "FAIL", "FAIL", "SUCCESS"]
    assert (pings[3]["durationMs"], pings[3]["body"], pings[2]["body"]) == (12, "OK", "no route")
    assert door.alerts() == [("Heartbeat backup is overdue", "RESOLVED")]
    unknown = door.call("POST", "/api/push/nonsense")
    assert (unknown.status_code, unknown.json()["ok"]) == (404, False)
    assert door.call("GET", f"/api/push/{uuid}?ping=1e300").status_code == 200


def test_a_path_that_nothing_answers(door: Door) -> None:
    assert door.call("GET", f"/{RUN}/a/b/c").status_code == 404
    assert door.call("DELETE", f"/{RUN}").status_code == 405

"""The way in."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.api.fakes import BASE, Api
from tests.cast import Cast
from tocsin.deployment import RateLimits

ALERT = {"eventType": "ALERT", "summary": "Disk full", "incidentKey": "disk"}


def send(api: Api, path: str, body: Any = None, **options: Any) -> httpx2.Response:
    """A tool reports, without signing in."""
    if body is not None:
        options["content"] = json.dumps(body).encode()
    return api.call("POST", path, headers={"authorization": "", **options.pop("headers", {})}, **options)


@pytest.fixture
def key(api: Api) -> str:
    return api.cast.source.integration_key


def test_the_2020_dialect_says_what_happened(api: Api, key: str) -> None:
    def said(**event: Any) -> tuple[int, str, str | None]:
        answer = send(api, "/api/v1/events", {"apiKey": key, "incidentKey": "disk", **event})
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        return answer.status_code, body.get("responseCode", body.get("code")), body.get("incidentUrl")

    page = f"{BASE}/incidents/1"
    assert said(eventType="ALERT", summary="x") == (200, "NEW_INCIDENT_CREATED", page)
    assert said(eventType="ALERT", summary="x") == (200, "EVENT_APPENDED", page)
    assert said(eventType="COMMENT", summary="x") == (200, "COMMENT_ADDED", page)
    assert said(eventType="ACCEPT") == (200, "INCIDENT_ACCEPTED", page)
    assert said(eventType="ACCEPT") == (400, "INCIDENT_ALREADY_ACCEPTED", None)
    assert said(eventType="RESOLVE") == (200, "INCIDENT_RESOLVED", page)
    assert said(eventType="RESOLVE") == (400, "NO_OPEN_INCIDENT_WITH_KEY", None)


def test_todays_dialect_takes_everything(api: Api, key: str) -> None:
    for event in ("ALERT", "ACCEPT", "ACCEPT", "RESOLVE", "RESOLVE"):
        body = {"integrationKey": key, "eventType": event, "summary": "x", "alertKey": "disk"}
        answer = send(api, "/api/events", body)
        assert answer.status_code == 202
        assert answer.json()["alertKey"] == "disk"
        assert "incident" not in answer.text.replace("/incidents/", "")


@pytest.mark.parametrize("base, code", [("/api/v1", 200), ("/api", 202)])
@pytest.mark.parametrize("tail", ["{key}", "api/{key}", "keep/{key}%20", "prometheus/{key}"])
def test_the_key_may_stand_in_the_path(api: Api, key: str, base: str, code: int, tail: str) -> None:
    assert send(api, f"{base}/events/{tail.format(key=key)}", ALERT).status_code == code


@pytest.mark.parametrize("slug", ["kafka", "mqtt"])
def test_an_agent_that_takes_only_202(api: Api, key: str, slug: str) -> None:
    assert send(api, f"/api/v1/events/{slug}/{key}", ALERT).status_code == 202


def test_any_content_type(api: Api, key: str) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert send(api, f"/api/events/{key}", ALERT, headers={"content-type": kind}).status_code == 202


@pytest.mark.parametrize("base", ["/api/v1", "/api"])
def test_refusals(api: Api, key: str, base: str) -> None:
    assert send(api, f"{base}/events/nonsense", ALERT).status_code == 404
    assert send(api, f"{base}/events", {"apiKey": "nonsense", **ALERT}).status_code == 404
    missing = send(api, f"{base}/events", ALERT)
    assert (missing.status_code, missing.json()["details"][0]["field"]) == (400, "integrationKey")
    assert send(api, f"{base}/events", content=b"\xff{").status_code == 400
    wrong = send(api, f"{base}/events/{key}", {"eventType": "BANG", "summary": "x"})
    assert (wrong.status_code, wrong.json()["details"][0]["field"]) == (400, "eventType")
    empty = send(api, f"{base}/events/{key}", {"eventType": "ALERT"})
    assert (empty.status_code, empty.json()["details"][0]["field"]) == (400, "summary")
    assert send(api, f"{base}/events/a%00b", ALERT).status_code == 404
    assert send(api, f"{base}/events/{'k' * 300}", ALERT).status_code == 404


def test_a_body_has_a_limit(api: Api, key: str) -> None:
    large = b" " * 1_048_577
    assert send(api, f"/api/events/{key}", content=large).status_code == 413

    async def parts() -> Any:
        for _ in range(3):
            yield b" " * 500_000

    assert send(api, f"/api/events/{key}", content=parts()).status_code == 413
    assert api.get("/api/alert-sources/1/events") == []


def test_a_disabled_source_drops(api: Api, key: str) -> None:
    body = {"name": "x", "integrationType": "API", "escalationPolicy": {"id": 1}, "active": False}
    assert api.call("PUT", "/api/alert-sources/1", json=body).status_code == 200
    answer = send(api, f"/api/v1/events/{key}", ALERT)
    assert (answer.status_code, answer.json()["responseCode"]) == (200, "EVENT_DROPPED")


def test_too_much_waits(api: Api, key: str) -> None:
    api.intake.overloaded = True
    answer = send(api, f"/api/v1/events/{key}", ALERT)
    assert (answer.status_code, answer.json()["code"]) == (503, "OVERLOADED")
    assert int(answer.headers["retry-after"]) > 0


def test_the_database_is_away(api: Api, key: str) -> None:
    api.intake.spooling = True
    assert send(api, f"/api/v1/events/{key}", ALERT).status_code == 202


def test_events_are_counted_per_key_and_the_source_shows_it(cast: Cast) -> None:
    api = Api(cast, RateLimits(events=2))
    answers = [send(api, f"/api/events/{cast.source.integration_key}", ALERT).status_code for _ in range(4)]
    assert answers == [202, 202, 429, 429]
    assert "limitedAt" in api.get("/api/alert-sources/1")


def test_pings_are_counted_per_key(cast: Cast) -> None:
    api = Api(cast, RateLimits(pings=1))
    key = cast.heartbeat().integration_key
    assert [api.call("HEAD", f"/api/heartbeats/{key}").status_code for _ in range(2)] == [202, 429]

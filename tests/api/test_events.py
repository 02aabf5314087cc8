"""The way in."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.api.fakes import BASE, Api
from tests.cast import Cast
from tocsin.deployment import RateLimits
from tocsin.kit.clock import ManualClock

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


def source_of(api: Api, kind: str) -> str:
    """The key of a new source of that type."""
    body = {"name": kind, "integrationType": kind, "escalationPolicy": {"id": 1}}
    answer = api.call("POST", "/api/v1/alert-sources", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["integrationUrl"].startswith(f"{BASE}/api/v1/events/{kind.lower()}/")
    return str(answer.json()["integrationKey"])


def codes(api: Api, path: str, *contents: bytes, **options: Any) -> list[tuple[int, str]]:
    answers = [send(api, path, content=content, **options) for content in contents]
    return [(a.status_code, a.json().get("responseCode", a.json().get("code"))) for a in answers]


@pytest.mark.parametrize("kind", ["NAGIOS", "ICINGA", "CHECKMK"])
@pytest.mark.parametrize("base", ["/api/v1", "/api"])
def test_the_key_may_stand_in_xml(api: Api, kind: str, base: str) -> None:
    entries = '<entry key="NOTIFY_HOSTNAME">db-1</entry><entry key="NOTIFICATIONTYPE">{}</entry>'
    xml = f"<event><apiKey>{source_of(api, kind)}</apiKey><payload>{entries}</payload></event>"
    bodies = [xml.format(said).encode() for said in ("PROBLEM", "FLAPPINGSTART", "RECOVERY")]
    what = ["NEW_INCIDENT_CREATED", "EVENT_DROPPED", "INCIDENT_RESOLVED"]
    if base == "/api":
        what[::2] = ["NEW_ALERT_CREATED", "ALERT_RESOLVED"]
    slug = "nagios" if kind == "CHECKMK" else kind.lower()
    assert codes(api, f"{base}/events/{slug}", *bodies) == [
        (200 if base == "/api/v1" else 202, w) for w in what
    ]
    (without,) = codes(api, f"{base}/events/{slug}", b"<event><payload/></event>")
    assert without[0] == 404


def test_a_message_that_is_not_recognised_opens_an_incident_as_it_came(api: Api) -> None:
    key = source_of(api, "PINGDOM")
    bodies = (b'{"state": "on fire"}', b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert codes(api, f"/api/v1/events/pingdom/{key}", *bodies) == [(200, "NEW_INCIDENT_CREATED")] * 3
    incidents = api.get("/api/v1/incidents")
    assert {incident["labels"]["tocsin"] for incident in incidents} == {"unrecognised"}
    assert '{"state": "on fire"}' in incidents[-1]["details"]
    assert codes(api, f"/api/v1/events/pingdom/{key}", bodies[0]) == [(200, "EVENT_APPENDED")]
    assert codes(api, f"/api/v1/events/pingdom/{key}", b" ") == [(400, "BAD_REQUEST")]


def test_a_test_message_is_dropped_and_the_event_log_says_so(api: Api) -> None:
    key = source_of(api, "UPTIMEKUMA")
    answer = send(
        api, f"/api/v1/events/uptimekuma/{key}", {"heartbeat": None, "monitor": None, "msg": "x Testing"}
    )
    assert (answer.status_code, answer.json()["responseCode"]) == (200, "EVENT_DROPPED")
    (event,) = api.get("/api/v1/alert-sources/2/events")
    assert (event["effect"], event["reason"]) == ("DROP", "a test message of Uptime Kuma's")
    assert api.get("/api/v1/incidents") == []


def test_a_ticket_that_is_not_known(api: Api) -> None:
    """Closed or waiting: refused; in progress, where the tool says so: opened."""
    path = f"/api/v1/events/zendesk/{source_of(api, 'ZENDESK')}"
    tickets = [
        json.dumps({"id": 7, "title": "t", "status": s}).encode() for s in ("solved", "hold", "pending")
    ]
    unknown = (400, "NO_OPEN_INCIDENT_WITH_KEY")
    assert codes(api, path, *tickets) == [unknown, unknown, (200, "NEW_INCIDENT_CREATED")]
    assert codes(api, path, tickets[2], tickets[0]) == [
        (200, "INCIDENT_ACCEPTED"),
        (200, "INCIDENT_RESOLVED"),
    ]


def test_the_address_that_zabbix_keeps_leads_to_the_incident(api: Api) -> None:
    key = source_of(api, "ZABBIX")
    problem = {"EVENT.ID": "104", "EVENT.VALUE": "1", "EVENT.NAME": "Disk space is low", "HOST.NAME": "db-1"}
    answer = send(api, f"/api/v1/events/zabbix-mt/{key}", problem)
    assert (answer.status_code, answer.json()["incidentKey"]) == (200, "zabbix-104")
    send(api, f"/api/v1/events/zabbix-mt/{key}", problem | {"EVENT.VALUE": "0"})
    found = api.call("GET", f"/api/v1/incidents/resolve-ik/{key}/zabbix-104", headers={"authorization": ""})
    assert (found.status_code, found.headers["location"]) == (302, f"{BASE}/incidents/1")
    for wrong in (f"{key}/zabbix-105", "nonsense/zabbix-104", f"{key}/%00"):
        missing = api.call("GET", f"/api/v1/incidents/resolve-ik/{wrong}", headers={"authorization": ""})
        assert missing.status_code == 404


def test_the_plugin_of_checkmk_hears_its_own_code(api: Api) -> None:
    body = json.dumps({"NOTIFICATIONTYPE": "RECOVERY", "HOSTNAME": "a"}).encode()
    path = f"/api/v1/events/checkmk-ext/{source_of(api, 'CHECKMK')}"
    assert codes(api, path, body) == [(400, "NONE_OPEN_FOR_KEY")]


def test_a_tool_that_can_only_get(api: Api, key: str) -> None:
    robot = source_of(api, "UPTIMEROBOT")
    query = {"monitorID": "7", "monitorFriendlyName": "Shop", "alertType": "1"}
    answer = api.call(
        "GET", f"/api/v1/events/uptimerobot/{robot}", headers={"authorization": ""}, params=query
    )
    assert (answer.status_code, answer.json()["incidentKey"]) == (200, "7")
    assert api.call("GET", f"/api/v1/events/api/{key}", headers={"authorization": ""}).status_code == 405


def test_headers_that_say_something(api: Api) -> None:
    path = f"/api/v1/events/healthchecksio/{source_of(api, 'HEALTHCHECKSIO')}"
    check = {"name": "backup", "status": "", "ping_url": "https://hc.example.com/ping/1"}
    down = send(api, path, check, headers={"Check-Status": "down"})
    up = api.call("PUT", path, headers={"authorization": "", "check-status": "up"}, json=check)
    assert [down.json()["responseCode"], up.json()["responseCode"]] == [
        "NEW_INCIDENT_CREATED",
        "INCIDENT_RESOLVED",
    ]


def test_the_catalogue_lists_every_tool(api: Api) -> None:
    pages = [api.get(f"/api/integrations?max-results=100&start-index={start}") for start in (0, 100)]
    listed = {entry["id"]: entry for page in pages for entry in page}
    assert {"API", "HEARTBEAT", "PINGDOM", "ZABBIX"} <= listed.keys()
    pingdom = listed["PINGDOM"]
    assert (pingdom["name"], pingdom["type"], pingdom["integrationPath"]) == ("Pingdom", "INBOUND", "pingdom")
    assert pingdom["iconUrl"].startswith("data:image/svg+xml,")
    page = api.call("GET", pingdom["documentationUrl"])
    assert page.status_code == 200
    assert "current_state DOWN" in page.text
    assert api.call("GET", "/api-docs/integrations/nonsense").status_code == 404


def test_a_body_has_a_limit(api: Api, key: str) -> None:
    large = b" " * 1_048_577
    refused = send(api, f"/api/events/{key}", content=large)
    assert (refused.status_code, "1048576" in refused.json()["message"]) == (413, True)

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
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(minutes=1))
    assert send(api, f"/api/events/{cast.source.integration_key}", ALERT).status_code == 202


def test_what_a_tool_says_besides_is_kept_and_given_back(api: Api, key: str) -> None:
    said = {"labels": {"team": "net", "zone": "eu"}, "customDetails": {"disks": ["sda", {"full": 97}]}}
    assert send(api, f"/api/events/{key}", ALERT | said).status_code == 202
    kept = api.get("/api/alerts/1?include=customDetails")
    assert {name: kept[name] for name in said} == said


def test_pings_are_counted_per_key(cast: Cast) -> None:
    api = Api(cast, RateLimits(pings=1))
    key = cast.heartbeat().integration_key
    assert [api.call("HEAD", f"/api/heartbeats/{key}").status_code for _ in range(2)] == [202, 429]


def test_a_request_that_an_agent_sends_again_is_stored_once(api: Api, key: str) -> None:
    again = {"tocsin-request-id": "2f0b1f3e-0000-4000-8000-000000000001"}
    first = send(api, f"/api/v1/events/{key}", ALERT, headers=again)
    second = send(api, f"/api/v1/events/{key}", ALERT, headers=again)
    assert (first.status_code, second.status_code) == (200, 202)
    assert second.json()["responseCode"] == "EVENT_STORED"
    send(api, f"/api/v1/events/{key}", ALERT, headers={"tocsin-request-id": "nonsense"})
    assert [event["effect"] for event in api.get("/api/alert-sources/1/events")] == ["APPEND", "OPEN"]

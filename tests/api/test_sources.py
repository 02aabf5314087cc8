"""Alert sources."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api.fakes import BASE, Api

NEW: dict[str, Any] = {"name": "Prom", "integrationType": "PROMETHEUS", "escalationPolicy": {"id": 1}}


def test_a_source_comes_and_goes(api: Api) -> None:
    answer = api.call("POST", "/api/alert-sources", json={**NEW, "alertCreation": "ONE_OPEN_ALERT_ALLOWED"})
    assert answer.status_code == 201
    created = answer.json()
    path = f"/api/alert-sources/{created['id']}"
    assert answer.headers["location"] == BASE + path
    assert created["escalationPolicy"] == {"id": 1, "name": "Default"}
    assert created["integrationUrl"] == f"{BASE}/api/v1/events/prometheus/{created['integrationKey']}"
    assert (created["status"], created["active"]) == ("ALL_RESOLVED", True)
    assert "autoResolutionTimeout" not in created
    assert api.get(f"/api/alert-sources/{created['integrationKey']}") == created
    assert api.get("/api/alert-sources/name/Prom") == created
    assert (
        api.get(f"/api/v1/alert-sources/{created['id']}")["incidentCreation"] == "ONE_OPEN_INCIDENT_ALLOWED"
    )
    changed = api.call("PUT", path, json={**NEW, "active": False}).json()
    assert (changed["status"], changed["integrationKey"]) == ("DISABLED", created["integrationKey"])
    assert api.call("PUT", path, json=NEW).json()["active"] is False, "absent leaves it"
    assert api.call("DELETE", path).status_code == 204


def test_the_key_is_for_those_who_configure(api: Api) -> None:
    responder = api.somebody("RESPONDER")
    assert "integrationKey" not in api.get("/api/alert-sources/1", responder)
    assert (
        api.call("GET", f"/api/alert-sources/{api.cast.source.integration_key}", responder).status_code == 404
    )


@pytest.mark.parametrize(
    "change, field",
    [
        ({"integrationType": "SEMAPHORE"}, "integrationType"),
        ({"escalationPolicy": {"id": 99}}, "escalationPolicy.id"),
        ({"escalationPolicy": None}, "escalationPolicy"),
        ({"alertPriorityRule": "HIGH_DURING_SUPPORT_HOURS"}, "supportHours"),
        ({"alertCreation": "SOMETIMES"}, "alertCreation"),
        ({"autoResolutionTimeout": "soon"}, "autoResolutionTimeout"),
        ({"autoResolutionTimeout": "PT0S"}, "autoResolutionTimeout"),
        ({"autoResolutionTimeout": "P999999999D"}, "autoResolutionTimeout"),
        ({"integrationType": "HEARTBEAT", "heartbeat": {"intervalSec": 5}}, "heartbeat.intervalSec"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/alert-sources", json={**NEW, **change})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_the_type_stays(api: Api) -> None:
    assert api.call("PUT", "/api/alert-sources/1", json=NEW).status_code == 400


@pytest.mark.parametrize("text", ["PT10M", "PT60M", "PT90M", "PT2H", "PT24H"])
def test_durations_come_back_as_they_were_written(api: Api, text: str) -> None:
    created = api.call("POST", "/api/alert-sources", json={**NEW, "autoResolutionTimeout": text}).json()
    assert created["autoResolutionTimeout"] == text


def test_status_follows_the_incidents(api: Api) -> None:
    number = api.cast.alert()
    assert api.get("/api/alert-sources/1")["status"] == "PENDING"
    api.call("PUT", f"/api/alerts/{number}/accept")
    assert api.get("/api/alert-sources/1")["status"] == "ALL_ACCEPTED"
    refused = api.call("DELETE", "/api/alert-sources/1")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    api.call("PUT", f"/api/alerts/{number}/resolve")
    assert api.get("/api/alert-sources/1")["status"] == "ALL_RESOLVED"


def test_a_heartbeat_source(api: Api) -> None:
    wanted = {**NEW, "integrationType": "HEARTBEAT", "heartbeat": {"summary": "late", "intervalSec": 60}}
    created = api.call("POST", "/api/alert-sources", json=wanted).json()
    assert created["heartbeat"] == {"summary": "late", "intervalSec": 60, "status": "UNKNOWN"}
    assert created["integrationUrl"] == f"{BASE}/api/v1/heartbeats/{created['integrationKey']}"
    for method in ("GET", "HEAD", "POST"):
        for base in ("/api", "/api/v1"):
            path = f"{base}/heartbeats/{created['integrationKey']}"
            assert api.call(method, path, headers={"authorization": ""}).status_code == 202
    assert api.call("POST", f"/api/v1/heartbeats/{created['integrationKey']}/ping").status_code == 202
    assert api.get(f"/api/alert-sources/{created['id']}")["heartbeat"]["status"] == "HEALTHY"
    assert api.call("HEAD", "/api/v1/heartbeats/nonsense").status_code == 400


def test_the_event_log_keeps_what_could_not_be_read(api: Api) -> None:
    api.cast.alert()
    api.call("POST", f"/api/events/{api.cast.source.integration_key}", content=b"{nonsense")
    newest, oldest = api.get("/api/alert-sources/1/events")
    assert (newest["effect"], newest["raw"]) == ("REJECT", "{nonsense")
    assert (oldest["effect"], oldest["alertId"]) == ("OPEN", 1)
    assert len(api.get("/api/alert-sources/1/events?max-results=1")) == 1


MAIL = {
    "name": "Mails",
    "integrationType": "EMAIL",
    "escalationPolicy": {"id": 1},
    "incidentCreation": "OPEN_RESOLVE_ON_EXTRACTION",
    "integrationKey": "Disk@tocsin.example",
    "emailFiltered": True,
    "emailPredicates": [{"field": "EMAIL_SUBJECT", "criteria": "CONTAINS_STRING", "value": "disk"}],
    "filterOperator": "OR",
    "emailResolveFiltered": True,
    "emailResolvePredicates": [{"field": "EMAIL_BODY", "criteria": "MATCHES_REGEX", "value": "OK$"}],
    "resolveKeyExtractor": {"field": "EMAIL_SUBJECT", "criteria": "ALL_TEXT_AFTER", "value": "host="},
}


@pytest.mark.parametrize("base", ["/api", "/api/v1"])
def test_an_email_source_shows_what_it_was_told(api: Api, base: str) -> None:
    answer = api.call("POST", f"{base}/alert-sources", json=MAIL)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["integrationKey"] == "disk@tocsin.example"
    for name, said in MAIL.items():
        if name.startswith(("email", "filter", "resolve")):
            assert made[name] == said, name
    path = f"{base}/alert-sources/{made['id']}"
    moved = api.call("PUT", path, json={**MAIL, "integrationKey": "db", "emailFiltered": False}).json()
    assert (moved["integrationKey"], moved["emailFiltered"]) == ("db@tocsin.example", False)
    kept = api.call("PUT", path, json={n: v for n, v in MAIL.items() if n != "integrationKey"}).json()
    assert kept["integrationKey"] == "db@tocsin.example"
    again = api.call("POST", f"{base}/alert-sources", json={**MAIL, "integrationKey": "db"})
    assert again.status_code == 409
    fresh = api.call("POST", f"{base}/alert-sources", json={**MAIL, "integrationKey": None}).json()
    assert re.fullmatch(r"mails-[0-9a-f]{8}@tocsin\.example", fresh["integrationKey"])


def test_a_source_that_listens_to_telephones_has_no_address(api: Api) -> None:
    body = {"name": "Texts", "integrationType": "SMS", "escalationPolicy": {"id": 1}}
    made = api.call("POST", "/api/alert-sources", json=body).json()
    assert made["integrationType"] == "SMS"
    assert "integrationUrl" not in made


@pytest.mark.parametrize(
    "more, field",
    [
        ({"integrationKey": "reply"}, "integrationKey"),
        ({"integrationKey": "x@other.example"}, "integrationKey"),
        (
            {"emailPredicates": [{"field": "EMAIL_TO", "criteria": "IS_STRING", "value": "x"}]},
            "emailPredicates",
        ),
        (
            {"emailPredicates": [{"field": "EMAIL_FROM", "criteria": "MATCHES_REGEX", "value": "("}]},
            "emailPredicates.0.value",
        ),
        ({"resolveKeyExtractor": None}, "resolveKeyExtractor"),
    ],
)
def test_a_wrong_email_source_is_refused_by_field(api: Api, more: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/alert-sources", json={**MAIL, **more})
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"].startswith(field)

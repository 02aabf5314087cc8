"""What a source can be told, over the API: templates, support hours, maintenance, replay and preview."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.fakes import BASE, Api
from tocsin.core.brokers import PASSWORD_FOR
from tocsin.store import documents
from tocsin.store.kinds import SOURCES

NEW: dict[str, Any] = {"name": "Prom", "integrationType": "API", "escalationPolicy": {"id": 1}}
OFFICE: dict[str, Any] = {
    "name": "Office",
    "timezone": "Europe/Berlin",
    "supportDays": {"MONDAY": {"start": "08:00", "end": "17:00"}, "SUNDAY": None},
}
RULES: dict[str, Any] = {
    "eventFilter": "event.priority == HIGH",
    "eventTypeFilterResolve": "event.status == ok",
    "alertKeyTemplate": {"textTemplate": "{{ host }}"},
    "summaryTemplate": {
        "elements": [
            {"type": "TEXT", "val": "Down: "},
            {"type": "VAR", "val": "host", "func": "splitTakeAt", "args": [{"S": "."}, {"N": 0}]},
        ]
    },
    "linkTemplates": [{"text": "Mon", "hrefTemplate": {"textTemplate": "https://m/{{ host }}"}}],
    "priorityTemplate": {
        "valueTemplate": {"textTemplate": "{{ level }}"},
        "mappings": [{"value": "info", "priority": "LOW"}],
    },
    "severityTemplate": {
        "valueTemplate": {"textTemplate": "{{ level }}"},
        "mappings": [{"value": "info", "severity": 5}],
    },
    "servicesTemplate": [{"textTemplate": "{{ tags }}"}],
}
INCLUDES = "&".join(f"include={name}" for name in RULES)


def created(api: Api, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = api.call("POST", path, json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_templates_appear_only_if_asked_for_and_in_the_form_asked_for(api: Api) -> None:
    source = created(api, "/api/alert-sources", {**NEW, **RULES})
    path = f"/api/alert-sources/{source['id']}"
    assert not set(RULES) & set(source)
    assert not set(RULES) & set(api.get(path))
    shown = api.get(f"{path}?{INCLUDES}")
    assert shown["summaryTemplate"] == RULES["summaryTemplate"]
    assert shown["alertKeyTemplate"] == {"elements": [{"type": "VAR", "val": "host"}]}
    assert shown["eventFilter"] == RULES["eventFilter"]
    assert shown["priorityTemplate"]["mappings"] == RULES["priorityTemplate"]["mappings"]
    text = api.get(f"{path}?{INCLUDES}&include=textTemplate")
    assert text["summaryTemplate"] == {"textTemplate": 'Down: {{ host.splitTakeAt(".", 0) }}'}
    assert text["linkTemplates"] == [
        {"text": "Mon", "hrefTemplate": {"textTemplate": "https://m/{{ host }}"}}
    ]
    assert api.call("PUT", path, json=text).status_code == 200
    assert api.get(f"{path}?{INCLUDES}") == shown
    v1 = api.get(f"/api/v1/alert-sources/{source['id']}?include=alertKeyTemplate&include=textTemplate")
    assert v1["incidentKeyTemplate"] == {"textTemplate": "{{ host }}"}
    api.call("PUT", path, json=NEW)
    assert not set(RULES) & set(api.get(f"{path}?{INCLUDES}"))


@pytest.mark.parametrize(
    "change, field",
    [
        ({"eventFilter": "event.priority = HIGH"}, "eventFilter"),
        ({"alertKeyTemplate": {"textTemplate": "{{ host"}}, "alertKeyTemplate"),
        (
            {"summaryTemplate": {"elements": [{"type": "TEXT", "val": "{{"}]}},
            "summaryTemplate.elements.0.val",
        ),
        ({"linkTemplates": [{"text": "x", "hrefTemplate": {}}]}, "linkTemplates.0.hrefTemplate"),
        ({"scoreThreshold": 2}, "scoreThreshold"),
        ({"severity": 6}, "severity"),
        ({"alertGroupingWindow": "soon"}, "alertGroupingWindow"),
        ({"alertPriorityRule": "LOW_DURING_SUPPORT_HOURS"}, "supportHours"),
        ({"supportHours": {"id": 99}}, "supportHours.id"),
        ({"supportHours": {"supportDays": {}}}, "supportHours.timezone"),
        ({"supportHours": {"timezone": "x", "supportDays": {}}}, "supportHours.timezone"),
    ],
)
def test_a_wrong_setting_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/alert-sources", json={**NEW, **change})
    assert answer.status_code == 400
    assert field in [detail["field"] for detail in answer.json()["details"]]


def test_support_hours_come_and_go(api: Api) -> None:
    answer = api.call("POST", "/api/support-hours", json=OFFICE)
    hours = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{BASE}/api/support-hours/{hours['id']}"
    assert hours["supportDays"] == {"MONDAY": {"start": "08:00", "end": "17:00"}}
    path = f"/api/support-hours/{hours['id']}"
    closed = {"name": "Fair", "start": "2026-05-01", "end": "2026-05-03", "supportStatus": "OUTSIDE"}
    changed = api.call("PUT", path, json={**OFFICE, "exceptions": [closed]}).json()
    assert changed["exceptions"] == [closed]
    assert "exceptions" not in api.get("/api/support-hours")[0]
    assert api.get("/api/v1/support-hours/name/Office") == changed
    more = api.call(
        "POST", f"{path}/holidays", json={"country": "DE", "subdivision": "BY", "years": [2026]}
    ).json()
    assert len(more["exceptions"]) > 10
    assert [e["name"] for e in more["exceptions"] if e["start"] == "2026-05-01"] == ["Fair"]
    assert api.call("POST", f"{path}/holidays", json={"country": "XX", "years": [2026]}).status_code == 400
    source = created(
        api, "/api/alert-sources", {**NEW, "supportHours": {"id": hours["id"]}, "autoRaiseAlerts": True}
    )
    assert (source["supportHours"], source["autoRaiseAlerts"]) == ({"id": hours["id"]}, True)
    old = api.get(f"/api/v1/alert-sources/{source['id']}")["supportHours"]
    assert (old["timezone"], old["autoRaiseIncidents"]) == ("Europe/Berlin", True)
    assert api.call("DELETE", path).json()["code"] == "IN_USE"
    api.call("PUT", f"/api/alert-sources/{source['id']}", json=NEW)
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404


def test_a_source_may_have_hours_of_its_own_as_in_2020(api: Api) -> None:
    own = {"timezone": "UTC", "autoRaiseIncidents": True, "supportDays": OFFICE["supportDays"]}
    body = {**NEW, "incidentPriorityRule": "HIGH_DURING_SUPPORT_HOURS", "supportHours": own}
    source = created(api, "/api/v1/alert-sources", body)
    assert source["supportHours"] == {
        "timezone": "UTC",
        "autoRaiseIncidents": True,
        "supportDays": {"MONDAY": {"start": "08:00", "end": "17:00"}},
    }
    assert api.get(f"/api/alert-sources/{source['id']}")["supportHours"]["autoRaiseAlerts"] is True
    explained = api.get(f"/api/alert-sources/{source['id']}/explain?at=2026-03-02T20:00:00Z")
    assert explained["raisedAt"] == "2026-03-09T08:00:00Z"
    low, *high = explained["pages"]
    assert (low["level"], low["at"]) == (1, "2026-03-02T20:00:00Z"), "LOW outside of the hours"
    assert (high[0]["level"], high[0]["at"]) == (1, "2026-03-09T08:00:00Z"), "HIGH when they begin"
    assert {page["level"] for page in high} == {1, 2}


def test_maintenance_comes_and_goes(api: Api) -> None:
    body = {
        "summary": "Upgrade",
        "timezone": "Europe/Berlin",
        "start": "2026-03-02T10:00:00",
        "end": "2026-03-02T09:30:00Z",
        "alertSources": [{"id": 1}],
        "notifications": {"atStart": True},
    }
    window = created(api, "/api/maintenance-windows", body, 200)
    assert window["start"] == "2026-03-02T09:00:00Z", "local time of the zone"
    assert (window["state"], window["activeUntil"]) == ("OPEN", "2026-03-02T09:30:00Z")
    assert window["alertSources"] == [{"id": 1, "name": "monitoring"}]
    assert window["notifications"]["atStart"] is True
    assert window["createdBy"]
    assert api.get("/api/alert-sources/1")["status"] == "IN_MAINTENANCE"
    explained = api.get("/api/alert-sources/1/explain")
    assert (explained["pages"], [s["reason"] for s in explained["silences"]]) == (
        [],
        ["IN_MAINTENANCE the alert source is in maintenance until 2026-03-02T09:30:00Z"],
    )
    assert api.get("/api/alert-sources/1/explain?at=2026-03-02T09:30:00Z")["pages"]
    assert api.get("/api/maintenance-windows?state=CLOSED") == []
    assert api.get("/api/maintenance-windows?sources=1&services=7") == []
    assert api.get("/api/v1/maintenance-windows?state=OPEN&sources=1&from=2026-03-02T09:00:00Z") == [window]
    path = f"/api/maintenance-windows/{window['id']}"
    weekly = api.call("PUT", path, json={**body, "recurrence": {"every": "P1W"}}).json()
    assert weekly["nextStart"] == "2026-03-09T09:00:00Z"
    assert api.call("PUT", path, json={**body, "end": body["start"]}).status_code == 400
    assert api.call("PUT", path, json={**body, "start": "0001-01-01T00:00:00"}).status_code == 400
    assert api.call("DELETE", path).status_code == 204
    assert api.get("/api/alert-sources/1")["status"] == "ALL_RESOLVED"


def test_an_event_is_replayed_against_the_settings_as_they_are_and_nothing_is_done(api: Api) -> None:
    number = api.cast.alert("Disk full", "disk")
    (event,) = api.get("/api/alert-sources/1/events")
    path = f"/api/alert-sources/1/events/{event['id']}"
    assert api.get(path) == event
    (result,) = api.call("POST", f"{path}/replay").json()["results"]
    assert (result["effect"], result["alertId"], result["summary"]) == ("APPEND", number, "Disk full")
    assert result["escalationPolicy"] == {"id": 1, "name": "Default"}
    body = {"name": "monitoring", "integrationType": "API", "escalationPolicy": {"id": 1}}
    api.call("PUT", "/api/alert-sources/1", json={**body, "eventFilter": "event.priority == LOW"})
    (result,) = api.call("POST", f"{path}/replay").json()["results"]
    assert (result["effect"], result["code"]) == ("DROP", "EVENT_FILTERED")
    assert len(api.get("/api/alert-sources/1/events")) == 1
    assert api.call("POST", "/api/alert-sources/1/events/999/replay").status_code == 404


def test_settings_are_tried_on_what_came_last_or_on_a_sample(api: Api) -> None:
    api.cast.alert("Disk full", "disk")
    draft = {"summaryTemplate": {"textTemplate": "{{ summary.upperCase() }}!"}}
    (replay,) = api.call("POST", "/api/alert-sources/1/preview", json=draft).json()
    assert replay["eventId"] == api.get("/api/alert-sources/1/events")[0]["id"]
    assert replay["results"][0]["summary"] == "DISK FULL!"
    sample = {
        **RULES,
        "eventFilter": "",
        "payload": '{"host": "web01.example", "level": "info", "tags": "a,b"}',
    }
    (replay,) = api.call("POST", "/api/alert-sources/1/preview", json=sample).json()
    (result,) = replay["results"]
    assert (result["summary"], result["alertKey"]) == ("Down: web01", "web01.example")
    assert (result["priority"], result["severity"]) == ("LOW", 5)
    assert result["links"] == [{"href": "https://m/web01.example", "text": "Mon"}]
    assert [service["alias"] for service in result["services"]] == ["a", "b"]
    wrong = api.call("POST", "/api/alert-sources/1/preview", json={"eventFilter": "="})
    assert wrong.json()["details"][0]["field"] == "eventFilter"
    (replay,) = api.call("POST", "/api/alert-sources/1/preview", json={"payload": "no json"}).json()
    assert replay["results"][0]["effect"] == "REJECT"


def test_the_event_log_is_searched(api: Api) -> None:
    api.cast.alert("Disk full", "disk")
    api.cast.alert("CPU hot", "cpu")
    api.cast.event('{"eventType":"RESOLVE","incidentKey":"cpu"}')
    found = api.get("/api/alert-sources/1/events?effect=OPEN&q=CPU")
    assert [event["summary"] for event in found] == ["CPU hot"]
    assert len(api.get("/api/alert-sources/1/events?event-type=RESOLVE&event-type=ALERT")) == 3
    assert api.get("/api/alert-sources/1/events?until=2026-01-01T00:00:00Z") == []


BROKER: dict[str, Any] = {"servers": ["mqtt.example.com:8883"], "topics": ["plant/+/state"], "username": "t"}


def test_a_broker_is_kept_with_its_password_sealed(api: Api) -> None:
    sent = {"name": "Plant", "integrationType": "MQTT", "escalationPolicy": {"id": 1}}
    made = created(api, "/api/alert-sources", {**sent, "broker": {**BROKER, "password": "secret"}})
    path = f"/api/alert-sources/{made['id']}"
    assert made["broker"] == {
        **BROKER,
        "password": "********",
        "tls": True,
        "certificate": "",
        "mechanism": "PLAIN",
        "group": "",
    }

    def kept() -> str:
        with api.cast.db.read() as tx:
            broker = documents.get(tx, SOURCES, made["id"]).broker
        return api.deployment.vault.open(broker.password, PASSWORD_FOR) if broker else ""

    assert kept() == "secret"
    for unchanged in (sent, {**sent, "broker": {**made["broker"], "topics": ["#"]}}):
        assert api.call("PUT", path, json=unchanged).status_code == 200
        assert kept() == "secret"
    elsewhere = {**made["broker"], "servers": ["evil.example.com:1883"]}
    answer = api.call("PUT", path, json={**sent, "broker": elsewhere})
    assert (answer.status_code, kept()) == (400, "secret")
    assert "broker.password" in answer.text
    assert "broker" not in api.call("PUT", path, json={**sent, "broker": {}}).json()


@pytest.mark.parametrize(
    "kind, broker, path",
    [
        ("MQTT", {"servers": ["mqtt.example.com"], "topics": ["a"]}, "broker.servers.0"),
        ("MQTT", {"servers": ["m:70000"], "topics": ["a"]}, "broker.servers.0"),
        ("MQTT", {"servers": ["m:1", "n:1"], "topics": ["a"]}, "broker.servers"),
        ("MQTT", {"servers": ["m:1"], "topics": ["a", "b/#/c"]}, "broker.topics.1"),
        ("MQTT", {"servers": ["m:1"]}, "broker.topics"),
        ("KAFKA", {"servers": ["k:1"], "topics": ["a b"]}, "broker.topics.0"),
        ("KAFKA", {"servers": ["k:1"], "topics": ["a"], "certificate": "x"}, "broker.certificate"),
        ("KAFKA", {"servers": ["k:1"], "topics": ["a"], "mechanism": "GSSAPI"}, "broker.mechanism"),
        ("API", {"servers": ["k:1"], "topics": ["a"]}, "broker.servers"),
    ],
)
def test_a_broker_that_cannot_be_listened_to_is_refused(
    api: Api, kind: str, broker: dict[str, Any], path: str
) -> None:
    body = {"name": "x", "integrationType": kind, "escalationPolicy": {"id": 1}, "broker": broker}
    answer = api.call("POST", "/api/alert-sources", json=body)
    assert answer.status_code == 400
    assert path in answer.text

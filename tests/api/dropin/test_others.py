"""Alertmanager's own API as Prometheus calls it, and Grafana OnCall's addresses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.dropin.conftest import Door

FIRING = {
    "labels": {"alertname": "DiskFull", "instance": "db1", "severity": "page"},
    "annotations": {"summary": "Disk of db1 is full", "runbook_url": "https://wiki.example/disk"},
    "startsAt": "2026-03-02T08:50:00Z",
    "endsAt": "2026-03-02T09:04:00Z",
    "generatorURL": "http://prometheus.example/graph",
}
OVER = {**FIRING, "endsAt": "2026-03-02T08:59:00Z"}


@pytest.fixture
def key(door: Door) -> str:
    return door.api.cast.source.integration_key


def send(door: Door, key: str, *alerts: Any) -> int:
    return door.call("POST", "/api/v2/alerts", json=list(alerts), auth=("tocsin", key)).status_code


def test_prometheus_reports_each_alert_by_its_labels(door: Door, key: str) -> None:
    other = {**FIRING, "labels": {**FIRING["labels"], "instance": "db2"}, "annotations": {}}  # type: ignore[dict-item]
    assert send(door, key, FIRING, other) == 200
    assert send(door, key, FIRING, OVER) == 200
    assert door.alerts() == [
        ("Disk of db1 is full", "RESOLVED"),
        ("DiskFull (instance=db2, severity=page)", "PENDING"),
    ]
    links = door.api.get("/api/alerts/1")["links"]
    assert [link["href"] for link in links] == [
        "https://wiki.example/disk",
        "http://prometheus.example/graph",
    ]


def test_the_key_of_prometheus_comes_by_query_or_authorization(door: Door, key: str) -> None:
    for options in (
        {"params": {"key": key}},
        {"auth": (key, "")},
        {"headers": {"authorization": f"Bearer {key}"}},
    ):
        answer = door.call("POST", "/api/v2/alerts", json=[FIRING], **options)
        assert (answer.status_code, answer.content) == (200, b"")
    assert send(door, "nonsense", FIRING) == 401
    assert send(door, key) == 200


@pytest.mark.parametrize("body", [b"{", b"{}", b"[1]", b'[{"labels":{}}]', b"[" + b"{}," * 1_000 + b"{}]"])
def test_what_is_no_list_of_alerts_is_refused_and_kept(door: Door, key: str, body: bytes) -> None:
    answer = door.call("POST", "/api/v2/alerts", content=body, auth=("x", key))
    assert answer.status_code == 400
    assert isinstance(answer.json(), str)
    assert [e["effect"] for e in door.api.get("/api/alert-sources/1/events")] == ["REJECT"]


def test_oncalls_formatted_webhook(door: Door, key: str) -> None:
    path = f"/integrations/v1/formatted_webhook/{key}/"
    alert = {
        "alert_uid": "a1",
        "title": "Down",
        "message": "It is down",
        "state": "alerting",
        "image_url": "https://x.example/i.png",
        "link_to_upstream_details": "https://x.example",
    }
    answer = door.call("POST", path, json=alert)
    assert (answer.status_code, answer.text) == (200, "Ok.")
    assert door.call("POST", path, json={**alert, "state": "ok"}).status_code == 200
    assert door.alerts() == [("Down", "RESOLVED")]
    assert door.call("POST", path, json={}).status_code == 400
    assert door.call("POST", "/integrations/v1/webhook/nonsense/", json=alert).status_code == 403


def test_oncalls_alertmanager_and_its_heartbeat(door: Door, key: str) -> None:
    group = {
        "status": "firing",
        "groupKey": "g",
        "alerts": [{"status": "firing", "labels": {"alertname": "X"}}],
    }
    assert door.call("POST", f"/integrations/v1/alertmanager/{key}/", json=group).status_code == 200
    assert door.alerts() == [("X", "PENDING")]
    beat = f"/integrations/v1/alertmanager/{key}/heartbeat/"
    assert door.call("POST", beat).status_code == 403
    monitor = {"name": "heartbeat", "intervalSec": 60, "alertSource": {"id": 1}}
    assert door.api.call("POST", "/api/heartbeat-monitors", json=monitor).status_code == 201
    assert door.call("POST", beat).status_code == 200
    assert door.api.get("/api/heartbeat-monitors/1")["state"] == "HEALTHY"

"""Escalation policies."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.fakes import BASE, Api

NIGHT = {
    "name": "Night / EU",
    "escalationRules": [{"user": {"id": 2}, "escalationTimeout": 5}],
    "routingKey": "Night",
}


def test_a_policy_comes_and_goes(api: Api) -> None:
    answer = api.call("POST", "/api/escalation-policies", json={**NIGHT, "repeating": True, "frequency": 3})
    assert answer.status_code == 201
    created = answer.json()
    path = f"/api/escalation-policies/{created['id']}"
    assert answer.headers["location"] == BASE + path
    rule = created["escalationRules"][0]
    assert rule["user"]["username"] == "bo", "both forms, with names"
    assert [user["lastName"] for user in rule["users"]] == ["Ruiz"]
    assert api.get("/api/escalation-policies/name/Night%20%2F%20EU") == created
    changed = api.call("PUT", path, json=NIGHT).json()
    assert changed["repeating"] is False, "absent means false"
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404


def test_both_forms_of_targets_are_read(api: Api) -> None:
    rules = [{"users": [{"id": 2}, {"id": 3}], "user": {"id": 1}, "escalationTimeout": 1}]
    created = api.call(
        "POST", "/api/escalation-policies", json={"name": "x", "escalationRules": rules}
    ).json()
    assert [user["id"] for user in created["escalationRules"][0]["users"]] == [1, 2, 3]
    assert "user" not in created["escalationRules"][0]


@pytest.mark.parametrize(
    "change, field",
    [
        ({"escalationRules": []}, "escalationRules"),
        ({"escalationRules": [{"escalationTimeout": 5}]}, "escalationRules.0"),
        ({"escalationRules": [{"users": [{"id": 99}]}]}, "escalationRules.0.users"),
        ({"escalationRules": [{"schedule": {"id": 1}}]}, "escalationRules.0.schedules"),
        ({"escalationRules": [{"users": [{"id": 1}], "team": {"id": 1}}]}, "escalationRules.0.teams"),
        ({"escalationRules": [{"teams": [{"id": 1}]}]}, "escalationRules.0.teams"),
        ({"lastResort": [{"id": 99}]}, "lastResort"),
        ({"escalationRules": [{"schedules": [{"id": 1}]}]}, "escalationRules.0.schedules"),
        ({"escalationRules": [{"users": [{"id": 2**63}]}]}, "escalationRules.0.users.0.id"),
        ({"name": ""}, "name"),
        ({"frequency": 10}, "frequency"),
        ({"delayMin": 61}, "delayMin"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/escalation-policies", json={**NIGHT, **change})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_stakeholders_are_never_asked(api: Api) -> None:
    watcher = {"id": api.somebody("STAKEHOLDER").id}
    said = "New Stakeholder is a stakeholder: they are never asked"
    wanted = {**NIGHT, "escalationRules": [{"users": [{"id": 1}, watcher]}], "lastResort": [watcher]}
    assert api.call("POST", "/api/escalation-policies", json=wanted).json()["details"] == [
        {"field": "escalationRules.0.users", "message": said},
        {"field": "lastResort", "message": said},
    ]


def test_routing_keys(api: Api) -> None:
    api.call("POST", "/api/escalation-policies", json=NIGHT)
    assert api.get("/api/escalation-policies/resolve?routing-key=none,night")["name"] == "Night / EU"
    assert api.call("GET", "/api/escalation-policies/resolve?routing-key=,").status_code == 404
    assert api.call("POST", "/api/escalation-policies", json={**NIGHT, "name": "y"}).status_code == 409


def test_one_level_is_replaced(api: Api) -> None:
    path = "/api/escalation-policies/1/levels"
    changed = api.call("PUT", f"{path}/1", json={"user": {"id": 2}, "escalationTimeout": 7})
    assert (changed.status_code, changed.json()["user"]["username"]) == (200, "bo")
    assert [r["escalationTimeout"] for r in api.get("/api/escalation-policies/1")["escalationRules"]] == [
        5,
        7,
    ]
    assert api.call("PUT", f"{path}/2", json={"user": {"id": 2}}).status_code == 404


def test_a_used_policy_is_not_deleted(api: Api) -> None:
    answer = api.call("DELETE", "/api/escalation-policies/1")
    assert (answer.status_code, answer.json()["code"]) == (409, "IN_USE")
    assert "alert source 'monitoring'" in answer.json()["message"]


def test_explain(api: Api) -> None:
    said = api.get("/api/escalation-policies/1/explain?at=2026-03-02T10:00:00+01:00&priority=HIGH")
    assert said["at"] == "2026-03-02T09:00:00Z"
    assert [(p["at"], p["user"]) for p in said["pages"][:2]] == [
        ("2026-03-02T09:00:00Z", "Ann Lee"),
        ("2026-03-02T09:05:00Z", "Bo Ruiz"),
    ]
    low = api.get("/api/escalation-policies/1/explain?priority=LOW")
    assert [p["user"] for p in low["pages"]] == ["Ann Lee"]
    by_source = api.get(f"/api/alert-sources/{api.cast.source.integration_key}/explain")
    assert by_source["policy"] == "Default"

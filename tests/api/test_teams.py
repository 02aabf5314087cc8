"""Teams: the resource, who is asked with one, and whose a policy, schedule, source or connection is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.fakes import BASE, Api
from tests.api.test_connections import HOOK
from tests.api.test_policies import NIGHT
from tests.api.test_schedules import WEEKLY

OPS = {"name": "Ops / EU", "members": [{"user": {"id": 3}, "role": "ADMIN"}, {"user": {"id": 2}}]}
SHIFTS = {**WEEKLY, "name": "Weekly"}


def make(api: Api, resource: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = api.call("POST", f"/api/{resource}", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def team(api: Api) -> dict[str, Any]:
    return make(api, "teams", OPS)


def names(things: list[dict[str, Any]]) -> list[str]:
    return [thing["name"] for thing in things]


def test_a_team_comes_and_goes(api: Api) -> None:
    answer = api.call("POST", "/api/v1/teams", json=OPS)
    created = answer.json()
    path = f"/api/teams/{created['id']}"
    assert (answer.status_code, answer.headers["location"]) == (201, f"{BASE}/api/v1/teams/{created['id']}")
    assert [(m["user"]["username"], m["role"]) for m in created["members"]] == [
        ("bo", "RESPONDER"),
        ("chi", "ADMIN"),
    ]
    assert created["visibility"] == "PUBLIC"
    assert {"createdAt", "updatedAt"} <= set(created)
    assert api.get("/api/teams/name/Ops%20%2F%20EU") == api.get(path) == created
    changed = api.call("PUT", path, json={"name": "Ops"}).json()
    assert (changed["name"], changed["members"]) == ("Ops", [])
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404
    assert api.get("/api/teams") == []


def test_members_join_change_and_leave(api: Api, team: dict[str, Any]) -> None:
    path = f"/api/teams/{team['id']}"
    joined = api.call("POST", f"{path}/members", json={"user": {"id": 1}, "role": "USER"})
    assert (joined.status_code, joined.json()["user"]["id"], joined.json()["role"]) == (200, 1, "USER")
    api.call("POST", f"{path}/members", json={"user": {"id": 2}, "role": "STAKEHOLDER"})
    assert [(m["user"]["id"], m["role"]) for m in api.get(path)["members"]] == [
        (1, "USER"),
        (2, "STAKEHOLDER"),
        (3, "ADMIN"),
    ]
    assert api.call("DELETE", f"{path}/members/1").status_code == 204
    assert api.call("DELETE", f"{path}/members/1").status_code == 404
    make(api, "teams", {"name": "Others"})
    assert names(api.get("/api/teams?members=2")) == ["Ops / EU"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"visibility": "PRIVATE"}, "visibility"),
        ({"members": [{"user": {"id": 1}}, {"user": {"id": 99}}]}, "members.1.user.id"),
        ({"members": [{"user": {"id": 1}}, {"user": {"id": 1}}]}, "members.1.user.id"),
        ({"members": [{"user": {"id": 1}, "role": "OWNER"}]}, "members.0.role"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/teams", json={**OPS, **change})
    assert (answer.status_code, [d["field"] for d in answer.json()["details"]]) == (400, [field])


def test_only_administrators_change_teams(api: Api, team: dict[str, Any]) -> None:
    user = api.somebody("USER")
    path = f"/api/teams/{team['id']}"
    assert api.get(path, user)["name"] == "Ops / EU"
    for method, where, body in (
        ("POST", "/api/teams", OPS),
        ("PUT", path, OPS),
        ("POST", f"{path}/members", {"user": {"id": 1}}),
        ("DELETE", f"{path}/members/2", None),
        ("DELETE", path, None),
    ):
        assert api.call(method, where, user, json=body).status_code == 403, (method, where)


def test_a_policy_asks_a_team(api: Api, team: dict[str, Any]) -> None:
    rules = [{"team": {"id": team["id"]}, "escalationTimeout": 5}]
    policy = make(api, "escalation-policies", {**NIGHT, "escalationRules": rules})
    named = {"id": team["id"], "name": "Ops / EU"}
    assert (policy["escalationRules"][0]["team"], policy["escalationRules"][0]["teams"]) == (named, [named])
    path = f"/api/escalation-policies/{policy['id']}"
    assert [(p["userId"], p["team"]) for p in api.get(f"{path}/explain")["pages"]] == [
        (2, "Ops / EU"),
        (3, "Ops / EU"),
    ]
    on_call = api.get(f"/api/on-calls?policies={policy['id']}")
    assert [duty["user"]["id"] for duty in on_call] == [2, 3]
    assert api.get(f"{path}/coverage")["uncovered"] == []
    assert [user["userId"] for user in api.get(f"{path}/readiness")["users"]] == [2, 3]
    refused = api.call("DELETE", f"/api/teams/{team['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert "escalation policy 'Night / EU'" in refused.json()["message"]
    api.call("DELETE", path)
    assert api.call("DELETE", f"/api/teams/{team['id']}").status_code == 204


def test_an_incident_asks_the_members_of_the_moment_and_who_is_deleted_has_left(
    api: Api, team: dict[str, Any]
) -> None:
    gone = api.somebody("USER")
    api.call("POST", f"/api/teams/{team['id']}/members", json={"user": {"id": gone.id}})
    rules = [{"teams": [{"id": team["id"]}], "escalationTimeout": 5}]
    policy = make(api, "escalation-policies", {"name": "Team", "escalationRules": rules})
    assert api.call("DELETE", f"/api/users/{gone.id}").status_code == 204
    assert [m["user"]["id"] for m in api.get(f"/api/teams/{team['id']}")["members"]] == [2, 3]
    pages = api.get(f"/api/escalation-policies/{policy['id']}/explain")["pages"]
    assert [page["userId"] for page in pages] == [2, 3]


@pytest.mark.parametrize(
    ("resource", "body"),
    [
        ("escalation-policies", NIGHT),
        ("schedules", SHIFTS),
        ("alert-sources", {"name": "Api", "integrationType": "API", "escalationPolicy": {"id": 1}}),
        ("alert-actions", HOOK),
    ],
)
def test_things_belong_to_teams(api: Api, team: dict[str, Any], resource: str, body: dict[str, Any]) -> None:
    other = make(api, "teams", {"name": "Others", "members": [{"user": {"id": 1}}]})
    ours, both = {"id": team["id"], "name": "Ops / EU"}, [{"id": other["id"]}, {"id": team["id"]}]
    before = names(api.get(f"/api/{resource}"))
    thing = make(api, resource, {**body, "teams": both})
    path = f"/api/{resource}/{thing['id']}"
    assert thing["teams"] == [ours, {"id": other["id"], "name": "Others"}], "sorted by id"
    assert api.call("PUT", path, json=body).json()["teams"] == thing["teams"], "left out: unchanged"
    assert api.call("PUT", path, json={**body, "teams": [ours]}).json()["teams"] == [ours]
    for header, shown in (("0", [*before, thing["name"]]), ("-1", []), (str(team["id"]), [thing["name"]])):
        for name in ("team-context", "x-team-context"):
            assert names(api.get(f"/api/{resource}", headers={name: header})) == shown
    assert api.call("GET", f"/api/{resource}", headers={"team-context": "99"}).status_code == 404
    refused = api.call("DELETE", f"/api/teams/{team['id']}")
    assert (refused.status_code, thing["name"] in refused.json()["message"]) == (409, True)
    assert api.call("PUT", path, json={**body, "teams": []}).json()["teams"] == []
    wrong = api.call("PUT", path, json={**body, "teams": [ours, {"id": 99}]})
    assert (wrong.status_code, wrong.json()["details"][0]["field"]) == (400, "teams.1.id")
    api.call("PUT", path, json={**body, "teams": [ours]})
    assert api.call("DELETE", path).status_code == 204
    assert api.call("DELETE", f"/api/teams/{team['id']}").status_code == 204, "what is deleted is nobody's"

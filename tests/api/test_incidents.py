"""Incidents: lists, answers, creation by hand, history."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.fakes import BASE, Api
from tocsin.core.incidents import Fire
from tocsin.store import decisions
from tocsin.store.tables import notifications


def fire(api: Api, number: int) -> None:
    """What the engine does when the escalation is due."""
    with api.cast.db.write() as tx:
        decisions.perform(tx, number, Fire())


def told(api: Api, number: int) -> set[tuple[str, str]]:
    """(address, state) of the pages of an incident."""
    with api.cast.db.read() as tx:
        rows = tx.all(sa.select(notifications).where(notifications.c.incident_id == number))
    return {(row.target.partition("@")[0], row.state) for row in rows}


@pytest.fixture
def three(api: Api) -> tuple[int, int, int]:
    """A pending, an accepted (by Bo) and a resolved incident."""
    numbers = (api.cast.alert("a", "a"), api.cast.alert("b", "b"), api.cast.alert("c", "c"))
    assert api.call("PUT", f"/api/alerts/{numbers[1]}/accept", api.cast.bo).status_code == 200
    assert api.call("PUT", f"/api/alerts/{numbers[2]}/resolve").status_code == 200
    return numbers


@pytest.mark.parametrize(
    "query, found",
    [
        ("", "cba"),
        ("states=PENDING", "a"),
        ("state=PENDING&states=ACCEPTED", "ba"),
        ("state=NEW", "a"),
        ("sources=1", "cba"),
        ("alert-source=99", ""),
        ("policies=1&states=RESOLVED", "c"),
        ("policies=99", ""),
        ("responders=bo", "b"),
        ("assigned-to=2", "b"),
        ("assigned-to=nobody", ""),
        ("responders=99999999999999999999", ""),
        ("from=2026-03-02T08:00:00Z", "cba"),
        ("from=2026-03-02T11:00:00%2B02:00&until=2026-03-02T11:00:00+02:00", ""),
        ("until=2026-03-02T08:00:00Z", ""),
        ("max-results=2", "cb"),
        ("max-results=2&start-index=2", "a"),
    ],
)
def test_lists(api: Api, three: tuple[int, int, int], query: str, found: str) -> None:
    for path in ("/api/alerts", "/api/v1/incidents"):
        assert "".join(i["summary"] for i in api.get(f"{path}?{query}")) == found
        if "max-results" not in query:
            assert api.get(f"{path}/count?{query}") == {"count": len(found)}


@pytest.mark.parametrize(
    "query", ["states=OPEN", "sources=x", f"sources={2**63}", "include=all", "max-results=0"]
)
def test_a_filter_that_means_nothing_is_refused(api: Api, query: str) -> None:
    assert api.call("GET", f"/api/alerts?{query}").status_code == 400


def test_an_unchanged_list_is_not_sent_again(api: Api) -> None:
    number = api.cast.alert()
    first = api.call("GET", "/api/alerts", headers={"if-none-match": "0"})
    assert first.status_code == 200
    again = api.call("GET", "/api/alerts", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (
        api.call("GET", "/api/v1/incidents", headers={"if-none-match": first.headers["etag"]}).status_code
        == 200
    )
    api.call("PUT", f"/api/alerts/{number}/accept")
    assert api.call("GET", "/api/alerts", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_one_incident_with_what_comes_next(api: Api) -> None:
    number = api.cast.alert()
    fire(api, number)
    shown = api.get(f"/api/v1/incidents/{number}")
    assert shown["assignedTo"]["username"] == "ann"
    assert [r["status"] for r in shown["responders"]] == ["PENDING"]
    assert shown["nextEscalation"] == "2026-03-02T09:05:00Z"
    assert shown["nextEscalationRuleIndex"] == 1
    assert "level 2 (Bo Ruiz, Chi Wu)" in shown["nextStep"]
    assert not {"nextEscalationUser", "escalationRules", "customDetails", "resolvedOn"} & set(shown)
    more = api.get(f"/api/alerts/{number}?include=escalationRules&include=nextEscalationUser&lang=de")
    assert more["nextEscalationUser"]["username"] == "bo"
    assert [len(rule["users"]) for rule in more["escalationRules"]] == [1, 2]
    assert "Stufe 2" in more["nextStep"]


def test_custom_details_are_shown_when_asked_for_and_in_v1(api: Api) -> None:
    api.cast.event('{"eventType":"ALERT","summary":"x","customDetails":{"incidentKey":{"a":[1]}}}')
    assert "customDetails" not in api.get("/api/alerts/1")
    assert api.get("/api/alerts/1?include=customDetails")["customDetails"] == {"incidentKey": {"a": [1]}}
    assert api.get("/api/v1/incidents/1")["customDetails"] == {"incidentKey": {"a": [1]}}


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_answers_may_be_given_twice(api: Api, method: str) -> None:
    number = api.cast.alert()
    fire(api, number)
    for _ in range(2):
        accepted = api.call(method, f"/api/v1/incidents/{number}/accept", api.cast.bo)
        assert (accepted.status_code, accepted.json()["acknowledgedBy"]["username"]) == (200, "bo")
    assert told(api, number) == {("ann", "CANCELLED")}
    for _ in range(2):
        resolved = api.call(method, f"/api/alerts/{number}/resolve")
        assert (resolved.status_code, resolved.json()["resolvedByType"]) == (200, "USER")
    late = api.call(method, f"/api/alerts/{number}/accept")
    assert (late.status_code, late.json()["code"]) == (400, "ALREADY_RESOLVED")


@pytest.mark.parametrize("query", ["user-id=3", "user=3", "user-id=chi", "user=chi"])
def test_assign_to_a_user(api: Api, query: str) -> None:
    number = api.cast.alert()
    fire(api, number)
    answer = api.call("PUT", f"/api/alerts/{number}/assign?{query}")
    assert (answer.status_code, answer.json()["assignedTo"]["username"]) == (200, "chi")
    assert told(api, number) == {("ann", "CANCELLED"), ("chi", "SCHEDULED")}


def test_assign_to_a_policy(api: Api) -> None:
    number = api.cast.alert()
    other = api.cast.policy_of((api.cast.chi,))
    for query in (f"policy={other.id}", f"policy-id={other.id}"):
        answer = api.call("PUT", f"/api/v1/incidents/{number}/assign?{query}")
        assert (answer.status_code, answer.json()["escalationPolicy"]["name"]) == (200, "Other")


@pytest.mark.parametrize("query", ["", "schedule-id=1", "user=nobody", "user=99", "policy=99", "policy=x"])
def test_an_assignment_to_nothing_is_refused(api: Api, query: str) -> None:
    assert api.call("PUT", f"/api/alerts/{api.cast.alert()}/assign?{query}").status_code == 400


def test_escalate(api: Api) -> None:
    number = api.cast.alert()
    fire(api, number)
    assert api.call("PUT", f"/api/alerts/{number}/escalate").status_code == 200
    assert told(api, number) == {("ann", "CANCELLED"), ("bo", "SCHEDULED"), ("chi", "SCHEDULED")}
    assert api.call("PUT", f"/api/alerts/{number}/escalate?level=0").status_code == 200
    refused = api.call("PUT", f"/api/alerts/{number}/escalate?level=2")
    assert (refused.status_code, refused.json()["code"]) == (400, "NO_SUCH_LEVEL")


def test_raise(api: Api) -> None:
    body = {"summary": "x", "alertSource": {"id": 1}, "priority": "LOW"}
    number = api.call("POST", "/api/alerts", json=body).json()["id"]
    assert api.call("PUT", f"/api/alerts/{number}/raise").json()["priority"] == "HIGH"
    again = api.call("PUT", f"/api/alerts/{number}/raise")
    assert (again.status_code, again.json()["code"]) == (400, "ALREADY_HIGH")


def test_by_hand_it_climbs_the_policy_of_its_source(api: Api) -> None:
    body = {
        "summary": "Smoke",
        "details": "in *room* 4",
        "alertSource": {"id": 1},
        "links": [{"href": "https://x"}],
    }
    answer = api.call("POST", "/api/alerts", api.cast.bo, json=body)
    assert answer.status_code == 201
    created = answer.json()
    assert answer.headers["location"] == f"{BASE}/api/alerts/{created['id']}"
    assert (created["summary"], created["escalationPolicy"]["name"]) == ("Smoke", "Default")
    assert len(created["alertKey"]) == 12
    fire(api, created["id"])
    assert told(api, created["id"]) == {("ann", "SCHEDULED")}
    assert api.get(f"/api/alerts/{created['id']}/log-entries")[-1]["text"] == "Created by Bo Ruiz"


@pytest.mark.parametrize(
    "change, addresses",
    [
        ({"assignedTo": {"id": 3}}, {"chi"}),
        ({"responders": [{"user": {"id": 2}}, {"user": {"id": 3}}]}, {"bo", "chi"}),
        ({"assignedTo": {"id": 2}, "responders": [{"user": {"id": 2}}]}, {"bo"}),
    ],
)
def test_by_hand_to_these_people_and_nobody_else(
    api: Api, change: dict[str, Any], addresses: set[str]
) -> None:
    body = {"summary": "Smoke", "alertSource": {"id": 1}, **change}
    created = api.call("POST", "/api/v1/incidents", json=body).json()
    assert told(api, created["id"]) == {(address, "SCHEDULED") for address in addresses}
    assert {r["user"]["username"] for r in created["responders"]} == addresses
    assert "nextEscalation" not in created


@pytest.mark.parametrize(
    "change, field",
    [
        ({"alertSource": {"id": 99}}, "alertSource.id"),
        ({"escalationPolicy": {"id": 99}}, "escalationPolicy.id"),
        ({"responders": [{"user": {"id": 99}}]}, "responders.0.user.id"),
        ({"assignedTo": {"id": 99}}, "assignedTo.id"),
        ({"summary": ""}, "summary"),
        ({"priority": "URGENT"}, "priority"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/alerts", json={"summary": "x", "alertSource": {"id": 1}, **change})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_one_more_responder(api: Api) -> None:
    number = api.cast.alert()
    fire(api, number)
    added = api.call("POST", f"/api/alerts/{number}/responders", json={"user": {"id": 3}})
    assert added.status_code == 201
    assert told(api, number) == {("ann", "SCHEDULED"), ("chi", "SCHEDULED")}
    again = api.call("POST", f"/api/alerts/{number}/responders", json={"user": {"id": 3}})
    assert again.status_code == 405


def test_comments_and_the_timeline(api: Api) -> None:
    number = api.cast.alert()
    fire(api, number)
    said = api.call("POST", f"/api/alerts/{number}/comments", api.cast.bo, json={"content": "on it"})
    assert (said.status_code, said.json()["creator"]["username"]) == (201, "bo")
    api.call("PUT", f"/api/alerts/{number}/accept", api.cast.bo)
    entries = api.get(f"/api/alerts/{number}/log-entries")
    assert [(entry["logEntryType"], entry["text"]) for entry in entries] == [
        ("UserResponseLogEntry", "Accepted by Bo Ruiz"),
        ("CommentAddedLogEntry", "Bo Ruiz commented: on it"),
        ("AlertAssignedBySystemLogEntry", "Level 1: assigned to Ann Lee"),
        ("AlertReceivedLogEntry", "Event received: Disk full"),
    ]
    assert all(entry["alertId"] == number and "vars" not in entry for entry in entries)
    german = api.get(f"/api/v1/incidents/{number}/log-entries?lng=de&include=vars&max-results=3")
    assert [entry["text"] for entry in german] == [
        "Übernommen von Bo Ruiz",
        "Bo Ruiz schrieb: on it",
        "Stufe 1: zugewiesen an Ann Lee",
    ]
    assert german[2]["logEntryType"] == "IncidentAssignedBySystemLogEntry"
    assert german[2]["vars"] == {"level": 1, "cycle": 1, "users": [1]}


def test_the_page_ledger(api: Api) -> None:
    number = api.cast.alert()
    fire(api, number)
    (page,) = api.get(f"/api/alerts/{number}/notifications")
    assert page["user"] == {"id": 1, "firstname": "Ann", "lastname": "Lee"}
    assert (page["status"], page["state"], page["purpose"], page["level"]) == (
        "SCHEDULED",
        "SCHEDULED",
        "ALERT",
        1,
    )
    assert (page["method"], page["target"], page["alertId"]) == ("EMAIL", "ann@example.org", number)
    assert page["attempts"] == []


def test_who_could_be_asked(api: Api) -> None:
    number = api.cast.alert()
    api.somebody("STAKEHOLDER")
    fire(api, number)
    suggested = api.get(f"/api/v1/incidents/{number}/responder?lng=de")
    assert suggested == api.get(f"/api/alerts/{number}/suggested-responders")
    assert [(s["group"], s["name"], s["disabled"]) for s in suggested] == [
        ("USER", "Ann Lee", True),
        ("USER", "Bo Ruiz", False),
        ("USER", "Chi Wu", False),
        ("ESCALATION_POLICY", "Default", True),
    ]
    assert api.get(f"/api/alerts/{number}/actions") == []


@pytest.mark.parametrize("tail", ["", "/log-entries", "/notifications", "/actions", "/suggested-responders"])
def test_what_is_not_there(api: Api, tail: str) -> None:
    assert api.call("GET", f"/api/alerts/99{tail}").status_code == 404


def test_subscribers_are_added_listed_and_taken_out(api: Api) -> None:
    number, watcher = api.cast.alert(), api.somebody("STAKEHOLDER")
    path = f"/api/alerts/{number}/private-subscribers"
    assert api.get(path) == []
    wanted = [{"id": watcher.id, "type": "USER", "name": "whoever"}, {"id": api.cast.bo.id}]
    assert api.call("POST", path, json=wanted).status_code == 204
    shown = [{"id": u.id, "name": u.name, "type": "USER"} for u in (api.cast.bo, watcher)]
    assert api.get(path) == api.get(path.replace("/api/alerts", "/api/v1/incidents")) == shown
    assert api.get(f"/api/alerts/{number}?include=subscribed", api.cast.bo)["subscribed"] is True
    assert api.get(f"/api/alerts/{number}?include=subscribed", api.cast.chi)["subscribed"] is False
    body = {"content": "soon", "notifySubscribers": True}
    assert api.call("POST", f"/api/alerts/{number}/comments", json=body).status_code == 201
    notes = api.get(f"/api/alerts/{number}/notifications")
    assert {n["purpose"] for n in notes} == {"SUBSCRIPTION"}
    assert sorted(n["user"]["id"] for n in notes) == [*[api.cast.bo.id] * 2, *[watcher.id] * 2]
    assert api.call("DELETE", f"{path}/{api.cast.bo.id}", watcher).status_code == 403
    assert api.call("DELETE", f"{path}/{watcher.id}?subscriber-type=USER", watcher).status_code == 204
    assert [s["id"] for s in api.get(path)] == [api.cast.bo.id]


@pytest.mark.parametrize(
    "body, field",
    [
        ([], ""),
        ([{"id": 99, "type": "TEAM"}], "0.id"),
        ([{"id": 1}, {"id": 99}], "1.id"),
        ([{"id": "GUEST"}], "0.id"),
        ([{"type": "USER"}], "0.id"),
        ({"id": 1}, ""),
    ],
)
def test_whoever_cannot_be_subscribed_is_named(api: Api, body: Any, field: str) -> None:
    number = api.cast.alert()
    if body == [{"id": "GUEST"}]:
        body = [{"id": api.somebody("GUEST").id}]
    path = f"/api/alerts/{number}/private-subscribers"
    answer = api.call("POST", path, json=body)
    assert (answer.status_code, api.get(path)) == (400, [])
    assert field in [detail["field"] for detail in answer.json()["details"]] or not field


def test_a_stakeholder_sees_what_they_are_subscribed_to_and_nothing_else(api: Api) -> None:
    mine, other = api.cast.alert("a", "a"), api.cast.alert("b", "b")
    watcher = api.somebody("STAKEHOLDER")
    assert api.get("/api/alerts", watcher) == []
    api.call("POST", f"/api/alerts/{mine}/private-subscribers", json=[{"id": watcher.id}])
    assert [a["id"] for a in api.get("/api/alerts", watcher)] == [mine]
    assert api.get("/api/alerts/count", watcher) == {"count": 1}
    assert api.get(f"/api/alerts/{mine}", watcher)["summary"] == "a"
    refused = (f"/api/alerts/{other}", "/api/alerts/99", f"/api/alerts/{mine}/notifications")
    assert [api.call("GET", path, watcher).status_code for path in refused] == [403, 403, 403]
    assert api.call("PUT", f"/api/alerts/{mine}/accept", watcher).status_code == 403


def test_a_team_is_subscribed_by_its_present_members(api: Api) -> None:
    number, guest = api.cast.alert(), api.somebody("GUEST")
    members = [{"user": {"id": user.id}} for user in (api.cast.bo, api.cast.chi, guest)]
    made = api.call("POST", "/api/teams", json={"name": "Support", "members": members}).json()
    path = f"/api/alerts/{number}/private-subscribers"
    assert api.call("POST", path, json=[{"id": made["id"], "type": "TEAM"}]).status_code == 204
    assert [s["id"] for s in api.get(path)] == [api.cast.bo.id, api.cast.chi.id]
    # Whoever leaves by themselves has left, whatever their team.
    assert api.call("DELETE", f"{path}/{api.cast.bo.id}", api.cast.bo).status_code == 204
    assert [s["id"] for s in api.get(path)] == [api.cast.chi.id]
    team = f"{path}/{made['id']}?subscriber-type=TEAM"
    assert api.call("DELETE", team, api.somebody("STAKEHOLDER", "w@example.com")).status_code == 403
    assert api.call("DELETE", team).status_code == 204
    assert api.get(path) == []

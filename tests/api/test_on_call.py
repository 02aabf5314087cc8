"""Who is on call, and who takes over. The clock shows Monday 2 March 2026, 09:00 UTC; Bo has the first week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.fakes import Api
from tests.api.test_schedules import WEEKLY, create
from tocsin.core.people import Person
from tocsin.kit.clock import ManualClock


@pytest.fixture
def path(api: Api) -> str:
    return f"/api/schedules/{create(api)['id']}"


def stretch(user: int | Person, start: str, end: str) -> dict[str, Any]:
    number = user if isinstance(user, int) else user.id
    return {"user": {"id": number}, "start": f"2026-03-{start}:00Z", "end": f"2026-03-{end}:00Z"}


def told(api: Api, person: Person) -> list[str]:
    """Headlines of messages that wait for a person."""
    with api.cast.db.read() as tx:
        from tocsin.store.tables import notifications as n  # noqa: PLC0415

        rows = tx.all(n.select().where(n.c.user_id == person.id, n.c.incident_id.is_(None)).order_by(n.c.id))
        return [row.content["headline"] for row in rows]


def test_shifts_of_a_window(api: Api, path: str) -> None:
    everything = api.get(f"{path}/shifts")
    assert everything[0]["start"] == "2026-03-02T08:00:00Z", "from the start of last month, for three months"
    assert everything[-1]["start"] == "2026-04-27T07:00:00Z", "hands over at 09:00 in Berlin, all year"
    assert everything[0]["user"]["email"] == "bo@example.org", "a whole user"
    instant = "from=2026-03-09T08:00:00Z&until=2026-03-09T08:00:00Z"
    assert [s["user"]["id"] for s in api.get(f"/api/v1{path[4:]}/shifts?{instant}")] == [3]
    for wrong in (
        "from=2026-03-09T08:00:00Z&until=2026-03-08T08:00:00Z",
        "from=1999-01-01T00:00:00Z&until=2026-03-08T08:00:00Z",
    ):
        assert api.call("GET", f"{path}/shifts?{wrong}").status_code == 400


def test_an_override_replaces_part_of_a_shift(api: Api, path: str) -> None:
    for method, user in (("PUT", 1), ("POST", 3)):
        answer = api.call(method, f"{path}/overrides", json=stretch(user, "03T00:00", "03T12:00"))
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"id": 1, "name": "Night / EU", "type": "RECURRING"}
    window = "from=2026-03-02T10:00:00Z&until=2026-03-03T20:00:00Z"
    assert [(s["user"]["id"], s["start"]) for s in api.get(f"{path}/shifts?{window}")] == [
        (2, "2026-03-02T08:00:00Z"),
        (3, "2026-03-03T00:00:00Z"),
        (2, "2026-03-03T12:00:00Z"),
    ], "the later override holds"
    (before,) = api.get(f"{path}/shifts?from=2026-03-02T10:00:00Z&until=2026-03-02T11:00:00Z")
    assert before["end"] == "2026-03-03T00:00:00Z", "also where the window ends before the override begins"
    assert len(api.get(f"{path}/shifts?{window}&exclude-overrides=true")) == 1
    first, second = api.get(f"{path}/overrides")
    assert api.call("DELETE", f"{path}/overrides/{second['id']}").status_code == 204
    assert [s["user"]["id"] for s in api.get(f"{path}/shifts?{window}")] == [2, 1, 2]
    assert api.get(f"{path}/overrides") == [first]


def test_who_is_on_call_now_is_until_somebody_takes_over(api: Api, path: str) -> None:
    assert api.call("PUT", f"{path}/overrides", json=stretch(1, "03T00:00", "03T12:00")).status_code == 200
    (duty,) = api.get(f"/api/on-calls?schedules={path.rpartition('/')[2]}")
    assert (duty["user"]["id"], duty["start"], duty["end"]) == (
        2,
        "2026-03-02T08:00:00Z",
        "2026-03-03T00:00:00Z",
    )


def test_an_override_cannot_reach_into_the_past(api: Api, path: str, clock: ManualClock) -> None:
    over = api.call("PUT", f"{path}/overrides", json=stretch(3, "01T00:00", "02T08:00"))
    assert (over.status_code, over.json()["details"][0]["field"]) == (400, "end")
    api.call("PUT", f"{path}/overrides", json=stretch(3, "01T00:00", "02T12:00"))
    entered = api.get(f"{path}/overrides")[0]
    assert entered["start"] == "2026-03-02T09:00:00Z"
    clock.advance(timedelta(hours=1))
    assert api.call("DELETE", f"{path}/overrides/{entered['id']}").status_code == 204
    shifts = api.get(f"{path}/shifts?from=2026-03-02T08:00:00Z&until=2026-03-02T13:00:00Z")
    assert [(s["user"]["id"], s["end"]) for s in shifts] == [
        (2, "2026-03-02T09:00:00Z"),
        (3, "2026-03-02T10:00:00Z"),
        (2, "2026-03-09T08:00:00Z"),
    ], "what has been stays"
    assert api.call("DELETE", f"{path}/overrides/{entered['id']}").status_code == 409


def test_responders_enter_only_themselves(api: Api, path: str) -> None:
    responder = api.somebody("RESPONDER")
    other = stretch(3, "03T00:00", "03T12:00")
    assert api.call("PUT", f"{path}/overrides", responder, json=other).status_code == 403
    mine = stretch(responder, "03T00:00", "03T12:00")
    assert api.call("PUT", f"{path}/overrides", responder, json=mine).status_code == 200
    api.call("PUT", f"{path}/overrides", json=other)
    own, theirs = api.get(f"{path}/overrides")
    assert api.call("DELETE", f"{path}/overrides/{theirs['id']}", responder).status_code == 403
    assert api.call("DELETE", f"{path}/overrides/{own['id']}", responder).status_code == 204
    assert api.call("PUT", f"{path}/overrides", json=stretch(99, "03T00:00", "03T12:00")).status_code == 400


def test_taking_on_call(api: Api, path: str) -> None:
    taken = api.call("POST", f"{path}/take-on-call", api.cast.chi, json={"hours": 3})
    assert (taken.status_code, taken.json()["end"]) == (201, "2026-03-02T12:00:00Z")
    assert api.get(f"{path}/user-on-call")["user"]["id"] == 3
    until = {"until": "2026-03-02T11:00:00Z"}
    assert api.call("POST", f"{path}/take-on-call", json=until).json()["user"]["id"] == 1
    for wrong in ({}, {"hours": 3, **until}, {"hours": 0}, {"until": "2026-03-02T08:00:00Z"}):
        assert api.call("POST", f"{path}/take-on-call", json=wrong).status_code == 400


def test_whoever_is_absent_all_that_time_is_not_taken_on(api: Api, path: str) -> None:
    away = {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T13:00:00Z"}
    assert api.call("POST", "/api/users/3/absences", json=away).status_code == 201
    refused = api.call("POST", f"{path}/take-on-call", api.cast.chi, json={"hours": 3})
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (400, "user.id")
    assert "absent all that time" in refused.json()["message"]
    assert api.call("POST", f"{path}/take-on-call", api.cast.chi, json={"hours": 5}).status_code == 201
    assert api.get(f"{path}/user-on-call")["user"]["id"] == 2, "until who takes over is there"


def test_nobody_on_call_is_204(api: Api) -> None:
    later = create(api, scheduleLayers=[{**WEEKLY["scheduleLayers"][0], "startsOn": "2026-04-01T08:00:00Z"}])
    answer = api.call("GET", f"/api/schedules/{later['id']}/user-on-call")
    assert (answer.status_code, answer.content) == (204, b"")


def test_who_is_away_is_passed_over(api: Api, path: str) -> None:
    away = {"start": "2026-03-02T00:00:00Z", "end": "2026-03-03T00:00:00Z", "reason": "Vacation"}
    entered = api.call("POST", "/api/users/bo/absences", json=away)
    assert entered.status_code == 201
    assert entered.json() == {**away, "start": "2026-03-02T09:00:00Z", "id": 1}
    assert api.call("GET", f"{path}/user-on-call").status_code == 204
    rules = [{"schedules": [{"id": 1}], "escalationTimeout": 5}, {"users": [{"id": 2}, {"id": 3}]}]
    made = api.call("POST", "/api/escalation-policies", json={"name": "P", "escalationRules": rules}).json()
    said = api.get(f"/api/escalation-policies/{made['id']}/explain")
    assert {page["user"] for page in said["pages"]} == {"Chi Wu"}
    assert "ABSENT" in {silence["reason"].split()[0] for silence in said["silences"]}
    one = "/api/users/2/absences/1"
    moved = api.call("PUT", one, json={**away, "end": "2026-03-02T12:00:00Z"}).json()
    assert [a["id"] for a in api.get("/api/users/2/absences")] == [moved["id"]]
    assert api.call("GET", "/api/users/2/absences/99").status_code == 404
    assert api.call("POST", "/api/users/2/absences", api.cast.chi, json=away).status_code == 403
    assert api.call("DELETE", f"/api/users/2/absences/{moved['id']}", api.cast.bo).status_code == 204
    assert api.get(f"{path}/user-on-call")["user"]["id"] == 2


def test_somebody_takes_all_shifts_of_a_user(api: Api, path: str) -> None:
    create(api, name="Other")
    wanted = stretch(3, "03T00:00", "04T00:00")
    entered = api.call("POST", "/api/users/2/override-shifts", json=wanted)
    assert entered.status_code == 201
    assert [s["schedule"]["name"] for s in entered.json()] == ["Night / EU", "Other"]
    mine = api.get("/api/users/bo/shifts?from=2026-03-03T01:00:00Z&until=2026-03-04T10:00:00Z")
    assert {(s["schedule"]["name"], s["start"]) for s in mine if "schedule" in s} == {
        ("Night / EU", "2026-03-04T00:00:00Z"),
        ("Other", "2026-03-04T00:00:00Z"),
    }
    assert [s["escalationPolicy"]["name"] for s in mine if "escalationPolicy" in s] == ["Default"]
    responder = api.somebody("RESPONDER")
    assert api.call("POST", "/api/users/2/override-shifts", responder, json=wanted).status_code == 403
    nothing = stretch(1, "03T00:00", "03T12:00")
    assert api.call("POST", "/api/users/2/override-shifts", json=nothing).status_code == 400


def test_a_request_is_answered_and_each_side_told(api: Api, path: str) -> None:
    bo, chi = api.cast.bo, api.cast.chi
    part = {"scheduleId": 1, "start": "2026-03-03T00:00:00Z", "end": "2026-03-03T12:00:00Z"}
    back = {"scheduleId": 1, "start": "2026-03-10T00:00:00Z", "end": "2026-03-10T12:00:00Z"}
    wanted = {"colleague": {"id": chi.id}, "shifts": [part], "inReturn": [back], "message": "Concert!"}
    asked = api.call("POST", "/api/shift-requests", bo, json=wanted)
    assert asked.status_code == 201, asked.text
    assert told(api, chi) == ["Bo Ruiz asks you to take shifts"]
    one = f"/api/shift-requests/{asked.json()['id']}"
    assert api.call("GET", one).status_code == 404, "nobody else's business"
    assert api.call("PUT", f"{one}/accept", bo).json()["code"] == "NOT_YOURS"
    accepted = api.call("PUT", f"{one}/accept", chi)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "ACCEPTED")
    assert told(api, bo) == ["Chi Wu takes your shifts"]
    assert api.call("PUT", f"{one}/cancel", bo).json()["code"] == "ALREADY_ANSWERED"
    shifts = api.get(f"{path}/shifts?from=2026-03-03T00:00:00Z&until=2026-03-10T13:00:00Z")
    assert [(s["user"]["id"], s["start"][8:13]) for s in shifts] == [
        (3, "03T00"),
        (2, "03T12"),
        (3, "09T08"),
        (2, "10T00"),
        (3, "10T12"),
    ]
    assert [r["state"] for r in api.get("/api/shift-requests", bo)] == ["ACCEPTED"]


@pytest.mark.parametrize(
    "verb, by, told_to, headline",
    [
        ("decline", "chi", "bo", "Chi Wu does not take your shifts"),
        ("cancel", "bo", "chi", "Bo Ruiz no longer asks you to take shifts"),
    ],
)
def test_a_request_may_come_to_nothing(
    api: Api, path: str, clock: ManualClock, verb: str, by: str, told_to: str, headline: str
) -> None:
    part = {"scheduleId": 1, "start": "2026-03-03T00:00:00Z", "end": "2026-03-03T12:00:00Z"}
    wanted = {"colleague": {"id": 3}, "shifts": [part]}
    api.call("POST", "/api/shift-requests", api.cast.bo, json=wanted)
    assert api.call("POST", f"/api/shift-requests/1/{verb}", getattr(api.cast, by)).status_code == 200
    assert told(api, getattr(api.cast, told_to))[-1] == headline
    assert api.get(f"{path}/overrides") == []
    clock.advance(timedelta(hours=25))
    assert api.get("/api/shift-requests", api.cast.bo) == []


def test_on_calls(api: Api, path: str) -> None:
    rules = [{"schedules": [{"id": 1}], "escalationTimeout": 5}, {"users": [{"id": 1}]}]
    api.call("POST", "/api/escalation-policies", json={"name": "P", "escalationRules": rules})
    found = api.get("/api/on-calls?policies=2")
    assert [(o["user"]["id"], o["escalationLevel"]) for o in found] == [(2, 1), (1, 2)]
    assert found[0]["schedule"] == {"id": 1, "name": "Night / EU", "type": "RECURRING"}
    assert (found[0]["end"], found[0]["escalationPolicy"]) == ("2026-03-09T08:00:00Z", {"id": 2, "name": "P"})
    assert {"schedule", "end"} & set(found[1]) == set(), "named by the policy itself: no end is known"
    assert len(api.get("/api/v1/on-calls")) == 5, "the other policy names three"
    assert api.get("/api/on-calls?start-index=4&max-results=250") == found[1:]
    assert api.get('/api/on-calls?policy-levels={"id":2,"level":2}') == found[1:]
    assert api.get("/api/on-calls?schedules=1") == found[:1]
    assert [o["escalationLevel"] for o in api.get("/api/on-calls?users=1&policies=2")] == [2]
    window = "from=2026-03-02T09:00:00Z&until=2026-03-16T09:00:00Z"
    assert [o["user"]["id"] for o in api.get(f"/api/on-calls?schedules=1&{window}")] == [2, 3, 2]
    whole = api.get("/api/on-calls?policies=2&expand=user&expand=escalationPolicy&expand=schedule")[0]
    assert whole["user"]["role"] == "USER"
    assert whole["escalationPolicy"]["escalationRules"][0]["schedule"]["id"] == 1
    assert whole["schedule"]["timezone"] == "Europe/Berlin"
    there = api.get("/api/on-calls?policies=2&timezone=Europe/Berlin")[0]
    assert there["start"] == "2026-03-02T09:00:00+01:00"
    for wrong in (
        "max-results=251",
        "until=2026-03-01T00:00:00Z",
        "until=2026-07-01T00:00:00Z",
        "policy-levels=2",
        "timezone=Mars",
    ):
        assert api.call("GET", f"/api/on-calls?{wrong}").status_code == 400, wrong


def test_coverage_and_load(api: Api, path: str) -> None:
    api.call(
        "PUT",
        path,
        json={
            **WEEKLY,
            "scheduleLayers": [{**WEEKLY["scheduleLayers"][0], "endsOn": "2026-03-20T00:00:00Z"}],
        },
    )
    rules = [{"schedules": [{"id": 1}]}]
    api.call("POST", "/api/escalation-policies", json={"name": "P", "escalationRules": rules})
    found = api.get("/api/escalation-policies/2/coverage?until=2026-04-01T00:00:00Z")
    assert [hole["start"] for hole in found["uncovered"]] == ["2026-03-20T00:00:00Z"]
    assert {link["user"] for link in found["weakLinks"]} == {"Bo Ruiz", "Chi Wu"}
    assert (
        api.call("GET", "/api/escalation-policies/2/coverage?until=2029-04-01T00:00:00Z").status_code == 400
    )
    loads = api.get(f"{path}/load?from=2026-03-02T09:00:00Z&until=2026-03-16T08:00:00Z&holiday=2026-03-08")
    assert [(one["user"]["username"], one["hours"], one["holidays"]) for one in loads] == [
        ("chi", 168.0, 0),
        ("bo", 167.0, 1),
    ]

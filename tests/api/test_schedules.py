"""On-call schedules in both dialects. The clock shows Monday 2 March 2026, 09:00 UTC."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.fakes import BASE, Api
from tocsin.kit.clock import ManualClock
from tocsin.store.tables import schedule_revisions
from tocsin.store.tables import schedules as rows

LAYER: dict[str, Any] = {
    "name": "Primary",
    "startsOn": "2026-03-02T08:00:00Z",
    "users": [{"id": 2}, {"id": 3}],
    "rotation": "P7D",
}
WEEKLY: dict[str, Any] = {
    "name": "Night / EU",
    "timezone": "Europe/Berlin",
    "type": "RECURRING",
    "scheduleLayers": [LAYER],
}
BY_HAND: dict[str, Any] = {
    "name": "Rollout",
    "timezone": "UTC",
    "type": "STATIC",
    "shifts": [
        {"user": {"id": 2}, "start": "2026-03-02T08:00:00Z", "end": "2026-03-03T08:00:00Z"},
        {"user": {"id": 3}, "start": "2026-03-03T08:00:00Z", "end": "2026-03-04T08:00:00Z"},
    ],
}


def create(api: Api, body: dict[str, Any] | None = None, **change: Any) -> dict[str, Any]:
    answer = api.call("POST", "/api/schedules", json={**(body or WEEKLY), **change})
    assert answer.status_code == 201, answer.text
    created: dict[str, Any] = answer.json()
    return created


def test_a_schedule_comes_and_goes(api: Api) -> None:
    answer = api.call("POST", "/api/schedules", json=WEEKLY)
    assert answer.status_code == 201
    created = answer.json()
    path = f"/api/schedules/{created['id']}"
    assert answer.headers["location"] == BASE + path
    assert [u["lastName"] for u in created["scheduleLayers"][0]["users"]] == ["Ruiz", "Wu"]
    assert set(api.get(path)) == {"id", "name", "teams", "timezone", "type"}, (
        "the rest only when it is asked for"
    )
    assert api.get("/api/schedules/name/Night%20%2F%20EU?include=scheduleLayers") == created
    shown = api.get(f"{path}?include=currentShift&include=nextShift")
    assert (shown["currentShift"]["user"]["id"], shown["nextShift"]["user"]["id"]) == (2, 3)
    assert shown["currentShift"]["end"] == "2026-03-09T08:00:00Z"
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404
    assert api.get("/api/schedules") == []


def test_the_dialect_of_2020_always_shows_who_is_on_call(api: Api) -> None:
    create(api)
    shown = api.get("/api/v1/schedules")[0]
    assert shown["startsOn"] == "2026-03-02T08:00:00Z"
    assert (shown["currentShift"]["user"]["username"], shown["nextShift"]["user"]["username"]) == (
        "bo",
        "chi",
    )


def test_a_page_holds_20(api: Api) -> None:
    for number in range(21):
        create(api, BY_HAND, name=str(number))
    assert len(api.get("/api/schedules")) == 20
    assert [s["name"] for s in api.get("/api/schedules?start-index=20&max-results=5")] == ["20"]
    assert api.call("GET", "/api/schedules?max-results=21").status_code == 400


def test_what_was_read_can_be_written_back_without_losing_its_layers(api: Api) -> None:
    path = f"/api/schedules/{create(api)['id']}"
    assert api.call("PUT", path, json=api.get(path)).status_code == 200
    assert len(api.get(f"{path}?include=scheduleLayers")["scheduleLayers"]) == 1


def test_an_edit_changes_nothing_before_it(api: Api, clock: ManualClock) -> None:
    number = create(api)["id"]
    clock.advance(timedelta(days=10))
    layer = {**LAYER, "users": [{"id": 1}]}
    wanted = {**WEEKLY, "scheduleLayers": [layer], "type": "STATIC", "timezone": "UTC"}
    changed = api.call("PUT", f"/api/schedules/{number}", json=wanted).json()
    assert (changed["type"], changed["timezone"]) == ("RECURRING", "Europe/Berlin"), "fixed at creation"
    shifts = api.get(f"/api/schedules/{number}/shifts?from=2026-03-02T09:00:00Z&until=2026-03-17T00:00:00Z")
    assert [(s["user"]["id"], s["start"]) for s in shifts] == [
        (2, "2026-03-02T08:00:00Z"),
        (3, "2026-03-09T08:00:00Z"),
        (1, "2026-03-12T09:00:00Z"),
        (1, "2026-03-16T08:00:00Z"),
    ]


def test_an_edit_takes_effect_from_a_chosen_instant(api: Api) -> None:
    path = f"/api/schedules/{create(api)['id']}"
    layer = {**LAYER, "users": [{"id": 1}]}
    wanted = {**WEEKLY, "scheduleLayers": [layer]}
    late = api.call("PUT", f"{path}?effective-from=2026-03-04T00:00:00Z", json=wanted)
    assert late.status_code == 200
    assert api.get(f"{path}/user-on-call")["user"]["id"] == 2
    shifts = api.get(f"{path}/shifts?from=2026-03-03T00:00:00Z&until=2026-03-05T00:00:00Z")
    assert [(s["user"]["id"], s["end"]) for s in shifts] == [
        (2, "2026-03-04T00:00:00Z"),
        (1, "2026-03-09T08:00:00Z"),
    ]
    past = api.call("PUT", f"{path}?effective-from=2026-03-01T00:00:00Z", json=wanted)
    assert past.status_code == 400


def test_shifts_by_hand(api: Api) -> None:
    created = create(api, BY_HAND)
    path = f"/api/schedules/{created['id']}"
    assert [s["user"]["username"] for s in created["shifts"]] == ["bo", "chi"]
    assert (created["showGaps"], created["defaultShiftDuration"]) == (False, "P7D")
    gap = [BY_HAND["shifts"][0], {**BY_HAND["shifts"][1], "start": "2026-03-03T09:00:00Z"}]
    assert api.call("PUT", f"{path}?abort-on-gaps=true", json={**BY_HAND, "shifts": gap}).status_code == 400
    assert api.call("PUT", path, json={**BY_HAND, "shifts": gap}).status_code == 200


@pytest.mark.parametrize(
    "body, change, field",
    [
        (WEEKLY, {"name": " "}, "name"),
        (WEEKLY, {"timezone": "Mars/Olympus"}, "timezone"),
        (
            WEEKLY,
            {"scheduleLayers": [{**LAYER, "users": []}]},
            "scheduleLayers.0.users",
        ),
        (
            WEEKLY,
            {"scheduleLayers": [{**LAYER, "users": [{"id": 99}]}]},
            "scheduleLayers.0.users.0",
        ),
        (
            WEEKLY,
            {"scheduleLayers": [{**LAYER, "rotation": "weekly"}]},
            "scheduleLayers.0.rotation",
        ),
        (
            WEEKLY,
            {
                "scheduleLayers": [
                    {
                        **LAYER,
                        "restrictions": [
                            {
                                "from": {"dayOfWeek": "MONDAY", "time": "9"},
                                "to": {"dayOfWeek": "MONDAY", "time": "17:00"},
                            }
                        ],
                    }
                ]
            },
            "scheduleLayers.0.restrictions.0.from.time",
        ),
        (BY_HAND, {"shifts": [BY_HAND["shifts"][0], BY_HAND["shifts"][0]]}, "shifts.1.start"),
        (BY_HAND, {"shifts": [{**BY_HAND["shifts"][0], "user": {"id": 99}}]}, "shifts.0.user"),
        (BY_HAND, {"scheduleLayers": [LAYER]}, "scheduleLayers"),
        (WEEKLY, {"shifts": BY_HAND["shifts"]}, "shifts"),
    ],
)
def test_a_wrong_field_is_named(api: Api, body: dict[str, Any], change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/schedules", json={**body, **change})
    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field


def test_stakeholders_are_never_on_call(api: Api) -> None:
    person = api.somebody("STAKEHOLDER")
    shift = {**BY_HAND["shifts"][0], "user": {"id": person.id}}
    answer = api.call("POST", "/api/schedules", json={**BY_HAND, "shifts": [shift]})
    assert answer.json()["details"] == [
        {"field": "shifts.0.user", "message": "New Stakeholder is a stakeholder: they are never on call"}
    ]


def test_local_times_are_taken_in_the_schedules_zone(api: Api) -> None:
    layer = {**LAYER, "startsOn": "2026-03-02T08:00:00"}
    created = create(api, scheduleLayers=[layer])
    assert created["scheduleLayers"][0]["startsOn"] == "2026-03-02T07:00:00Z"


def test_what_is_in_use_is_not_deleted(api: Api) -> None:
    number = create(api)["id"]
    rules = [{"schedule": {"id": number}, "escalationTimeout": 5}]
    made = api.call("POST", "/api/escalation-policies", json={"name": "P", "escalationRules": rules})
    assert made.status_code == 201
    rule = made.json()["escalationRules"][0]
    assert rule["schedule"] == {"id": number, "name": "Night / EU"}
    assert rule["schedules"] == [rule["schedule"]]
    refused = api.call("DELETE", f"/api/schedules/{number}")
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert "escalation policy 'P'" in refused.json()["message"]
    assert "schedule 'Night / EU'" in api.call("DELETE", "/api/users/3").json()["message"]
    assert api.call("DELETE", f"/api/escalation-policies/{made.json()['id']}").status_code == 204
    assert api.call("DELETE", f"/api/schedules/{number}").status_code == 204


def test_an_incident_goes_to_whoever_is_on_call(api: Api, clock: ManualClock) -> None:
    number = create(api)["id"]
    incident = api.cast.alert()
    suggested = api.get(f"/api/alerts/{incident}/suggested-responders")
    assert {"id": number, "name": "Night / EU", "group": "ON_CALL_SCHEDULE", "disabled": False} in suggested
    for query, user in ((f"schedule={number}", 2), (f"schedule-id={number}", 3)):
        assigned = api.call("PUT", f"/api/v1/incidents/{incident}/assign?{query}")
        assert assigned.json()["assignedTo"]["id"] == user
        clock.advance(timedelta(days=7))
    clock.advance(-timedelta(days=30))
    assert (
        api.call("PUT", f"/api/alerts/{incident}/assign?schedule={number}").json()["code"] == "NOBODY_ON_CALL"
    )


def test_a_broken_schedule_says_why_and_stops_no_other(api: Api) -> None:
    create(api)
    create(api, name="Fine")
    with api.cast.db.write() as tx:
        for table in (rows, schedule_revisions):
            body = sa.func.replace(sa.cast(table.c.body, sa.Text), "Europe/Berlin", "Mars/Base")
            same = table.c.id if table is rows else table.c.schedule_id
            tx.run(sa.update(table).where(same == 1).values(body=body))
    broken, fine = api.get("/api/v1/schedules")
    assert "Mars/Base" in broken["problem"]
    assert "currentShift" not in broken
    assert fine["currentShift"]["user"]["id"] == 2
    refused = api.call("GET", "/api/schedules/1/user-on-call")
    assert (refused.status_code, refused.json()["code"]) == (409, "BROKEN_SCHEDULE")
    assert [o["schedule"]["name"] for o in api.get("/api/on-calls?schedules=1&schedules=2")] == ["Fine"]
    mended = api.call("PUT", "/api/schedules/1", json=WEEKLY)
    assert mended.json()["timezone"] == "Europe/Berlin"
    assert api.get("/api/schedules/1/user-on-call")["user"]["id"] == 2


def test_who_is_on_call_does_not_become_a_stakeholder(api: Api) -> None:
    create(api)
    bo = api.get("/api/users/2")
    alone = {"name": "Default", "escalationRules": [{"user": {"id": 1}}]}
    named = api.call("PUT", "/api/users/2", json={**bo, "role": "STAKEHOLDER"})
    assert "escalation policy 'Default', schedule 'Night / EU'" in named.json()["message"]
    assert api.call("PUT", "/api/escalation-policies/1", json=alone).status_code == 200
    refused = api.call("PUT", "/api/users/2", json={**bo, "role": "STAKEHOLDER"})
    assert (refused.status_code, refused.json()["code"]) == (409, "IN_USE")
    assert "schedule 'Night / EU'" in refused.json()["message"]
    assert api.call("PUT", "/api/users/2", json={**bo, "role": "RESPONDER"}).status_code == 200

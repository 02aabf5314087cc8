"""Users, their preferences, keys and roles."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.fakes import BASE, Api
from tocsin.store.tables import notifications

DI = {"firstName": "Di", "lastName": "Park", "email": "di@example.org", "username": "di"}


def test_a_user_comes_and_goes(api: Api) -> None:
    answer = api.call("POST", "/api/v1/users", json=DI)
    assert answer.status_code == 201
    created = answer.json()
    assert answer.headers["location"] == f"{BASE}/api/v1/users/{created['id']}"
    assert created["role"] == "USER"
    assert api.get("/api/users/di") == api.get(f"/api/users/{created['id']}")
    changed = api.call("PUT", "/api/v1/users/di", json={**DI, "lastName": "Pak", "role": "RESPONDER"}).json()
    assert (changed["lastName"], changed["role"]) == ("Pak", "RESPONDER")
    gone = api.call("DELETE", "/api/users/di")
    assert (gone.status_code, gone.content) == (204, b"")
    assert api.call("GET", "/api/users/di").status_code == 404


@pytest.mark.parametrize("quiet, invitations", [("", 1), ("?send-no-invitation=true", 0)])
def test_a_new_user_is_invited_unless_not(api: Api, quiet: str, invitations: int) -> None:
    assert api.call("POST", f"/api/users{quiet}", json=DI).status_code == 201
    with api.cast.db.read() as tx:
        rows = tx.all(sa.select(notifications).where(notifications.c.purpose == "INVITATION"))
    assert [row.target for row in rows] == ["di@example.org"] * invitations


def test_preferences_are_kept_and_rule_the_pages(api: Api) -> None:
    wanted: dict[str, Any] = {
        "notificationPreferences": [{"delay": 0, "method": "EMAIL"}, {"delay": 5, "method": "EMAIL"}],
        "lowPriorityNotificationPreferences": [],
        "onCallNotificationPreferences": [{"beforeMin": 60, "method": "EMAIL"}],
        "subscribedIncidentUpdateStates": ["ACCEPTED"],
        "subscribedIncidentUpdateNotificationTypes": ["EMAIL"],
    }
    assert api.call("POST", "/api/v1/users", json={**DI, **wanted}).status_code == 201
    shown = api.get("/api/v1/users/di")
    assert {name: shown[name] for name in wanted} == wanted
    api.call("PUT", "/api/users/di", json=DI)
    assert api.get("/api/v1/users/di") == shown, "what is left out of a PUT stays"
    assert "subscribedAlertUpdateStates" in api.get("/api/users/di")


@pytest.mark.parametrize(
    "change, field",
    [
        ({"notificationPreferences": [{"delay": 0, "method": "FAX"}]}, "notificationPreferences.0.method"),
        ({"subscribedAlertUpdateNotificationTypes": ["FAX"]}, "subscribedAlertUpdateNotificationTypes.0"),
        ({"notificationPreferences": [{"delay": -1, "method": "EMAIL"}]}, "notificationPreferences.0.delay"),
        ({"email": "nobody"}, "email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"role": "OWNER"}, "role"),
        ({"language": "fr"}, "language"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/users", json={**DI, **change})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_the_owner_shows_as_administrator_and_stays_the_owner(api: Api) -> None:
    me = api.get("/api/users/current")
    assert me["role"] == "ADMIN"
    assert api.call("PUT", "/api/users/current", json={**me, "firstName": "Anna"}).status_code == 200
    assert api.call("DELETE", "/api/users/ann").status_code == 409
    admin = api.somebody("ADMIN")
    assert api.call("PUT", "/api/users/ann", admin, json={**me, "role": "USER"}).status_code == 403


def test_an_administrator_cannot_become_the_owner(api: Api) -> None:
    """With the login address changed, an invitation would go to the administrator."""
    me, admin = api.get("/api/users/current"), api.somebody("ADMIN")
    taken = api.call("PUT", "/api/users/ann", admin, json={**me, "email": "mallory@example.org"})
    assert taken.status_code == 403
    number = api.get("/api/users/ann/api-keys")[0]["id"]
    assert api.call("DELETE", f"/api/users/ann/api-keys/{number}", admin).status_code == 403
    assert api.get("/api/users/current")["email"] == me["email"]


def test_nobody_raises_themselves(api: Api) -> None:
    bo = api.get("/api/users/current", api.cast.bo)
    assert api.call("PUT", "/api/users/current", api.cast.bo, json={**bo, "role": "ADMIN"}).status_code == 403
    assert api.call("PUT", "/api/users/ann", api.cast.bo, json=bo).status_code == 403
    assert (
        api.call("PUT", "/api/users/current", api.cast.bo, json={**bo, "position": "SRE"}).status_code == 200
    )


def test_a_user_in_a_policy_is_not_deleted(api: Api) -> None:
    answer = api.call("DELETE", "/api/users/bo")
    assert (answer.status_code, answer.json()["code"]) == (409, "IN_USE")
    assert "'Default'" in answer.json()["message"]


def test_a_taken_name_is_a_conflict(api: Api) -> None:
    assert api.call("POST", "/api/users", json={**DI, "email": "ANN@example.org"}).status_code == 409


def test_search_by_email(api: Api) -> None:
    found = api.call("POST", "/api/users/search-email", json={"email": "BO@example.org"})
    assert (found.status_code, found.json()["username"]) == (200, "bo")
    assert api.call("POST", "/api/users/search-email", json={"email": "bo"}).status_code == 404


def test_a_new_address_is_where_pages_go(api: Api) -> None:
    bo = api.get("/api/users/bo")
    api.call("PUT", "/api/users/bo", json={**bo, "email": "bo@new.example"})
    pages = api.get("/api/escalation-policies/1/explain")["pages"]
    assert {page["target"] for page in pages if page["user"] == "Bo Ruiz"} == {"bo@new.example"}


def test_keys_are_shown_once_and_revoked(api: Api) -> None:
    bo = api.cast.bo
    made = api.call("POST", "/api/users/current/api-keys", bo, json={"name": "deploy"})
    assert made.status_code == 201
    bearer = {"authorization": f"Bearer {made.json()['key']}"}
    assert api.get("/api/users/current", headers=bearer)["username"] == "bo"
    listed = api.get("/api/users/bo/api-keys")
    assert [key["name"] for key in listed] == ["test", "deploy"]
    assert all("key" not in key for key in listed)
    path = f"/api/users/{bo.id}/api-keys/{made.json()['id']}"
    assert api.call("DELETE", path, api.cast.chi).status_code == 403
    assert api.call("DELETE", path).status_code == 204
    refused = api.call("GET", "/api/users/current", headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (403, "KEY_ERROR")
    assert api.call("DELETE", path).status_code == 404


def test_nobody_makes_a_key_for_somebody_else(api: Api) -> None:
    admin = api.somebody("ADMIN")
    assert api.call("POST", "/api/users/ann/api-keys", admin, json={"name": "mine"}).status_code == 403

"""Contacts, their proofs and preferences by the API, in both dialects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.fakes import Api
from tests.api.test_channel_providers import SMS
from tocsin.auth.verification_codes import verification_code
from tocsin.kit.clock import ManualClock
from tocsin.store import notifications, people

PHONES = "/api/users/current/contacts/phone-numbers"
MAILS = "/api/users/current/contacts/emails"
RULES = "/api/users/current/notification-preferences"


def code_of(api: Api, sent: int) -> str:
    """The code of a verification: what its message will say."""
    with api.cast.db.read() as tx:
        n = notifications.one(tx, sent)
        assert n is not None
        content = notifications.contents(tx, [sent])[sent]
    assert "code" not in content, "the code itself lies nowhere in clear"
    return verification_code("s" * 32, n.contact_id or 0, n.method, content["nonce"])


@pytest.fixture
def phone(api: Api) -> dict[str, Any]:
    assert api.call("POST", "/api/channel-providers", json=SMS).status_code == 201
    answer = api.call("POST", PHONES, json={"regionCode": "DE", "target": "0170 1234567"})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def prove(api: Api, phone: dict[str, Any], code: str | None = None, channel: str = "SMS") -> Any:
    path = f"{PHONES}/{phone['id']}/verification"
    answer = api.call("POST", path, json={"channel": channel})
    assert answer.status_code == 202, answer.text
    right = code_of(api, answer.json()["notificationId"])
    return api.call("PUT", path, json={"channel": channel, "code": code or right})


def test_a_telephone_is_used_after_its_code_came_back_and_then_for_calls_too(
    api: Api, phone: dict[str, Any]
) -> None:
    assert phone["target"] == "+491701234567"
    assert (phone["status"], phone["primary"], phone["channels"]) == ("LOCKED", True, [])
    proven = prove(api, phone)
    assert proven.status_code == 200
    assert (proven.json()["status"], proven.json()["channels"]) == ("OK", ["SMS", "VOICE"])
    assert api.get(f"{PHONES}/{phone['id']}") == proven.json()


def test_a_wrong_code_is_refused_and_five_are_enough(api: Api, phone: dict[str, Any]) -> None:
    path = f"{PHONES}/{phone['id']}/verification"
    sent = api.call("POST", path, json={"channel": "SMS"}).json()["notificationId"]
    right = code_of(api, sent)
    wrong = "000000" if right != "000000" else "111111"
    codes = [api.call("PUT", path, json={"channel": "SMS", "code": wrong}).json()["code"] for _ in range(5)]
    assert codes == ["CODE_WRONG"] * 5
    late = api.call("PUT", path, json={"channel": "SMS", "code": right})
    assert (late.status_code, late.json()["code"]) == (400, "CODE_TOO_MANY")


def test_a_code_is_valid_for_a_quarter_of_an_hour(api: Api, phone: dict[str, Any]) -> None:
    path = f"{PHONES}/{phone['id']}/verification"
    sent = api.call("POST", path, json={"channel": "SMS"}).json()["notificationId"]
    assert isinstance(api.cast.db.clock, ManualClock)
    api.cast.db.clock.advance(timedelta(minutes=15))
    answer = api.call("PUT", path, json={"channel": "SMS", "code": code_of(api, sent)})
    assert (answer.status_code, answer.json()["code"]) == (400, "CODE_NONE")


def test_codes_are_not_sent_again_and_again(api: Api, phone: dict[str, Any]) -> None:
    path = f"{PHONES}/{phone['id']}/verification"
    codes = [api.call("POST", path, json={"channel": "SMS"}).status_code for _ in range(6)]
    assert codes == [202] * 5 + [429]


def test_a_channel_that_nobody_carries_is_said_at_once(api: Api, phone: dict[str, Any]) -> None:
    answer = api.call("POST", f"{PHONES}/{phone['id']}/verification", json={"channel": "WHATSAPP"})
    assert (answer.status_code, answer.json()["code"]) == (409, "NO_PROVIDER")
    answer = api.call("POST", f"{PHONES}/{phone['id']}/verification", json={"channel": "PUSH"})
    assert answer.status_code == 400


def test_another_number_has_to_be_proven_again(api: Api, phone: dict[str, Any]) -> None:
    prove(api, phone)
    path = f"{PHONES}/{phone['id']}"
    assert api.call("PUT", path, json={"target": "+49 170 1234567"}).json()["status"] == "OK"
    assert api.call("PUT", path, json={"target": "+49 170 7654321"}).json()["status"] == "LOCKED"


def test_the_code_of_one_number_proves_no_other(api: Api, phone: dict[str, Any]) -> None:
    path = f"{PHONES}/{phone['id']}"
    sent = api.call("POST", f"{path}/verification", json={"channel": "SMS"}).json()["notificationId"]
    assert api.call("PUT", path, json={"target": "+49 170 7654321"}).status_code == 200
    tried = api.call("PUT", f"{path}/verification", json={"channel": "SMS", "code": code_of(api, sent)})
    assert (tried.status_code, tried.json()["code"]) == (400, "CODE_NONE")
    assert api.get(path)["channels"] == []


def test_one_number_at_the_most_is_primary(api: Api, phone: dict[str, Any]) -> None:
    api.call("POST", PHONES, json={"target": "+491709999999", "primary": True})
    assert [found["primary"] for found in api.get(PHONES)] == [False, True]


def test_contacts_are_found_by_their_address(api: Api, phone: dict[str, Any]) -> None:
    found = api.call("POST", f"{PHONES}/search-target", json={"target": "0170 1234567"})
    assert (found.status_code, found.json()["id"]) == (200, phone["id"])
    assert api.call("POST", f"{MAILS}/search-target", json={"target": "ANN@example.org"}).status_code == 200
    assert api.call("POST", f"{MAILS}/search-target", json={"target": "x@example.org"}).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (PHONES, {"target": "12"}, "target"),
        (PHONES, {"target": "0170 1234567", "regionCode": "XX"}, "regionCode"),
        (MAILS, {"target": "nobody"}, "target"),
        ("/api/users/current/contacts/push-devices", {"target": "smoke signal"}, "target"),
        ("/api/users/current/contacts/chats", {"target": "1"}, "channel"),
    ],
)
def test_what_is_no_address_is_refused(api: Api, path: str, body: dict[str, str], field: str) -> None:
    answer = api.call("POST", path, json=body)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


def test_the_last_way_to_somebody_who_is_asked_stays(api: Api) -> None:
    mail = api.get(MAILS)[0]
    refused = api.call("DELETE", f"{MAILS}/{mail['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "LAST_PATH")
    assert "Default" in refused.json()["message"]


def test_a_contact_that_is_deleted_takes_its_rules_along(api: Api, phone: dict[str, Any]) -> None:
    prove(api, phone)
    body = {"method": "SMS", "contact": {"id": phone["id"]}, "delayMin": 5, "type": "HIGH_PRIORITY"}
    assert api.call("POST", f"{RULES}/alerts", json=body).status_code == 201
    assert api.call("DELETE", f"{PHONES}/{phone['id']}").status_code == 204
    assert [rule["method"] for rule in api.get(f"{RULES}/alerts")] == ["EMAIL", "EMAIL"]
    assert api.get(PHONES) == []


def test_a_chat_is_linked_by_a_code_for_oneself_alone(api: Api) -> None:
    path = "/api/v1/users/current/contacts/chats/enrolments"
    assert api.call("POST", path).json() == []
    bot = {"channel": "TELEGRAM", "type": "telegram", "params": {"botToken": "1:A", "botName": "acme_bot"}}
    assert api.call("POST", "/api/channel-providers", json=bot).status_code == 201
    (offer,) = api.call("POST", path).json()
    code = offer["command"].removeprefix("/start ")
    assert (offer["channel"], offer["url"]) == ("TELEGRAM", f"https://t.me/acme_bot?start={code}")
    admin = api.somebody("ADMIN", "root@example.com")
    refused = api.call("POST", path.replace("current", str(api.cast.ann.id)), admin)
    assert refused.status_code == 403


def test_others_are_maintained_by_administrators_only(api: Api, phone: dict[str, Any]) -> None:
    ann = api.cast.ann.id
    for path in (f"/api/users/{ann}/contacts/emails", f"/api/users/{ann}/notification-preferences/alerts"):
        assert api.call("GET", path, api.cast.bo).status_code == 403
        assert api.call("GET", path, api.somebody("ADMIN", path[-3:] + "@example.com")).status_code == 200
    test = f"/api/users/{ann}/contacts/phone-numbers/{phone['id']}/test"
    assert api.call("POST", test, api.cast.bo).status_code == 403


def test_a_test_message_needs_a_proven_channel(api: Api, phone: dict[str, Any]) -> None:
    path = f"{PHONES}/{phone['id']}/test"
    assert api.call("POST", path, json={"channel": "SMS"}).json()["code"] == "NOT_VERIFIED"
    prove(api, phone)
    sent = api.call("POST", path, json={"channel": "SMS"})
    assert sent.status_code == 202
    shown = api.get(f"/api/users/current/notifications/{sent.json()['notificationId']}")
    assert (shown["purpose"], shown["status"], shown["target"]) == ("TEST", "SCHEDULED", "+491701234567")


@pytest.mark.parametrize("base", ["/api", "/api/v1"])
def test_the_four_lists_of_preferences(api: Api, base: str, phone: dict[str, Any]) -> None:
    prove(api, phone)
    contact = {"id": phone["id"]}
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("alerts", {"method": "VOICE", "contact": contact, "type": "LOW_PRIORITY", "delayMin": 7}),
        ("duties", {"method": "SMS", "contact": contact, "type": "ON_CALL", "beforeMin": 60}),
        ("updates", {"method": "SMS", "contact": contact, "type": "ALERT_ACCEPTED"}),
        ("subscriptions", {"method": "EMAIL"}),
    ]
    for family, body in wanted:
        path = f"{base}/users/current/notification-preferences/{family}"
        made = api.call("POST", path, json=body)
        assert made.status_code == 201, made.text
        shown = made.json()
        assert {name: shown[name] for name in body if name != "contact"} == {
            name: said for name, said in body.items() if name != "contact"
        }
        assert shown in api.get(path)
        assert api.get(f"{path}/{shown['id']}") == shown
        assert (
            api.call(
                "PUT", f"{path}/{shown['id']}", json={**body, "method": "EMAIL", "contact": None}
            ).json()["method"]
            == "EMAIL"
        )
        assert api.call("DELETE", f"{path}/{shown['id']}").status_code == 204
        assert api.call("GET", f"{path}/{shown['id']}").status_code == 404


@pytest.mark.parametrize(
    ("family", "body", "field"),
    [
        ("alerts", {"method": "FAX"}, "method"),
        ("duties", {"method": "VOICE"}, "method"),
        ("alerts", {"method": "PUSH", "contact": {"id": 1}}, "contact"),
        ("alerts", {"method": "SMS", "contact": {"id": 1}}, "contact.id"),
        ("alerts", {"method": "EMAIL", "delayMin": 121}, "delayMin"),
        ("alerts", {"method": "EMAIL", "type": "MIDDLE"}, "type"),
        ("duties", {"method": "EMAIL", "beforeMin": 7}, "beforeMin"),
        ("updates", {"method": "EMAIL"}, "type"),
    ],
)
def test_a_preference_that_makes_no_sense_is_refused(
    api: Api, family: str, body: dict[str, Any], field: str
) -> None:
    answer = api.call("POST", f"{RULES}/{family}", json=body)
    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == field


def test_old_fields_and_new_lists_are_views_of_the_same_rows(api: Api) -> None:
    older = {
        "firstName": "Ann",
        "lastName": "Lee",
        "email": "ann@example.org",
        "username": "ann",
        "mobile": {"regionCode": "DE", "number": "0170 1234567"},
        "notificationPreferences": [
            {"delay": 0, "method": "SMS"},
            {"delay": 2, "method": "IPHONE"},
            {"delay": 5, "method": "VOICE_MOBILE"},
        ],
        "onCallNotificationPreferences": [{"beforeMin": 60, "method": "SMS"}],
        "subscribedIncidentUpdateStates": ["ACCEPTED", "RESOLVED"],
        "subscribedIncidentUpdateNotificationTypes": ["EMAIL"],
    }
    assert api.call("PUT", "/api/v1/users/current", json=older).status_code == 200
    shown = api.get("/api/v1/users/current")
    assert {name: shown[name] for name in older} == older
    mine = api.get(PHONES)[0]
    assert (mine["target"], mine["status"], mine["primary"]) == ("+491701234567", "LOCKED", True)
    high = [rule for rule in api.get(f"{RULES}/alerts") if rule["type"] == "HIGH_PRIORITY"]
    assert [rule["method"] for rule in high] == ["SMS", "PUSH", "VOICE"]
    assert [rule.get("contact", {}).get("id") for rule in high] == [mine["id"], None, mine["id"]]
    assert [rule["type"] for rule in api.get(f"{RULES}/updates")] == ["ALERT_ACCEPTED", "ALERT_RESOLVED"]
    api.call("DELETE", f"{RULES}/updates/{api.get(f'{RULES}/updates')[0]['id']}")
    api.call("POST", f"{RULES}/duties", json={"method": "EMAIL", "beforeMin": 15})
    shown = api.get("/api/v1/users/current")
    assert shown["subscribedIncidentUpdateStates"] == ["RESOLVED"]
    assert shown["onCallNotificationPreferences"] == [
        {"beforeMin": 60, "method": "SMS"},
        {"beforeMin": 15, "method": "EMAIL"},
    ]


def test_writing_back_a_profile_as_it_was_read_changes_no_rule(api: Api, phone: dict[str, Any]) -> None:
    prove(api, phone)
    second = api.call("POST", PHONES, json={"target": "+491709999999"}).json()
    wanted: list[tuple[str, dict[str, Any]]] = [
        ("alerts", {"method": "SMS", "contact": {"id": phone["id"]}, "delayMin": 3}),
        ("alerts", {"method": "SMS", "contact": {"id": second["id"]}, "delayMin": 3}),
        ("updates", {"method": "SMS", "contact": {"id": second["id"]}, "type": "ALERT_ACCEPTED"}),
        ("updates", {"method": "EMAIL", "type": "ALERT_RESOLVED"}),
        ("duties", {"method": "SMS", "contact": {"id": second["id"]}, "beforeMin": 15}),
        ("subscriptions", {"method": "SMS", "contact": {"id": phone["id"]}}),
        ("subscriptions", {"method": "SMS", "contact": {"id": second["id"]}}),
    ]
    for family, body in wanted:
        assert api.call("POST", f"{RULES}/{family}", json=body).status_code == 201
    before = {family: api.get(f"{RULES}/{family}") for family, _ in wanted}
    assert api.call("PUT", "/api/v1/users/current", json=api.get("/api/v1/users/current")).status_code == 200
    assert {family: api.get(f"{RULES}/{family}") for family in before} == before
    profile = api.get("/api/v1/users/current")
    profile["notificationPreferences"].append({"method": "VOICE_MOBILE", "delay": 9})
    assert api.call("PUT", "/api/v1/users/current", json=profile).status_code == 200
    texts = [rule["contact"]["id"] for rule in api.get(f"{RULES}/alerts") if rule["method"] == "SMS"]
    assert texts == [phone["id"], second["id"]]


def test_a_telephone_of_the_profile_that_is_none_is_refused(api: Api) -> None:
    body = {"firstName": "A", "lastName": "L", "email": "ann@example.org", "mobile": {"number": "12"}}
    answer = api.call("PUT", "/api/users/current", json=body)
    assert answer.json()["details"][0]["field"] == "mobile.number"


def test_muting_shows_and_ends(api: Api) -> None:
    body = {
        "firstName": "Ann",
        "lastName": "Lee",
        "email": "ann@example.org",
        "mutedUntil": "2026-03-02T18:00:00Z",
    }
    assert api.call("PUT", "/api/users/current", json=body).json()["mutedUntil"] == "2026-03-02T18:00:00Z"
    explained = api.get(f"/api/escalation-policies/{api.cast.policy.id}/explain")
    assert "MUTED" in str(explained["silences"])
    assert explained["pages"][0]["user"] != "Ann Lee"
    assert api.call("DELETE", "/api/users/current/muted-until").status_code == 204
    assert "mutedUntil" not in api.get("/api/users/current")


@pytest.mark.parametrize("written", ["2026-03-02T18:00:00", "2026-03-02T19:00:00+01:00"])
def test_muting_until_an_instant_however_it_is_written(api: Api, written: str) -> None:
    profile = {**api.get("/api/users/current"), "mutedUntil": written}
    assert api.call("PUT", "/api/users/current", json=profile).json()["mutedUntil"] == "2026-03-02T18:00:00Z"
    explained = api.get(f"/api/escalation-policies/{api.cast.policy.id}/explain")
    assert "2026-03-02 18:00 UTC" in str(explained["silences"])
    wrong = api.call("PUT", "/api/users/current", json={**profile, "mutedUntil": "9999-12-31T23:59:59-14:00"})
    assert (wrong.status_code, wrong.json()["details"][0]["field"]) == (400, "mutedUntil")


def test_readiness_says_what_is_missing_before_an_incident_does(api: Api, phone: dict[str, Any]) -> None:
    before = api.get("/api/users/current/readiness")
    assert not before["ready"]
    assert before["reachable"]
    assert set(before["findings"]) == {"ONE_KIND", "UNPROVEN", "NEVER_DELIVERED"}
    prove(api, phone)
    api.call("POST", f"{RULES}/alerts", json={"method": "SMS", "type": "HIGH_PRIORITY"})
    after = api.get("/api/users/current/readiness")
    assert after["kinds"] == ["MAIL", "TELEPHONE"]
    policy = api.get(f"/api/escalation-policies/{api.cast.policy.id}/readiness")
    assert [user["user"] for user in policy["users"]] == ["Ann Lee", "Bo Ruiz", "Chi Wu"]
    assert not policy["ready"]


def test_test_pages_come_monthly_until_they_are_switched_off(api: Api) -> None:
    assert api.get("/api/users/current/readiness")["test"]["nextAt"] == "2026-04-01T09:00:00Z"
    assert api.call("PUT", "/api/users/current/test-page", json={"on": False}).json() == {}
    assert api.call("POST", "/api/users/current/test-page").json() == {"messages": 1}
    assert api.get("/api/users/current/notifications")[0]["purpose"] == "TEST"
    assert "nextAt" not in api.get("/api/users/current/readiness")["test"]


def test_the_list_of_users_says_who_cannot_be_reached(api: Api) -> None:
    assert {user["reachable"] for user in api.get("/api/users")} == {True}
    api.somebody("USER")
    with api.cast.db.write() as tx:
        mail = people.one(tx, api.cast.bo.id).contacts[0]
        people.set_contact_state(tx, mail.id, "BOUNCED", "550 no such user")
    assert [user["reachable"] for user in api.get("/api/users")] == [True, False, True, True]

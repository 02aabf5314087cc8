"""Channel providers by the API: sealed, masked, ordered; callbacks; the numbers that we call from."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.api.fakes import Api
from tocsin.store import notifications, providers
from tocsin.store.tables import channel_providers

SMS: dict[str, Any] = {
    "channel": "SMS",
    "type": "twilio",
    "name": "Twilio DE",
    "params": {"accountSid": "AC1", "authToken": "very-secret", "sender": "+4915735990000"},
}


@pytest.fixture
def made(api: Api) -> dict[str, Any]:
    answer = api.call("POST", "/api/channel-providers", json=SMS)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].endswith(f"/api/channel-providers/{answer.json()['id']}")
    found: dict[str, Any] = answer.json()
    return found


def test_a_provider_is_made_shown_changed_and_deleted(api: Api, made: dict[str, Any]) -> None:
    path = f"/api/channel-providers/{made['id']}"
    assert (made["channel"], made["type"], made["position"], made["active"]) == ("SMS", "twilio", 0, True)
    assert made["callbackUrl"].startswith("https://tocsin.example/callbacks/")
    assert api.get("/api/channel-providers") == [made]
    changed = {**SMS, "name": "Other", "active": False, "position": 7}
    assert api.call("PUT", path, json=changed).json()["position"] == 7
    assert api.get(path)["name"] == "Other"
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404


def test_secrets_are_sealed_in_the_database_and_masked_for_all_but_the_owner(
    api: Api, made: dict[str, Any]
) -> None:
    admin = api.somebody("ADMIN")
    path = f"/api/channel-providers/{made['id']}"
    assert api.get(path)["params"]["authToken"] == "very-secret"
    shown = api.get(path, admin)
    assert shown["params"] == {**made["params"], "authToken": "********"}
    with api.cast.db.read() as tx:
        assert "very-secret" not in str(tx.all(sa.select(channel_providers)))
    assert api.call("PUT", path, admin, json={**shown, "name": "X"}).status_code == 200
    assert api.get(path)["params"]["authToken"] == "very-secret", "a mask sent back changes nothing"


def test_only_administrators_see_providers(api: Api, made: dict[str, Any]) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{made['id']}"), ("DELETE", f"/{made['id']}")):
        assert api.call(method, f"/api/channel-providers{path}", api.cast.bo, json=SMS).status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"type": "nobody"}, "type"),
        ({"channel": "SMOKE"}, "type"),
        ({"params": {"accountSid": "AC1"}}, "params.authToken"),
        ({"channel": "PUSH", "type": "ntfy", "params": {"server": "http://10.0.0.1"}}, "params.server"),
        ({"position": -1}, "position"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/channel-providers", json={**SMS, **change})
    assert answer.status_code == 400
    assert field in [detail["field"] for detail in answer.json()["details"]]


def test_a_test_is_sent_through_this_very_provider(api: Api, made: dict[str, Any]) -> None:
    second = api.call("POST", "/api/channel-providers", json=SMS).json()
    assert second["position"] == 1
    path = f"/api/channel-providers/{second['id']}/test"
    answer = api.call("POST", path, json={"to": "+491701234567"})
    assert answer.status_code == 202
    with api.cast.db.read() as tx:
        sent = notifications.one(tx, answer.json()["notificationId"])
        assert sent is not None
        others = providers.others(tx, [sent], lambda *_: True, reports=False)[sent.id]
    assert (sent.provider_id, sent.target, sent.purpose) == (second["id"], "+491701234567", "TEST")
    assert (others.next_id, others.first_id) == (None, second["id"]), "a carrier that works proves nothing"
    assert api.call("POST", path, json={"to": "nonsense"}).status_code == 400


def test_types_come_with_the_schema_of_their_form(api: Api) -> None:
    types = {(found["channel"], found["type"]): found for found in api.get("/api/channel-providers/types")}
    assert types["SMS", "twilio"]["secretFields"] == ["authToken"]
    assert "accountSid" in types["SMS", "twilio"]["schema"]["properties"]


def test_our_numbers_are_public_and_a_card_to_save(api: Api, made: dict[str, Any]) -> None:
    anonymous = {"authorization": ""}
    found = api.call("GET", "/api/numbers", headers=anonymous).json()
    assert found == [
        {"countryCode": "DE", "phoneNumber": "+4915735990000", "supportsInboundSms": True, "types": ["SMS"]}
    ]
    for base in ("/api", "/api/v1"):
        card = api.call("GET", f"{base}/numbers/vcard", headers=anonymous)
        assert card.headers["content-type"].startswith("text/vcard")
        assert "+4915735990000" in card.text


def test_a_callback_with_a_made_up_address_is_not_found(api: Api) -> None:
    for method in ("GET", "POST"):
        answer = api.call(method, "/callbacks/1xdeadbeef/status", headers={"authorization": ""})
        assert answer.status_code == 404

"""Connectors, connections and incident actions, in both dialects."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.fakes import BASE, Api
from tests.connections import teams
from tocsin.auth.vault import MASK
from tocsin.connections.slack import signature
from tocsin.core.connections import Connection, Remote
from tocsin.plugins import HttpAnswer
from tocsin.store import connections, errands

HOOK = {
    "name": "Status / hook",
    "alertSourceIds": [1],
    "connectorType": "webhook",
    "triggerMode": "AUTOMATIC",
    "triggerTypes": ["incident-created", "incident-resolved"],
    "params": {"webhookUrl": "https://hooks.example/in", "signingSecret": "s3cret"},
}


def make(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.call("POST", "/api/v1/connections", json={**HOOK, **changes})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_connection_comes_and_goes_in_the_words_of_2020(api: Api) -> None:
    answer = api.call("POST", "/api/v1/connections", json=HOOK)
    assert answer.status_code == 201
    made = answer.json()
    path = f"/api/v1/connections/{made['id']}"
    assert answer.headers["location"] == BASE + path
    assert isinstance(made["id"], str)
    assert made["triggerTypes"] == ["incident-created", "incident-resolved"]
    assert (made["alertSourceIds"], made["alertSources"][0]["name"]) == ([1], "monitoring")
    assert api.get("/api/v1/connections/name/Status%20%2F%20hook") == made
    assert api.get("/api/v1/connections?source=1") == [made]
    assert api.get("/api/v1/connections?source=2") == []
    changed = api.call("PUT", path, json={**HOOK, "name": "other"}).json()
    assert changed["name"] == "other"
    assert api.call("DELETE", path).status_code == 204
    assert api.call("GET", path).status_code == 404


def test_todays_dialect_calls_it_an_alert_action(api: Api) -> None:
    made = make(api)
    shown = api.get(f"/api/alert-actions/{made['id']}")
    assert shown["triggerTypes"] == ["alert-created", "alert-resolved"]
    body = {**HOOK, "triggerTypes": ["alert-created", "v-alert-not-resolved"], "notResolvedDelaySec": 60}
    answer = api.call("POST", "/api/alert-actions", json=body)
    assert answer.status_code == 201
    assert answer.json()["triggerTypes"] == ["alert-created", "v-alert-not-resolved"]


def test_every_trigger_of_the_product_is_kept(api: Api) -> None:
    ours = ["incident-responder-removed", "incident-channel-attached", "incident-channel-detached"]
    made = make(api, triggerTypes=ours)
    assert made["triggerTypes"] == ours
    today = api.get(f"/api/alert-actions/{made['id']}")["triggerTypes"]
    assert today == [trigger.replace("incident", "alert") for trigger in ours]


def test_an_address_that_an_earlier_release_took_is_still_read_and_not_taken_again(api: Api) -> None:
    with api.cast.db.write() as tx:
        old = Connection(name="old", type="webhook", source_ids=(1,), params={"webhookUrl": "hello"})
        path = f"/api/v1/connections/{connections.create(tx, old).id}"
    shown = api.get(path)
    assert shown["params"] == {"webhookUrl": "hello"}
    assert api.get("/api/v1/connections") == [shown]
    answer = api.call("PUT", path, json={**shown, "triggerTypes": ["incident-created"]})
    assert [detail["field"] for detail in answer.json()["details"]] == ["params.webhookUrl"]


def test_secrets_are_for_administrators_and_survive_being_sent_back_masked(api: Api) -> None:
    made = make(api)
    assert made["params"]["signingSecret"] == "s3cret"
    path = f"/api/v1/connections/{made['id']}"
    bo = api.cast.bo
    shown = api.get(path, by=bo)
    assert shown["params"]["signingSecret"] == MASK
    assert api.call("PUT", path, by=bo, json={**shown, "name": "renamed"}).status_code == 200
    assert api.get(path)["params"]["signingSecret"] == "s3cret"


def test_a_password_in_an_address_is_masked_too_and_survives_being_sent_back(api: Api) -> None:
    made = make(api, params={"webhookUrl": "https://bo:pass@hooks.example/in"})
    path = f"/api/v1/connections/{made['id']}"
    shown = api.get(path, by=api.cast.bo)
    assert shown["params"]["webhookUrl"] == f"https://{MASK}@hooks.example/in"
    assert api.call("PUT", path, by=api.cast.bo, json=shown).status_code == 200
    assert api.get(path)["params"]["webhookUrl"] == "https://bo:pass@hooks.example/in"
    responder = api.somebody("RESPONDER")
    assert api.get(path, by=responder)["params"] == {}


@pytest.mark.parametrize(
    "change, field",
    [
        ({"connectorType": "carrier-pigeon"}, "connectorType"),
        ({"triggerTypes": []}, "triggerTypes"),
        ({"triggerTypes": ["incident-created", "sunrise"]}, "triggerTypes.1"),
        ({"alertSourceIds": []}, "alertSources"),
        ({"alertSourceIds": [99]}, "alertSources.0.id"),
        ({"connectorId": "99"}, "connectorId"),
        ({"connectorId": "x"}, "connectorId"),
        ({"connectorType": "jira", "connectorId": "x", "params": {"project": "OPS"}}, "connectorId"),
        ({"params": {}}, "params.webhookUrl"),
        ({"params": {"webhookUrl": 5}}, "params.webhookUrl"),
        ({"params": {"webhookUrl": "ftp://x.example"}}, "params.webhookUrl"),
        ({"params": {"webhookUrl": "https://x.example", "bodyTemplate": "{{#a}}"}}, "params.bodyTemplate"),
        ({"conditions": "alert.summary contains"}, "conditions"),
        ({"name": ""}, "name"),
        ({"notResolvedDelaySec": -1}, "notResolvedDelaySec"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/v1/connections", json={**HOOK, **change})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_a_manual_action_is_a_button_with_a_history(api: Api) -> None:
    incident_id = api.cast.alert()
    made = make(api, triggerMode="MANUAL", triggerTypes=[])
    make(api, name="automatic")
    listed = api.get(f"/api/v1/incidents/{incident_id}/actions")
    assert [(a["name"], a["webhookId"], a["history"]) for a in listed] == [(HOOK["name"], made["id"], [])]
    pressed = api.call(
        "POST", f"/api/alerts/{incident_id}/actions", by=api.cast.bo, json={"alertActionId": made["id"]}
    )
    assert pressed.status_code == 201
    assert pressed.json()["actor"]["firstName"] == "Bo"
    assert pressed.json()["alertId"] == incident_id
    history = api.get(f"/api/v1/incidents/{incident_id}/actions")[0]["history"]
    assert [result["incidentId"] for result in history] == [incident_id]


def test_a_button_of_another_source_or_an_automatic_one_cannot_be_pressed(api: Api) -> None:
    incident_id = api.cast.alert()
    automatic = make(api)
    answer = api.call("POST", f"/api/v1/incidents/{incident_id}/actions", json={"webhookId": automatic["id"]})
    assert answer.status_code == 400
    assert api.call("POST", f"/api/v1/incidents/{incident_id}/actions", json={}).status_code == 400


def test_a_button_that_is_switched_off_says_so(api: Api) -> None:
    incident_id = api.cast.alert()
    made = make(api, triggerMode="MANUAL", triggerTypes=[], active=False)
    assert api.get(f"/api/alerts/{incident_id}/actions") == []
    answer = api.call("POST", f"/api/alerts/{incident_id}/actions", json={"alertActionId": made["id"]})
    assert answer.status_code == 400
    assert answer.json()["details"][0] == {
        "field": "alertActionId",
        "message": "this alert action is switched off",
    }
    assert api.get(f"/api/alert-actions/{made['id']}/history") == []


def test_a_test_is_put_on_its_way_and_shown(api: Api) -> None:
    made = make(api)
    answer = api.call("POST", f"/api/v1/connections/{made['id']}/test")
    assert answer.status_code == 202
    shown = api.get(f"/api/v1/connections/{made['id']}/history")
    assert [(line["trigger"], line["state"]) for line in shown] == [("test", "SCHEDULED")]


def test_a_source_goes_and_its_connection_stays_with_the_others(api: Api) -> None:
    other = api.cast.heartbeat()
    made = make(api, alertSourceIds=[1, other.id])
    assert api.call("DELETE", f"/api/v1/alert-sources/{other.id}").status_code == 204
    assert api.get(f"/api/v1/connections/{made['id']}")["alertSourceIds"] == [1]


def test_a_type_without_account_refuses_a_connector(api: Api) -> None:
    answer = api.call("POST", "/api/connectors", json={"name": "x", "type": "webhook", "params": {}})
    assert answer.status_code == 400
    assert "needs no connector" in answer.json()["message"]


JIRA = {
    "name": "our Jira",
    "type": "jira",
    "params": {"url": "https://example.atlassian.net", "email": "a@example.com", "password": "api-token"},
}


def account(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.call("POST", "/api/connectors", json={**JIRA, **changes})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_connector_is_for_administrators_and_keeps_its_secret(api: Api) -> None:
    assert api.call("POST", "/api/connectors", by=api.cast.bo, json=JIRA).status_code == 403
    made = account(api)
    path = f"/api/v1/connectors/{made['id']}"
    assert api.get(path)["params"] == JIRA["params"], "clients read back what they wrote"
    assert api.get(path, by=api.cast.bo)["params"]["password"] == MASK
    assert api.get("/api/connectors/name/our%20Jira") == made
    changed = api.call("PUT", path, json={**JIRA, "params": {**JIRA["params"], "password": MASK}}).json()  # type: ignore[dict-item]
    assert changed["params"]["password"] == "api-token"
    assert api.call("PUT", path, json={**JIRA, "type": "slack"}).status_code == 400
    assert api.call("DELETE", path).status_code == 204


def test_a_connector_in_use_stays(api: Api) -> None:
    made = account(api)
    make(api, connectorType="jira", connectorId=made["id"], params={"project": "OPS"})
    answer = api.call("DELETE", f"/api/connectors/{made['id']}")
    assert answer.status_code == 409
    assert "Status / hook" in answer.json()["message"]


@pytest.mark.parametrize(
    "change, field",
    [({"type": "nothing"}, "type"), ({"params": {"url": "https://x.example"}}, "params.password")],
)
def test_a_wrong_field_of_a_connector_is_named(api: Api, change: dict[str, Any], field: str) -> None:
    answer = api.call("POST", "/api/connectors", json={**JIRA, **change})
    assert answer.status_code == 400
    assert [detail["field"] for detail in answer.json()["details"]] == [field]


def test_a_connector_can_be_tried_and_offers_choices(api: Api) -> None:
    made = account(api)
    api.answers += [
        HttpAnswer(status=200, body=b'{"name":"a"}'),
        HttpAnswer(status=401, body=b"no"),
        HttpAnswer(status=200, body=b'[{"key":"OPS","name":"Operations"}]'),
    ]
    path = f"/api/connectors/{made['id']}"
    assert api.call("POST", path + "/test").json()["success"] is True
    assert api.call("POST", path + "/test").json() == {"success": False, "answer": "401 no"}
    offered = api.call("POST", path + "/choices/project", json={}).json()
    assert offered == [{"value": "OPS", "label": "Operations"}]


def test_a_ticket_that_is_closed_there_resolves_the_incident_here(api: Api) -> None:
    incident_id = api.cast.alert()
    made = make(api, connectorType="jira", connectorId=account(api)["id"], params={"project": "OPS"})
    with api.cast.db.write() as tx:
        errands.set_remote(tx, int(made["id"]), incident_id, Remote(id="OPS-7"))
    hook = made["hookUrl"].removeprefix(BASE)
    closed = {
        "issue": {"key": "OPS-7", "fields": {"status": {"statusCategory": {"key": "done"}}}},
        "user": {"displayName": "Mia"},
        "changelog": {"items": [{"field": "status"}]},
    }
    assert api.call("POST", hook, json=closed).status_code == 200
    assert api.call("POST", hook, json=closed).status_code == 200, "said twice, done once"
    incident = api.get(f"/api/v1/incidents/{incident_id}")
    assert (incident["status"], incident["resolvedByType"]) == ("RESOLVED", "SOURCE")
    with api.cast.db.read() as tx:
        told = [errand.trigger for errand in errands.of_connection(tx, int(made["id"]))]
    assert told == [], "Jira knows already"


def test_an_address_that_we_did_not_give_is_unknown(api: Api) -> None:
    made = make(api, connectorType="jira", connectorId=account(api)["id"], params={"project": "OPS"})
    forged = made["hookUrl"].removeprefix(BASE)[:-1] + "x"
    assert api.call("POST", forged, json={}).status_code == 404
    assert api.call("GET", made["hookUrl"].removeprefix(BASE)).status_code in {404, 405}


def test_an_older_filter_is_kept_as_a_condition(api: Api) -> None:
    predicates = [
        {"field": "ALERT_SUMMARY", "criteria": "CONTAINS_NOT_STRING", "value": "it's a test"},
        {"field": "ALERT_PRIORITY", "criteria": "IS_STRING", "value": "HIGH"},
        {"field": "ALERT_DETAILS", "criteria": "CONTAINS_ANY_WORDS", "value": "disk full"},
    ]
    made = make(api, alertFilter={"operator": "OR", "predicates": predicates})
    assert made["conditions"] == (
        "(alert.summary not contains 'it\\'s a test') or (alert.priority == 'HIGH')"
        ' or (alert.details contains_any ["disk","full"])'
    )
    assert "alertFilter" not in made


def test_a_custom_body_is_looked_at_before_it_is_sent(api: Api) -> None:
    incident_id = api.cast.alert()
    template = {"template": "{{ eventType }}: {{ alertSummary }} {{ nothing }}"}
    summary = api.get(f"/api/v1/incidents/{incident_id}")["summary"]
    today = api.call("POST", "/api/alert-actions/preview", json={**template, "alertId": incident_id}).json()
    assert today["text"] == f"alert-created: {summary} "
    assert [problem.split()[0] for problem in today["problems"]] == ["nothing"]
    made_up = api.call("POST", "/api/v1/connections/preview", json=template).json()
    assert made_up["text"] == "incident-created: Test of the connection preview "
    wrong = api.call("POST", "/api/v1/connections/preview", json={"template": "{{ if"})
    assert [detail["field"] for detail in wrong.json()["details"]] == ["template"]
    unknown = api.call("POST", "/api/alert-actions/preview", json={**template, "alertId": 999})
    assert unknown.status_code == 404


def test_a_button_in_teams_acts_as_the_user_who_signs_in_with_that_address(api: Api) -> None:
    bot = {"name": "bot", "type": "microsoft_teams_bot", "params": teams.CONNECTOR}
    connector = api.call("POST", "/api/connectors", json=bot).json()
    made = make(
        api,
        connectorType="microsoft_teams_bot",
        connectorId=connector["id"],
        params={"channelId": teams.CHANNEL},
    )
    first, second = api.cast.alert(key="a"), api.cast.alert(key="b")
    hook = made["hookUrl"].removeprefix(BASE)
    headers = {"authorization": f"Bearer {teams.token(api.deployment.clock.now())}"}
    api.answers += [*teams.PUBLIC, teams.GRANTED, teams.member("BO@example.org")]
    pressed = api.call("POST", hook, json=teams.pressed("accept", first), headers=headers)
    assert (pressed.status_code, pressed.json()["statusCode"]) == (200, 200)
    incident = api.get(f"/api/v1/incidents/{first}")
    assert (incident["status"], incident["assignedTo"]["username"]) == ("ACCEPTED", "bo")
    # What is public was asked already.
    api.answers += [teams.GRANTED, teams.member("nobody@example.org")]
    api.call("POST", hook, json=teams.pressed("resolve", second), headers=headers)
    assert api.get(f"/api/v1/incidents/{second}")["resolvedByType"] == "SOURCE"
    forged = {"authorization": "Bearer x.y.z"}
    answer = api.call("POST", hook, json=teams.pressed("resolve", first), headers=forged)
    assert answer.status_code == 403


def test_one_address_hears_the_buttons_of_every_channel_of_an_app_and_of_no_other(api: Api) -> None:
    other = api.cast.heartbeat()
    slack = {"name": "app", "type": "slack", "params": {"botToken": "xoxb-1", "signingSecret": "shh"}}
    app = api.call("POST", "/api/connectors", json=slack).json()["id"]
    shared = {"connectorType": "slack", "params": {"channelId": "C1"}}
    hook = make(api, connectorId=app, alertSourceIds=[other.id], **shared)["hookUrl"].removeprefix(BASE)
    incident_id = api.cast.alert()

    def press() -> str:
        pressed = {
            "type": "block_actions",
            "user": {"id": "U1", "name": "mia"},
            "actions": [{"action_id": "accept", "value": str(incident_id)}],
        }
        body = urlencode({"payload": json.dumps(pressed)}).encode()
        at = str(int(api.deployment.clock.now().timestamp()))
        headers = {"x-slack-request-timestamp": at, "x-slack-signature": signature("shh", at, body)}
        assert api.call("POST", hook, content=body, headers=headers).status_code == 200
        return str(api.get(f"/api/v1/incidents/{incident_id}")["status"])

    assert press() == "PENDING", "no channel of this app tells of that source"
    make(api, connectorId=app, **shared)
    assert press() == "ACCEPTED"

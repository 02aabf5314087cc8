"""Commands typed into a chat: who is on call, an incident opened, help; in the language of who typed."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.api.fakes import BASE, Api
from tocsin.connections.slack import signature
from tocsin.kit.value import dumps
from tocsin.store import contacts, people

SLACK = {"name": "chat", "type": "slack", "params": {"botToken": "xoxb-1", "signingSecret": "shh"}}


@pytest.fixture
def hook(api: Api) -> str:
    account = api.call("POST", "/api/connectors", json=SLACK).json()
    wanted = {
        "name": "ops",
        "alertSourceIds": [1],
        "connectorType": "slack",
        "connectorId": account["id"],
        "triggerTypes": ["incident-resolved"],
        "params": {"channelId": "C1"},
    }
    made = api.call("POST", "/api/v1/connections", json=wanted).json()
    address: str = made["hookUrl"].removeprefix(BASE)
    return address


def typed(api: Api, hook: str, text: str, secret: str = "shh") -> tuple[int, str]:
    """What the command is answered."""
    form = {"command": "/tocsin", "text": text, "user_id": "U7", "user_name": "mia"}
    body = urlencode(form).encode()
    stamp = str(int(api.cast.db.clock.now().timestamp()))
    headers = {
        "authorization": "",
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature(secret, stamp, body),
    }
    answer = api.call("POST", hook, content=body, headers=headers)
    return answer.status_code, answer.text


def test_who_is_on_call_is_said_policy_by_policy(api: Api, hook: str) -> None:
    duties = api.get("/api/v1/on-calls")
    assert duties, "somebody is on call"
    status, text = typed(api, hook, "oncall")
    assert status == 200
    for duty in duties:
        (line,) = (x for x in text.splitlines() if x.startswith(duty["escalationPolicy"]["name"]))
        assert f"level {duty['escalationLevel']}: " in line
        assert duty["user"]["firstName"] in line


def test_an_incident_is_opened_on_the_connections_source_as_the_linked_user(api: Api, hook: str) -> None:
    status, text = typed(api, hook, "new Disk full on db-1")
    assert (status, text.startswith(f"Opened: {BASE}/incidents/")) == (200, True)
    opened = api.get(f"/api/v1/incidents/{text.rpartition('/')[2]}")
    assert (opened["summary"], opened["alertSource"]["id"], opened["status"]) == (
        "Disk full on db-1",
        1,
        "PENDING",
    )
    with api.cast.db.write() as tx:
        people.add_contact(tx, api.cast.bo.id, "SLACK", "U7", "OK")
    number = typed(api, hook, "new Again")[1].rpartition("/")[2]
    log = api.get(f"/api/v1/incidents/{number}/log-entries")
    assert any(api.cast.bo.name in str(entry) for entry in log)
    first = api.get(f"/api/v1/incidents/{opened['id']}/log-entries")
    assert any("mia (ops)" in str(entry) for entry in first)


def test_everything_else_is_answered_with_help_and_a_forged_command_with_a_refusal(
    api: Api, hook: str
) -> None:
    assert typed(api, hook, "resolve all")[1].startswith("Write “oncall”")
    assert typed(api, hook, "new Forged", secret="other")[0] == 403
    assert api.get("/api/v1/incidents") == []


def press(api: Api, hook: str, incident_id: int) -> int:
    """Somebody presses Accept."""
    payload = {
        "type": "block_actions",
        "user": {"id": "U7", "name": "mia"},
        "actions": [{"action_id": "accept", "value": str(incident_id)}],
    }
    body = urlencode({"payload": dumps(payload)}).encode()
    stamp = str(int(api.cast.db.clock.now().timestamp()))
    headers = {
        "authorization": "",
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": signature("shh", stamp, body),
    }
    return api.call("POST", hook, content=body, headers=headers).status_code


@pytest.mark.parametrize(
    "role, status, by",
    [("USER", "ACCEPTED", "USER"), ("STAKEHOLDER", "PENDING", None), (None, "ACCEPTED", "SOURCE")],
)
def test_a_button_acts_as_the_linked_user_if_their_role_allows_it(
    api: Api, hook: str, role: str | None, status: str, by: str | None
) -> None:
    incident_id = api.cast.alert()
    if role:
        person = api.somebody(role)
        with api.cast.db.write() as tx:
            people.add_contact(tx, person.id, "SLACK", "U7", "OK")
    assert press(api, hook, incident_id) == 200
    incident = api.get(f"/api/v1/incidents/{incident_id}")
    assert (incident["status"], incident.get("acknowledgedByType")) == (status, by)


@pytest.mark.parametrize("state", ["UNPROVEN", "DELETED"])
def test_an_identity_that_nobody_proved_or_that_was_given_up_is_nobodys(
    api: Api, hook: str, state: str
) -> None:
    """Else a stakeholder who claims an administrator's account would silence their buttons."""
    incident_id = api.cast.alert()
    claimant, true = api.somebody("STAKEHOLDER"), api.cast.bo
    with api.cast.db.write() as tx:
        claimed = people.add_contact(
            tx, claimant.id, "SLACK", "U7", "UNPROVEN" if state == "UNPROVEN" else "OK"
        )
        if state == "DELETED":
            contacts.remove(tx, claimant.id, claimed.id)
        people.add_contact(tx, true.id, "SLACK", "U7", "OK")
    assert press(api, hook, incident_id) == 200
    incident = api.get(f"/api/v1/incidents/{incident_id}")
    assert (incident["status"], incident.get("acknowledgedByType")) == ("ACCEPTED", "USER")

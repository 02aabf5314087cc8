"""What clients that are out there insist on: Go and Terraform compare codes exactly, Rust the media type."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.fakes import BASE, Api

USER = {"firstName": "Di", "lastName": "Park", "email": "di@example.org", "username": "di"}
POLICY = {"name": "P", "escalationRules": [{"user": {"id": 1}, "escalationTimeout": 5}]}
SOURCE = {"name": "S", "integrationType": "API", "escalationPolicy": {"id": 1}}
SCHEDULE = {
    "name": "S",
    "timezone": "Europe/Berlin",
    "type": "RECURRING",
    "scheduleLayers": [
        {"startsOn": "2026-03-02T08:00:00Z", "users": [{"id": 2}, {"id": 3}], "rotation": "P7D"}
    ],
}
MANUAL = {"summary": "x", "alertSource": {"id": 1}}


@pytest.mark.parametrize("base", ["/api", "/api/v1"])
@pytest.mark.parametrize(
    "resource, body",
    [("users", USER), ("escalation-policies", POLICY), ("alert-sources", SOURCE), ("schedules", SCHEDULE)],
)
def test_create_201_location_update_200_delete_204(
    api: Api, base: str, resource: str, body: dict[str, Any]
) -> None:
    created = api.call("POST", f"{base}/{resource}", json=body)
    assert created.status_code == 201
    path = f"{base}/{resource}/{created.json()['id']}"
    assert created.headers["location"] == BASE + path
    assert api.call("GET", path).status_code == 200
    assert api.call("PUT", path, json=created.json()).status_code == 200, "what was read can be written"
    assert api.call("PUT", path, json=created.json()).json() == {
        **created.json(),
        **({"version": 3} if "version" in created.json() else {}),
    }
    deleted = api.call("DELETE", path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert api.call("GET", path).status_code == 404, "Terraform drops it from its state then"


@pytest.mark.parametrize(
    "method, path, status",
    [
        (
            "GET",
            "/api/v1/incidents?state=PENDING&state=ACCEPTED&alert-source=1&assigned-to=ann&max-results=50",
            200,
        ),
        ("GET", "/api/alerts?states=PENDING&sources=1&responders=1&policies=1", 200),
        ("GET", "/api/alerts?state=PENDING&alert-source=1&assigned-to=1&start-index=0", 200),
        ("GET", "/api/v1/incidents/count?from=2026-03-02T09:00:00Z&until=2026-03-02T09:00:00Z", 200),
        ("GET", "/api/v1/incidents/1", 200),
        ("GET", "/api/v1/incidents/1/responder?lng=en", 200),
        ("GET", "/api/alerts/1/suggested-responders?lang=de", 200),
        ("GET", "/api/v1/incidents/1/log-entries?lng=de", 200),
        ("GET", "/api/v1/incidents/1/notifications", 200),
        ("GET", "/api/alerts/1/actions", 200),
        ("PUT", "/api/v1/incidents/1/assign?user-id=2", 200),
        ("PUT", "/api/v1/incidents/1/assign?user-id=bo", 200),
        ("PUT", "/api/alerts/1/assign?policy=1", 200),
        ("PUT", "/api/v1/incidents/1/accept", 200),
        ("POST", "/api/v1/incidents/1/resolve", 200),
        ("GET", "/api/v1/users/ann", 200),
        ("GET", "/api/v1/users/current", 200),
        ("GET", "/api/v1/numbers", 200),
        ("GET", "/api/numbers", 200),
        ("GET", "/api/integrations?max-results=100", 200),
        ("GET", "/api/alert-sources/name/monitoring", 200),
        ("GET", "/api/escalation-policies/name/Default", 200),
        ("GET", "/api/escalation-policies/name/No%2FSuch", 404),
        ("GET", "/api/schedules?include=scheduleLayers&include=currentShift&max-results=20", 200),
        ("GET", "/api/schedules?max-results=50", 400),
        ("GET", "/api/schedules/name/S?include=scheduleLayers", 200),
        ("GET", "/api/schedules/name/No%2FSuch", 404),
        ("GET", "/api/v1/schedules/1", 200),
        ("GET", "/api/v1/schedules/1/shifts?from=2026-03-02T09:00:00Z&until=2026-03-02T09:00:00Z", 200),
        ("GET", "/api/schedules/1/shifts?exclude-overrides=true", 200),
        ("GET", "/api/v1/schedules/1/overrides", 200),
        ("GET", "/api/schedules/1/user-on-call", 200),
        ("GET", "/api/on-calls?expand=user&expand=escalationPolicy&expand=schedule&max-results=250", 200),
        ("PUT", "/api/v1/incidents/1/assign?schedule-id=1", 200),
        ("PUT", "/api/alerts/1/assign?schedule=1", 200),
        ("HEAD", "/api", 200),
        ("GET", "/api-docs/openapi.json", 200),
        ("GET", "/api/alerts?max-results=101", 400),
    ],
)
def test_exact_codes(api: Api, method: str, path: str, status: int) -> None:
    api.cast.alert()
    if "schedule" in path:
        api.call("POST", "/api/schedules", json=SCHEDULE)
    answer = api.call(method, path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json", "without a charset"


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_override_as_the_document_and_as_the_go_client_send_it(api: Api, method: str) -> None:
    api.call("POST", "/api/schedules", json=SCHEDULE)
    shift = {
        "user": {"id": 1, "firstName": "Ann"},
        "start": "2026-03-03T08:00:00Z",
        "end": "2026-03-04T08:00:00Z",
    }
    answer = api.call(method, "/api/schedules/1/overrides", json=shift)
    assert (answer.status_code, answer.json()["name"]) == (200, "S")


def test_the_schedule_of_the_go_client(api: Api) -> None:
    """Its v1 reads the present and the next shift without asking for them; nobody may be an absent field."""
    created = api.call("POST", "/api/v1/schedules", json=SCHEDULE).json()
    shown = api.get(f"/api/v1/schedules/{created['id']}")
    assert shown["currentShift"]["user"]["id"] == 2
    assert {"id", "name", "timezone", "startsOn", "currentShift", "nextShift"} <= set(shown)


def test_an_event_of_the_go_client(api: Api) -> None:
    """ilert-go reads a JSON body from both, 200 from v1 and 202 from today's, with `apiKey` in both."""
    event = {
        "apiKey": api.cast.source.integration_key,
        "eventType": "ALERT",
        "summary": "x",
        "incidentKey": "k",
    }
    v1 = api.call("POST", "/api/v1/events", json=event)
    assert v1.status_code == 200
    assert set(v1.json()) == {"incidentKey", "incidentUrl", "responseCode"}
    today = api.call("POST", "/api/events", json=event)
    assert today.status_code == 202
    assert today.json()["alertKey"] == "k"


def test_the_heartbeat_of_the_go_client(api: Api) -> None:
    key = api.cast.heartbeat().integration_key
    answer = api.call(
        "HEAD", f"/api/v1/heartbeats/{key}", headers={"accept": "text/plain", "authorization": ""}
    )
    assert answer.status_code == 202


def test_lists_are_bare_and_absent_fields_are_left_out(api: Api) -> None:
    api.cast.alert()
    for path in ("users", "alert-sources", "escalation-policies", "alerts"):
        listed = api.get(f"/api/{path}")
        assert isinstance(listed, list)
        assert "null" not in api.call("GET", f"/api/{path}").text


def test_absent_repeating_is_false(api: Api) -> None:
    """Go leaves false out."""
    assert api.get("/api/escalation-policies/1")["repeating"] is True
    assert api.call("PUT", "/api/escalation-policies/1", json=POLICY).json()["repeating"] is False


def test_absent_active_is_kept(api: Api) -> None:
    assert api.call("PUT", "/api/v1/alert-sources/1", json=SOURCE).json()["active"] is True


def test_single_targets_show_in_both_forms(api: Api) -> None:
    first, second = api.get("/api/escalation-policies/1")["escalationRules"]
    assert first["user"]["id"] == first["users"][0]["id"] == 1
    assert "user" not in second
    assert first["schedules"] == []


def test_either_vocabulary_in_either_dialect(api: Api) -> None:
    for base, name in (("/api", "alertCreation"), ("/api/v1", "incidentCreation")):
        for sent in (
            {"incidentCreation": "ONE_PENDING_INCIDENT_ALLOWED"},
            {"alertCreation": "ONE_PENDING_ALERT_ALLOWED"},
        ):
            shown = api.call("PUT", f"{base}/alert-sources/1", json={**SOURCE, **sent}).json()
            word = "ALERT" if base == "/api" else "INCIDENT"
            assert shown[name] == f"ONE_PENDING_{word}_ALLOWED"


def test_the_browser_extension_polls(api: Api) -> None:
    """Its first If-None-Match is an unquoted 0."""
    assert api.call("GET", "/api/alerts?states=PENDING", headers={"if-none-match": "0"}).status_code == 200


def test_keep_reads_its_role(api: Api) -> None:
    assert api.get("/api/users/current")["role"] == "ADMIN"


def test_errors_have_a_code(api: Api) -> None:
    """JavaScript reads `error.response`: there always is one, with a code."""
    for method, path in (("GET", "/api/alerts/99"), ("POST", "/api/alert-sources"), ("PUT", "/api/nothing")):
        body = api.call(method, path, json={}).json()
        assert isinstance(body["code"], str)
        assert isinstance(body["message"], str)

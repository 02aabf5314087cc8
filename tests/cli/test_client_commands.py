from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Answer, HttpServer, Run

SHIFT = {
    "user": {"firstName": "Ann", "lastName": "Lee"},
    "start": "2026-03-02T08:00:00Z",
    "end": "2026-03-09T08:00:00Z",
}
COVERED: dict[str, Any] = {
    "policy": "Database",
    "start": "2026-03-02T09:00:00Z",
    "end": "2026-05-31T09:00:00Z",
    "uncovered": [],
    "levels": [],
    "weakLinks": [{"user": "Eve", "verified": ["EMAIL"]}],
    "clockChanges": [{"schedule": "Primary", "at": "2026-03-29T01:00:00Z"}],
    "broken": [],
}
HOLES: dict[str, Any] = {
    "policy": "Empty",
    "uncovered": [{"start": "2026-03-08T00:00:00Z", "end": "2026-03-09T00:00:00Z"}],
    "broken": [{"scheduleId": 5, "problem": "unknown time zone"}],
}
PAGE = {
    "at": "2026-03-02T09:00:00Z",
    "userId": 1,
    "user": "Ann",
    "method": "EMAIL",
    "target": "ann@x.org",
    "level": 1,
    "cycle": 1,
    "purpose": "ALERT",
    "reason": "rule:1",
}
LATER = PAGE | {"user": "Bob", "level": 2, "at": "2026-03-02T09:15:00Z", "unverified": True}
SILENCE = {"at": "2026-03-02T09:15:00Z", "level": 2, "cycle": 1, "user": "Eve", "reason": "NO_CONTACT"}


def explanation(policy_id: int = 7, pages: tuple[dict[str, Any], ...] = (PAGE, LATER)) -> dict[str, Any]:
    return {
        "at": "2026-03-02T09:00:00Z",
        "priority": "HIGH",
        "policyId": policy_id,
        "policy": "Database",
        "pages": list(pages),
        "silences": [SILENCE],
        "endsAt": "2026-03-02T10:00:00Z",
    }


@pytest.fixture
def environ(environ: dict[str, str], http_server: HttpServer) -> dict[str, str]:
    return environ | {"TOCSIN_URL": http_server.url, "TOCSIN_API_KEY": "key"}


@pytest.fixture
def server(http_server: HttpServer) -> HttpServer:
    http_server.answers = {
        "/api/v1/events": (
            200,
            {"incidentKey": "disk", "incidentUrl": "http://t/1", "responseCode": "NEW_INCIDENT_CREATED"},
        ),
        "/api/v1/incidents": (
            200,
            [{"id": 5, "status": "PENDING", "summary": "Disk [full]", "priority": "HIGH"}],
        ),
        "/api/users/current": (200, {"id": 3}),
        "/api/escalation-policies": (200, [{"id": 7, "name": "Database"}, {"id": 8, "name": "Empty"}]),
        "/api/escalation-policies/7/explain": (200, explanation()),
        "/api/escalation-policies/8/explain": (200, explanation(8, ()) | {"policy": "Empty"}),
        "/api/escalation-policies/7/coverage": (200, COVERED),
        "/api/escalation-policies/8/coverage": (200, COVERED | HOLES),
        "/api/schedules": (200, [{"id": 4, "name": "Primary"}]),
        "/api/schedules/4": (200, {"id": 4, "name": "Primary", "currentShift": SHIFT}),
        "/api/alert-sources": (200, [{"id": 2, "name": "Nagios", "escalationPolicy": {"id": 7}}]),
        "/api/alert-sources/2/explain": (200, explanation() | {"raisedAt": "2026-03-02T12:00:00Z"}),
    }
    return http_server


def test_event(run: Run, server: HttpServer) -> None:
    link = ("--link", "https://x.org/?a=1=Dashboard", "--link", "https://y.org/")
    result = run(
        "event",
        "--key",
        "il1api",
        "--summary",
        "Disk full",
        "--incident-key",
        "disk",
        "--priority",
        "low",
        *link,
    )
    assert (result.exit_code, result.stdout) == (0, "accepted: incident disk http://t/1\n")
    (asked,) = server.asked
    assert asked["body"] == {
        "apiKey": "il1api",
        "eventType": "ALERT",
        "summary": "Disk full",
        "incidentKey": "disk",
        "priority": "LOW",
        "links": [{"href": "https://x.org/?a=1", "text": "Dashboard"}, {"href": "https://y.org/"}],
    }
    assert asked["key"] is None


def test_event_in_json_and_of_another_type(run: Run, server: HttpServer) -> None:
    result = run("event", "--key", "k", "--type", "resolve", "--incident-key", "disk", "--json")
    assert json.loads(result.stdout)["incidentKey"] == "disk"
    assert server.asked[0]["body"]["eventType"] == "RESOLVE"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("event", "--key", "k"), "--summary"),
        (("event", "--summary", "s"), "--key"),
        (("event", "--key", "k", "--summary", "s", "--link", "nonsense"), "--link: write URL=TEXT"),
        (("event", "--key", "k", "--summary", "s", "--type", "NONSENSE"), "NONSENSE"),
        (("explain",), "--policy and --source"),
        (("explain", "--policy", "7", "--source", "2"), "--policy and --source"),
        (("explain", "--policy", "7", "--at", "tomorrow"), "--at: write an instant"),
        (("explain", "--policy", "Webb"), "no escalation policy 'Webb'; there are: Database, Empty"),
        (("explain", "--source", "9"), "no alert source '9'; there are: Nagios"),
    ],
)
def test_misuse(run: Run, server: HttpServer, arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_incidents(run: Run, server: HttpServer) -> None:
    result = run("incidents", "--mine", "--limit", "5")
    assert "Disk [full]" in result.stdout
    assert server.asked[-1]["query"] == {
        "state": ["PENDING", "ACCEPTED"],
        "assigned-to": ["3"],
        "max-results": ["5"],
    }
    assert server.asked[-1]["key"] == "Bearer key"


def test_incidents_by_state_in_json_and_none(run: Run, server: HttpServer) -> None:
    assert json.loads(run("incidents", "--state", "resolved", "--json").stdout)[0]["id"] == 5
    assert server.asked[-1]["query"]["state"] == ["RESOLVED"]
    server.answers["/api/v1/incidents"] = (200, [])
    assert run("incidents").stdout == "no incident is PENDING or ACCEPTED\n"


def test_who_is_asked_first(run: Run, server: HttpServer) -> None:
    lines = run("who").stdout.splitlines()
    assert "Ann" in lines[1]
    assert "NOBODY" in lines[2]
    assert not any("Bob" in line for line in lines)
    (only,) = json.loads(run("who", "--policy", "database", "--json").stdout)
    assert (only["policyId"], [page["user"] for page in only["asked"]]) == (7, ["Ann"])


def test_who_is_on_call_by_a_schedule(run: Run, server: HttpServer) -> None:
    now, following = run("who", "--schedule", "primary").stdout.splitlines()[1:]
    assert "Ann Lee" in now
    assert "NOBODY" in following
    assert server.asked[0]["query"]["max-results"] == ["20"], "the server gives no more a page"
    assert json.loads(run("who", "--schedule", "4", "--json").stdout)["currentShift"] == SHIFT
    assert run("who", "--schedule", "4", "--policy", "7").exit_code == 2


def test_coverage(run: Run, server: HttpServer) -> None:
    result = run("coverage", "--policy", "7", "--until", "2026-05-31T09:00:00Z")
    assert result.exit_code == 0
    assert server.asked[-1]["query"] == {"until": ["2026-05-31T09:00:00Z"]}
    for words in ("somebody is always there", "Eve has not two verified", "Primary at 2026-03-29"):
        assert words in result.stdout
    everything = run("coverage")
    assert everything.exit_code == 1, "for a timer"
    for words in ("Empty, ", "2026-03-08T00:00:00Z", "unknown time zone"):
        assert words in everything.stdout
    assert [each["policy"] for each in json.loads(run("coverage", "--json").stdout)] == ["Database", "Empty"]
    assert run("coverage", "--from", "soon").exit_code == 2


def test_explain_a_source_at_an_instant(run: Run, server: HttpServer) -> None:
    result = run("explain", "--source", "nagios", "--at", "2026-12-24T18:00:00+01:00")
    assert server.asked[-1]["path"] == "/api/alert-sources/2/explain", "with the priority of the source"
    assert server.asked[-1]["query"] == {"at": ["2026-12-24T17:00:00Z"]}
    assert "At 2026-03-02T12:00:00Z its priority becomes HIGH." in result.stdout
    assert "bob" not in result.stdout
    for words in (
        "Ann",
        "Bob",
        "(unverified)",
        "Not told:",
        "Eve",
        "NO_CONTACT",
        "After 2026-03-02T10:00:00Z",
    ):
        assert words in result.stdout


def test_explain_tells_the_past_by_what_was_sent(run: Run, server: HttpServer) -> None:
    past = explanation(7, ({**PAGE, "state": "DELIVERED", "incidentId": 3},))
    server.answers["/api/escalation-policies/7/explain"] = (200, past | {"basis": "LEDGER"})
    said = run("explain", "--policy", "7", "--at", "2026-03-01T18:00:00Z").stdout
    assert "what was sent of the incidents that were open at" in said
    assert "(DELIVERED, incident 3)" in said
    assert "nobody more would be asked" not in said


def test_explain_says_nobody(run: Run, server: HttpServer) -> None:
    assert "NOBODY would be told" in run("explain", "--policy", "8").stdout
    assert json.loads(run("explain", "--policy", "Empty", "--json").stdout)["policyId"] == 8


def test_long_lists_are_read_to_the_end(run: Run, server: HttpServer) -> None:
    policies = [{"id": number, "name": f"P{number}"} for number in range(120)]

    def page(query: dict[str, list[str]]) -> Answer:
        start, size = int(query["start-index"][0]), int(query["max-results"][0])
        return 200, policies[start : start + size]

    server.answers["/api/escalation-policies"] = page
    server.answers["/api/escalation-policies/119/explain"] = (200, explanation(119))
    assert run("explain", "--policy", "p119").exit_code == 0


@pytest.mark.parametrize(
    "status, code, words",
    [
        (400, 2, "refuses this (because)"),
        (401, 2, "check TOCSIN_API_KEY"),
        (403, 2, "may not do this (because)"),
        (404, 2, "finds nothing at /api/v1/incidents (because)"),
        (429, 1, "try again later"),
        (500, 1, "answers 500 (because)"),
    ],
)
def test_refusals_of_the_server(run: Run, server: HttpServer, status: int, code: int, words: str) -> None:
    server.answers["/api/v1/incidents"] = (status, {"message": "because"})
    result = run("incidents")
    assert result.exit_code == code
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_no_server(run: Run, environ: dict[str, str], free_port: int) -> None:
    environ["TOCSIN_URL"] = f"http://127.0.0.1:{free_port}"
    result = run("incidents")
    assert result.exit_code == 1
    assert "is `tocsin serve` running" in result.stderr


@pytest.mark.parametrize("key", ["", "ключ"])
def test_no_key(run: Run, environ: dict[str, str], key: str) -> None:
    environ["TOCSIN_API_KEY"] = key
    result = run("incidents")
    assert result.exit_code == 2
    assert "TOCSIN_API_KEY" in result.stderr


@pytest.mark.parametrize("body", [b"<html>", b"[1,", b"\xff"])
def test_another_program_on_the_port(run: Run, server: HttpServer, body: bytes) -> None:
    server.answers["/api/v1/incidents"] = (200, body)
    result = run("incidents")
    assert result.exit_code == 1
    assert "does not answer as Tocsin does" in result.stderr

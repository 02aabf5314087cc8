"""Jira: an issue for each incident, kept in step, and closed issues close incidents."""

from __future__ import annotations

from typing import Any

import pytest

from tests.connections.occasions import NOON, Server, callback, occasion
from tocsin.connections.jira import JiraConnector, JiraParams, connection
from tocsin.core.connections import Outcome, Remote
from tocsin.kit.value import dumps
from tocsin.plugins import Errand, HttpAnswer, HttpRequest

CONNECTOR = JiraConnector(url="https://example.atlassian.net/", email="a@example.com", password="token")
PARAMS = JiraParams(project="OPS", issue_type="Bug")
THERE = Remote(id="OPS-7", url="https://example.atlassian.net/browse/OPS-7")
TRANSITIONS = {
    "transitions": [
        {"id": "11", "name": "Start", "to": {"statusCategory": {"key": "indeterminate"}}},
        {"id": "31", "name": "Done", "to": {"statusCategory": {"key": "done"}}},
    ]
}


def errand(there: Remote | None = None, **changes: Any) -> Errand:
    return Errand(occasion=occasion(**changes), params=PARAMS, connector=CONNECTOR, remote=there, now=NOON)


def test_the_first_occasion_creates_the_issue() -> None:
    server = Server({"POST /rest/api/2/issue": HttpAnswer(status=201, body=b'{"id":"1","key":"OPS-7"}')})
    ended = server.play(connection, errand())
    assert ended.remote == THERE
    fields = server.bodies[0]["fields"]
    assert fields["project"] == {"key": "OPS"}
    assert fields["issuetype"] == {"name": "Bug"}
    assert fields["summary"] == "[PENDING] Disk full on db-1"
    assert dict(server.requests[0].headers)["authorization"] == "Basic YUBleGFtcGxlLmNvbTp0b2tlbg=="


def test_later_ones_change_the_title_and_comment() -> None:
    server = Server({"PUT /rest/api/2/issue/OPS-7": 204, "POST /rest/api/2/issue/OPS-7/comment": 201})
    ended = server.play(
        connection, errand(THERE, trigger="incident-acknowledged", status="ACCEPTED", by="Bo")
    )
    assert ended.kind == "DONE"
    assert server.bodies[0] == {"fields": {"summary": "[ACCEPTED] Disk full on db-1"}}
    assert server.bodies[1] == {"body": "incident acknowledged by Bo (ACCEPTED)"}


def test_a_resolved_incident_finishes_the_issue() -> None:
    server = Server(
        {
            "PUT /rest/api/2/issue/OPS-7": 204,
            "POST /rest/api/2/issue/OPS-7/comment": 201,
            "GET /rest/api/2/issue/OPS-7/transitions": HttpAnswer(
                status=200, body=dumps(TRANSITIONS).encode()
            ),
            "POST /rest/api/2/issue/OPS-7/transitions": 204,
        }
    )
    assert (
        server.play(connection, errand(THERE, trigger="incident-resolved", status="RESOLVED")).kind == "DONE"
    )
    assert server.bodies[-1] == {"transition": {"id": "31"}}


def test_custom_fields_are_laid_over() -> None:
    params = JiraParams(project="OPS", body_template='{"customfield_1": "x", "labels": ["mine"]}')
    request = connection.proceed(
        Errand(occasion=occasion(), params=params, connector=CONNECTOR, now=NOON), ()
    )
    assert isinstance(request, HttpRequest)
    assert b'"customfield_1":"x"' in request.body
    assert b'"labels":["mine"]' in request.body


@pytest.mark.parametrize(
    "status, kind", [(400, "PERMANENT"), (401, "PERMANENT"), (429, "TEMPORARY"), (503, "TEMPORARY")]
)
def test_a_refusal_is_read(status: int, kind: str) -> None:
    ended = connection.proceed(errand(), (HttpAnswer(status=status, body=b"why"),))
    assert isinstance(ended, Outcome)
    assert (ended.kind, ended.answer) == (kind, f"{status} why")


def webhook(category: str, **more: Any) -> dict[str, Any]:
    status = {"name": "x", "statusCategory": {"key": category}}
    return {
        "webhookEvent": "jira:issue_updated",
        "user": {"displayName": "Mia"},
        "issue": {"key": "OPS-7", "fields": {"status": status}},
        "changelog": {"items": [{"field": "status", "toString": "x"}]},
        **more,
    }


@pytest.mark.parametrize("category, action", [("done", "RESOLVE"), ("indeterminate", "ACCEPT")])
def test_a_moved_issue_moves_the_incident(category: str, action: str) -> None:
    heard = connection.hear(callback(webhook(category)), CONNECTOR, PARAMS)
    assert [(t.remote_id, t.action, t.by) for t in heard.told] == [("OPS-7", action, "Mia")]


def test_other_changes_of_an_issue_say_nothing_and_comments_come_along() -> None:
    other = webhook("done", changelog={"items": [{"field": "labels"}]})
    assert connection.hear(callback(other), CONNECTOR, PARAMS).told == ()
    said = {
        "webhookEvent": "comment_created",
        "issue": {"key": "OPS-7"},
        "comment": {"body": "hm", "author": {}},
    }
    told = connection.hear(callback(said), CONNECTOR, PARAMS).told
    assert [(t.action, t.text) for t in told] == [("COMMENT", "hm")]


def test_choices_are_the_projects_and_the_issue_types_of_one() -> None:
    projects = HttpAnswer(status=200, body=b'[{"key":"OPS","name":"Operations"}]')
    assert [(c.value, c.label) for c in connection.read_choices("project", projects)] == [
        ("OPS", "Operations")
    ]
    asked = connection.choices("issueType", CONNECTOR, {"project": "OPS"})
    assert isinstance(asked, HttpRequest)
    assert asked.url.endswith("/project/OPS")
    types = HttpAnswer(status=200, body=b'{"issueTypes":[{"name":"Bug"}]}')
    assert [c.value for c in connection.read_choices("issueType", types)] == ["Bug"]

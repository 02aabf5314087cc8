"""Jira's own fields: asked of Cloud, Data Center and older servers, checked, and written as Jira takes them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.connections.occasions import NOON, occasion
from tocsin.connections import own_fields
from tocsin.connections.jira import JiraConnector, JiraParams, connection
from tocsin.connections.jira_fields import written
from tocsin.core.connections import Remote
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode, dumps, loads
from tocsin.plugins import Answer, Errand, HttpAnswer, HttpRequest, Offered, OwnField, Request

CLOUD = JiraConnector(url="https://example.atlassian.net", email="a@example.com", password="token")
SERVER = JiraConnector(url="https://jira.example", password="token")
CHOSEN = {"project": "OPS", "issueType": "Bug"}
SEVERITY = {
    "required": True,
    "name": "Severity",
    "fieldId": "customfield_1",
    "schema": {"type": "option", "custom": "select"},
    "allowedValues": [{"id": "1", "value": "high"}, {"id": "2", "value": "low"}],
}
TEAM = {
    "required": False,
    "name": "Teams",
    "fieldId": "customfield_2",
    "schema": {"type": "array", "items": "string"},
}
NOT_OURS_TO_FILL = [
    {"required": True, "name": "Summary", "fieldId": "summary", "schema": {"type": "string"}},
    {
        "required": False,
        "name": "Attachment",
        "fieldId": "attachment",
        "schema": {"type": "array", "items": "attachment"},
    },
    {"name": "Odd", "fieldId": "x", "schema": None},
]
FOUND = (
    Offered(key="customfield_1", label="Severity", kind="option", required=True, options=("high", "low")),
    Offered(key="customfield_2", label="Teams", kind="array:string"),
)


class Jira:
    """Answers by path and query; remembers what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def ask(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        url = urlsplit(request.url)
        path = f"{url.path.removeprefix('/rest/api/2/issue/createmeta')}?{url.query}"
        self.asked.append(path)
        found = self.answers.get(path)
        return HttpAnswer(status=404) if found is None else HttpAnswer(status=200, body=dumps(found).encode())


def test_cloud_is_asked_page_by_page() -> None:
    types, fields = "/OPS/issuetypes", "/OPS/issuetypes/7"
    jira = Jira(
        {
            f"{types}?maxResults=50": {"issueTypes": [{"id": "3", "name": "Task"}], "total": 2},
            f"{types}?maxResults=50&startAt=1": {"issueTypes": [{"id": "7", "name": "Bug"}], "total": 2},
            f"{fields}?maxResults=50": {"fields": [TEAM, *NOT_OURS_TO_FILL], "total": 5},
            f"{fields}?maxResults=50&startAt=4": {"fields": [SEVERITY], "total": 5},
        }
    )
    assert own_fields.offered(connection, CLOUD, CHOSEN, jira.ask) == FOUND, "what is needed comes first"
    assert len(jira.asked) == 4


def test_data_center_calls_the_lists_values() -> None:
    jira = Jira(
        {
            "/OPS/issuetypes?maxResults=50": {"values": [{"id": "7", "name": "Bug"}], "isLast": True},
            "/OPS/issuetypes/7?maxResults=50": {"values": [SEVERITY, TEAM], "total": 9, "isLast": True},
        }
    )
    assert own_fields.offered(connection, SERVER, CHOSEN, jira.ask) == FOUND


def test_an_older_server_says_everything_at_once() -> None:
    fields = {one["fieldId"]: {k: v for k, v in one.items() if k != "fieldId"} for one in (SEVERITY, TEAM)}
    query = "?projectKeys=OPS&issuetypeNames=Bug&expand=projects.issuetypes.fields"
    jira = Jira({query: {"projects": [{"issuetypes": [{"name": "Bug", "fields": fields}]}]}})
    assert own_fields.offered(connection, SERVER, CHOSEN, jira.ask) == FOUND


@pytest.mark.parametrize(
    "chosen, answers, said",
    [
        ({"project": "OPS"}, {}, "choose the project and the issue type first"),
        (CHOSEN, {}, "404"),
        (CHOSEN, {"/OPS/issuetypes?maxResults=50": {"issueTypes": []}}, "no issue type 'Bug'"),
        (
            CHOSEN,
            {"?projectKeys=OPS&issuetypeNames=Bug&expand=projects.issuetypes.fields": {"projects": []}},
            "no issue type 'Bug'",
        ),
    ],
)
def test_why_there_are_none_is_said(chosen: dict[str, str], answers: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        own_fields.offered(connection, SERVER, chosen, Jira(answers).ask)


@pytest.mark.parametrize(
    "kind, text, value",
    [
        ("string", "x", "x"),
        ("number", "5", 5),
        ("number", "-0.5", -0.5),
        ("option", "high", {"value": "high"}),
        ("priority", "High", {"name": "High"}),
        ("array:string", "a, b ,", ["a", "b"]),
        ("array:component", "db,web", [{"name": "db"}, {"name": "web"}]),
        ("option-with-child", "Europe / Spain", {"value": "Europe", "child": {"value": "Spain"}}),
        ("user", "5b10", {"accountId": "5b10"}),
        ("issuelink", "OPS-1", {"key": "OPS-1"}),
    ],
)
def test_values_are_written_as_jira_takes_them(kind: str, text: str, value: Any) -> None:
    assert written(kind, text, cloud=True) == value


def test_a_user_of_a_server_has_a_name_and_words_are_no_number() -> None:
    assert written("user", "bo", cloud=False) == {"name": "bo"}
    with pytest.raises(BadInput, match="'many' is no number"):
        written("number", "many", cloud=True)


def test_they_go_into_the_new_issue_and_are_templates() -> None:
    own = [
        {"key": "customfield_1", "kind": "option", "value": "{{ alertPriority }}"},
        {"key": "customfield_2", "kind": "array:string", "value": "ops,{{ alertSourceName }}"},
    ]
    params = decode(JiraParams, {"project": "OPS", "customFields": own})
    request = connection.proceed(Errand(occasion=occasion(), params=params, connector=CLOUD, now=NOON), ())
    assert isinstance(request, HttpRequest)
    fields = loads(request.body)["fields"]
    assert (fields["customfield_1"], fields["customfield_2"]) == ({"value": "HIGH"}, ["ops", "monitoring"])


def test_an_accepted_incident_takes_the_transition_that_was_named() -> None:
    params = JiraParams(project="OPS", accept_transition="Start")
    there = Remote(id="OPS-7")
    taken = occasion(trigger="incident-acknowledged", status="ACCEPTED")
    errand = Errand(occasion=taken, params=params, connector=CLOUD, remote=there, now=NOON)
    fine = HttpAnswer(status=204)
    listed = HttpAnswer(status=200, body=b'{"transitions":[{"id":"11","name":"Start"}]}')
    moved = connection.proceed(errand, (fine, fine, listed))
    assert isinstance(moved, HttpRequest)
    assert (moved.method, loads(moved.body)) == ("POST", {"transition": {"id": "11"}})


def test_what_jira_would_refuse_is_said_before() -> None:
    def wrong(*given: OwnField, complete: bool = True) -> list[str]:
        return [str(p) for p in own_fields.problems(FOUND, given, "customFields", complete=complete)]

    severity = OwnField(key="customfield_1", kind="option", value="high")
    assert wrong(severity) == []
    assert wrong() == ["customFields.customfield_1: the product needs this field"]
    assert wrong(complete=False) == []
    assert wrong(OwnField(key="customfield_1", value="huge")) == [
        "customFields.customfield_1: use one of high, low"
    ]
    assert wrong(OwnField(key="customfield_1", value="{{ alertPriority }}")) == []
    assert wrong(severity, OwnField(key="other", value="x")) == [
        "customFields.other: the product has no such field here"
    ]

"""The connection form lists what the product offers, asked as the chosen account, and says why it cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import everything
from tests.web.test_connections import HOOK, JIRA, add
from tocsin.deployment import Deployment
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure, Request
from tocsin.store import documents
from tocsin.store.database import Database
from tocsin.store.kinds import CONNECTIONS

PROJECTS = "/connections/choices/jira/project?connector=1"
TYPES = "/connections/choices/jira/issueType?connector=1"


class Product:
    """The other product: gives its answers one after the other and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[str] = []

    async def ask(self, request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        self.asked.append(request.url)
        return self.answers.pop(0)


@pytest.fixture
def product() -> Product:
    return Product()


@pytest.fixture
def deployment(deployment: Deployment, product: Product) -> Deployment:
    return replace(deployment, ask=product.ask)


def test_the_form_lists_the_products_projects_and_the_types_of_the_chosen_one(
    ann: TestClient, product: Product, db: Database
) -> None:
    add(ann, "/connectors/new/jira", JIRA)
    form = ann.get("/connections/new/jira").text
    assert 'hx-get="/connections/choices/jira/project"' in form
    assert 'list="d-project"' in form or "list=d-project" in form
    assert "/connections/choices/jira/customFields" not in form
    product.answers += [
        HttpAnswer(status=200, body=b'[{"key":"OPS","name":"Operations <now>"}]'),
        HttpAnswer(status=200, body=b'{"issueTypes":[{"name":"Bug"},{"name":"Task"}]}'),
    ]
    before = everything(db)
    offered = ann.get(PROJECTS).text
    assert '<option value="OPS">Operations &lt;now&gt;</option>' in offered
    assert "2 found" in ann.get(TYPES + "&settings.project=OPS").text
    assert product.asked[1].endswith("/project/OPS")
    assert everything(db) == before


@pytest.mark.parametrize(
    "answer, said",
    [
        (HttpAnswer(status=401, body=b"who are you"), "401 who are you"),
        (NetworkFailure(reason="no route to it", sent="NO"), "no route to it"),
        (HttpAnswer(status=200, body=b'{"errors":"<b>"}'), "200 {&#34;errors&#34;:&#34;&lt;b&gt;&#34;}"),
    ],
)
def test_what_the_product_says_instead_is_shown(
    ann: TestClient, product: Product, answer: Answer, said: str
) -> None:
    add(ann, "/connectors/new/jira", JIRA)
    product.answers.append(answer)
    shown = ann.get(PROJECTS)
    assert shown.status_code == 200
    assert said in shown.text


def test_what_is_missing_is_said_without_asking(ann: TestClient, product: Product) -> None:
    add(ann, "/connectors/new/jira", JIRA)
    assert "choose an account" in ann.get("/connections/choices/jira/project").text
    assert "Fill in what the list depends on first" in ann.get(TYPES).text
    assert ann.get(PROJECTS.replace("=1", "=2")).status_code == 404
    assert ann.get(PROJECTS.replace("jira", "slack")).status_code == 404
    assert product.asked == []


TYPES_PAGE = HttpAnswer(status=200, body=b'{"issueTypes":[{"id":"7","name":"Bug"}],"total":1}')
FIELDS_PAGE = HttpAnswer(
    status=200,
    body=b'{"fields":[{"fieldId":"customfield_1","name":"Severity","required":true,'
    b'"schema":{"type":"option"},"allowedValues":[{"value":"high"}]}],"total":1}',
)


def test_the_products_own_fields_become_a_form_and_are_checked_before_they_are_kept(
    ann: TestClient, product: Product, db: Database
) -> None:
    add(ann, "/connectors/new/jira", JIRA)
    form = {**HOOK, "connector": "1", "settings.project": "OPS", "settings.issueType": "Bug"}
    product.answers += [TYPES_PAGE, FIELDS_PAGE]
    query = {
        "connector": "1",
        "settings.project": "OPS",
        "settings.issueType": "Bug",
        "own.customfield_1": "x",
    }
    shown = ann.get("/connections/fields/jira", params=query).text
    assert "Severity" in shown
    assert 'name="own.customfield_1" type="text" value="x" required' in shown
    assert '<option value="high">' in shown
    product.answers += [TYPES_PAGE, FIELDS_PAGE]
    refused = ann.post("/connections/new/jira", data=form)
    assert refused.status_code == 422
    assert "the product needs this field" in refused.text
    product.answers += [TYPES_PAGE, FIELDS_PAGE]
    own = {"own.customfield_1": "high", "kind.customfield_1": "option"}
    add(ann, "/connections/new/jira", {**form, **own})
    with db.read() as tx:
        kept = documents.get(tx, CONNECTIONS, 1).params["customFields"]
    assert kept == [{"key": "customfield_1", "kind": "option", "value": "high"}]
    assert 'value="high"' in ann.get("/connections/1/edit").text


def test_a_product_that_is_away_keeps_nobody_from_saving(ann: TestClient, product: Product) -> None:
    add(ann, "/connectors/new/jira", JIRA)
    product.answers.append(NetworkFailure(reason="away", sent="NO"))
    add(ann, "/connections/new/jira", {**HOOK, "connector": "1", "settings.project": "OPS"})
    product.answers.append(NetworkFailure(reason="away today", sent="NO"))
    query = {"connector": "1", "settings.project": "OPS", "settings.issueType": "Bug", "own.x": "kept"}
    shown = ann.get("/connections/fields/jira", params=query).text
    assert "away today" in shown
    assert 'value="kept"' in shown

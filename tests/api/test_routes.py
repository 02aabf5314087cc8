"""What holds for every route, present and future."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, get_args

import pytest
from fastapi.openapi.utils import get_openapi

from tests.api.fakes import Api
from tocsin.api import dialect
from tocsin.api.app import _resources
from tocsin.api.dialect import of_path
from tocsin.api.document import _schema
from tocsin.core.access import Action
from tocsin.store import documents
from tocsin.store.kinds import POLICIES


def test_every_route_names_its_action(api: Api) -> None:
    without = [
        route for route in api.app.router.routes if getattr(route, "action", None) not in get_args(Action)
    ]
    assert without == []
    assert len(api.app.router.routes) > 100


def test_nobody_passes_a_route_that_is_not_public(api: Api) -> None:
    for route in api.app.router.routes:
        if route.action in ("PUBLIC", "TOKEN"):  # type: ignore[attr-defined]
            continue
        path = route.path.replace("{id}", "1").replace("{level}", "0")  # type: ignore[attr-defined]
        path = path.replace("{name:path}", "x").replace("{key_id}", "1")
        for method in route.methods:  # type: ignore[attr-defined]
            answer = api.call(method, path, headers={"authorization": ""})
            assert answer.status_code == 401, (method, path)


@pytest.mark.parametrize("role", ["STAKEHOLDER", "RESPONDER", "USER", "ADMIN"])
def test_roles_pass_as_the_table_says(api: Api, role: str) -> None:
    person = api.somebody(role)
    rank = ["STAKEHOLDER", "RESPONDER", "USER", "ADMIN"].index(role)
    expected = {"/api/users/current": 0, "/api/escalation-policies": 1, "/api/alert-sources/1/events": 2}
    for path, needed in expected.items():
        assert api.call("GET", path, person).status_code == (200 if rank >= needed else 403), path
    created = api.call("POST", "/api/escalation-policies", person, json={})
    assert created.status_code == (400 if rank >= 2 else 403)
    assert api.call("DELETE", "/api/users/3", person).status_code == (409 if rank >= 3 else 403)


def test_a_change_is_committed_before_the_response_starts(api: Api) -> None:
    seen: list[bool] = []

    async def scenario() -> None:
        body = b'{"name":"Early","escalationRules":[{"users":[{"id":1}],"escalationTimeout":5}]}'
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/api/escalation-policies",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {api.keys[api.cast.ann.id]}".encode())],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 201
                with api.cast.db.read() as tx:
                    seen.append(documents.find(tx, POLICIES, name="Early") is not None)

        await api.app(scope, receive, send)

    asyncio.run(scenario())
    assert seen == [True]


def test_a_refused_change_leaves_nothing_behind(api: Api) -> None:
    body = {"name": "x", "integrationType": "API", "escalationPolicy": {"id": 99}}
    assert api.call("POST", "/api/alert-sources", json=body).status_code == 400
    assert len(api.get("/api/alert-sources")) == 1


def test_more_writers_than_worker_threads_do_not_starve(api: Api) -> None:
    incident = api.cast.alert()

    async def scenario() -> list[int]:
        headers = {"authorization": f"Bearer {api.keys[api.cast.ann.id]}"}
        calls = [
            api._call(
                "POST",
                f"/api/alerts/{incident}/comments",
                None,
                {"json": {"content": str(n)}, "headers": headers},
            )
            for n in range(80)
        ]
        return [answer.status_code for answer in await asyncio.gather(*calls)]

    assert asyncio.run(asyncio.wait_for(scenario(), 60)) == [201] * 80


@pytest.mark.parametrize(
    "method, path, options, status",
    [
        ("GET", "/api/nothing", {}, 404),
        ("PATCH", "/api/users", {}, 405),
        ("POST", "/api/escalation-policies", {"content": b"{"}, 400),
        ("POST", "/api/escalation-policies", {"content": b""}, 400),
        ("POST", "/api/escalation-policies", {"json": []}, 400),
        ("POST", "/api/escalation-policies", {"json": {"name": "a\0b"}}, 400),
        ("POST", "/api/escalation-policies", {"content": b'{"name": NaN}'}, 400),
        ("POST", "/api/escalation-policies", {"content": b"[" * 5000}, 400),
        ("POST", "/api/escalation-policies", {"content": b'{"x":"' + b"a" * 1_048_576 + b'"}'}, 413),
        ("GET", f"/api/escalation-policies/{2**63}", {}, 400),
        ("GET", f"/api/users/{2**63}", {}, 404),
        ("GET", "/api/users/a%00b", {}, 400),
        ("GET", "/api/alerts?responders=a%00b", {}, 400),
        ("GET", "/api/alerts?max-results=101", {}, 400),
        ("GET", "/api/alerts?start-index=-1", {}, 400),
        ("GET", f"/api/alerts?start-index={2**70}", {}, 400),
        ("GET", "/api/alerts?from=yesterday", {}, 400),
        ("GET", "/api/escalation-policies/1/explain?at=9999-12-31T23:59:59Z", {}, 400),
    ],
)
def test_refusals_have_one_form(
    api: Api, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    answer = api.call(method, path, **options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"status", "message", "code", "details"}
    assert body["status"] == status


def test_problems_are_named_in_the_dialect_of_the_call(api: Api) -> None:
    body = {"name": "x", "integrationType": "API", "escalationPolicy": {"id": 1}, "alertCreation": "NEVER"}
    for path, field in (
        ("/api/v1/alert-sources", "incidentCreation"),
        ("/api/alert-sources", "alertCreation"),
    ):
        answer = api.call("POST", path, json=body).json()
        assert [detail["field"] for detail in answer["details"]] == [field]
        assert answer["message"].startswith(f"{field}: ")


def test_the_document_describes_both_dialects(api: Api) -> None:
    document = api.get("/api-docs/openapi.json")
    assert document["openapi"] == "3.1.0"
    assert "alertKey" in document["components"]["schemas"]["Alert"]["properties"]
    assert "incidentKey" in document["components"]["schemas"]["IncidentV1"]["properties"]
    today = str({p: d for p, d in document["paths"].items() if not p.startswith("/api/v1")})
    assert "ncident" not in today
    creation = document["components"]["schemas"]["AlertSource"]["properties"]["alertCreation"]
    assert "ONE_ALERT_PER_EMAIL" in str(creation)
    assert "INCIDENT" not in str(creation)
    documented = {
        (method.upper(), path) for path, operations in document["paths"].items() for method in operations
    }
    for route in api.app.router.routes:
        path = route.path.replace(":path", "")  # type: ignore[attr-defined]
        if path.startswith("/api-docs") or path in ("/api", "/api/v1"):
            continue
        for method in route.methods:  # type: ignore[attr-defined]
            assert method == "HEAD" or (method, path) in documented, (method, path)


def test_every_reference_in_the_document_leads_somewhere(api: Api) -> None:
    import re  # noqa: PLC0415

    answer = api.call("GET", "/api-docs/openapi.json")
    known = set(answer.json()["components"]["schemas"])
    assert set(re.findall(r'"#/components/schemas/(\w+)"', answer.text)) <= known
    operations = re.findall(r'"operationId":"(\w+)"', answer.text)
    assert len(operations) == len(set(operations))


@pytest.mark.parametrize("spoken", ["v1", "current"])
def test_no_two_things_have_the_same_name_in_the_document(spoken: dialect.Dialect) -> None:
    """`ShiftWire` and `Shift` would be one schema, the one that comes last."""
    routes = [route.served for route in _resources() if of_path(route.path) == spoken]
    names = list(get_openapi(title="", version="", routes=routes)["components"]["schemas"])
    shown = Counter(_schema(name, spoken) for name in names)
    assert [name for name in names if shown[_schema(name, spoken)] > 1] == []


def test_the_document_is_readable(api: Api) -> None:
    answer = api.call("GET", "/api-docs/")
    assert answer.status_code == 200
    assert "/api/v1/incidents" in answer.text
    assert "<script" not in answer.text

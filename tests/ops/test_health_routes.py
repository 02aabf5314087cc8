from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from tocsin.deployment import Deployment
from tocsin.ops.health_routes import health_routes
from tocsin.telemetry import EVENTS


class _Health:
    ready = True

    def report(self) -> dict[str, Any]:
        return {"ready": self.ready, "loops": {"escalations": 0.5}, "overdue": {}, "database": "ok"}


@pytest.fixture
def health() -> _Health:
    return _Health()


@pytest.fixture
def routes(health: _Health) -> list[Route]:
    return health_routes(cast("Deployment", SimpleNamespace(health=health)))


@pytest.fixture
def client(routes: list[Route]) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=list(routes))) as client:
        yield client


def test_alive(client: TestClient, health: _Health) -> None:
    health.ready = False
    assert client.get("/healthz").json() == {"status": "alive"}


def test_ready_says_so_and_why(client: TestClient, health: _Health) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, health.report())
    health.ready = False
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert answer.headers["cache-control"] == "no-store"


def test_metrics_are_in_prometheus_form(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    (events,) = EVENTS.describe()
    assert f"# HELP {events.name}_total" in answer.text


def test_probes_change_nothing_and_are_public(client: TestClient, routes: list[Route]) -> None:
    assert client.post("/healthz").status_code == 405
    assert {vars(route.endpoint)["action"] for route in routes} == {"PUBLIC"}

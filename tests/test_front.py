"""Which part of the program answers a path: ours, another product's API, or the pages."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.api.fakes import Api
from tests.cast import assemble
from tocsin.app import front
from tocsin.store.database import Database
from tocsin.web.app import web_routes
from tocsin.web.live import Streams

UUID = "2f0b1f3e-0000-4000-8000-000000000001"
KEY = f"il1hb2{'a' * 46}"
DROP_IN = (
    f"/{UUID}",
    f"/{UUID}/start",
    f"/{KEY}/backup",
    f"/{KEY}/backup/fail",
    f"/ping/{UUID}",
    f"/ping/{KEY}/backup",
    f"/api/push/{UUID}",
    "/v2/enqueue",
    "/v2/change/enqueue",
    "/generic/2010-04-15/create_event.json",
    "/api/v2/alerts",
    "/integrations/v1/formatted_webhook/TOKEN/",
    "/integrations/v1/alertmanager/TOKEN/heartbeat/",
    *(
        base + path
        for base in ("/v2", "/jsm/ops/integration/v2")
        for path in (
            "/alerts",
            "/alerts/",
            "/alerts/x",
            f"/alerts/requests/{UUID}",
            "/alerts/x/close/",
            "/alerts/x/actions/restart",
            "/alerts/x/message",
            "/heartbeats",
            "/heartbeats/x",
            "/heartbeats/x/ping",
            "/heartbeats/x/disable",
        )
    ),
)
"""Every path at which another product's client calls."""
OURS = {
    "/api": "api",
    "/api/v1/events": "api",
    "/api/pings/x": "api",
    "/api-docs/": "api",
    "/healthz": "health",
    "/metrics": "health",
    "/": "web",
    "/incidents": "web",
    "/nothing": "web",
}


@pytest.fixture
def api(sqlite_url: str, open_database: object) -> Api:
    db: Database = open_database(sqlite_url)  # type: ignore[operator]
    return Api(assemble(db))


def named(name: str) -> ASGIApp:
    return PlainTextResponse(name)


class Part:
    """The API, with the real say in what is another product's."""

    def __init__(self, api: Api) -> None:
        self.dropin = self
        self.owns = api.app.dropin.owns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = "drop-in" if self.owns(scope["path"]) else "api"
        await named(name)(scope, receive, send)


def answered_by(api: Api, path: str) -> str:
    """Which part a path reaches."""
    said: list[bytes] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(message: dict[str, object]) -> None:
        body = message.get("body")
        if isinstance(body, bytes):
            said.append(body)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    asyncio.run(front(Part(api), named("health"), named("web"))(scope, receive, send))  # type: ignore[arg-type]
    return b"".join(said).decode()


def test_every_path_of_another_product_reaches_its_own_route(api: Api) -> None:
    for path in DROP_IN:
        assert answered_by(api, path) == "drop-in", path
        scope = {"type": "http", "method": "POST", "path": path, "headers": []}
        assert any(r.matches(scope)[0] is not Match.NONE for r in api.app.dropin.routes), path


def test_everything_else_is_ours(api: Api) -> None:
    assert {path: answered_by(api, path) for path in OURS} == OURS


def test_no_page_and_no_resource_lies_on_a_path_of_another_product(api: Api) -> None:
    routes: list[BaseRoute] = [
        *api.app.router.routes,
        *web_routes(api.deployment, Streams(api.deployment.db)),
    ]
    for path in DROP_IN:
        scope = {"type": "http", "method": "GET", "path": path, "headers": []}
        taken = [route for route in routes if route.matches(scope)[0] is Match.FULL]
        assert taken == [], (path, taken)
    for route in routes:
        assert not api.app.dropin.owns(getattr(route, "path", "")), route

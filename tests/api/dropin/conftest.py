"""Other products' clients, against the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.api.fakes import BASE, Api
from tests.cast import Cast, assemble
from tocsin.core.events import AlertSource
from tocsin.store import sources
from tocsin.store.database import Database


class Door:
    """What a client of another product reaches."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """One request, as that client sends it."""
        return asyncio.run(self._call(method, path, options))

    async def _call(self, method: str, path: str, options: dict[str, Any]) -> httpx2.Response:
        transport = httpx2.ASGITransport(self.api.app.dropin, raise_app_exceptions=True)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **options)

    def source(self, kind: str, **more: Any) -> AlertSource:
        """An alert source of that type."""
        with self.api.cast.db.write() as tx:
            wanted = AlertSource(
                name=f"{kind} source", integration_type=kind, policy_id=self.api.cast.policy.id, **more
            )
            return sources.create(tx, wanted, self.api.cast.chance)

    def alerts(self) -> list[tuple[str, str]]:
        """(summary, status) of every alert, oldest first."""
        found = [(alert["summary"], alert["status"]) for alert in self.api.get("/api/alerts")]
        return found[::-1]


@pytest.fixture
def door(request: pytest.FixtureRequest, open_database: Callable[[str], Database]) -> Door:
    """On SQLite; `indirect` parameters name the database where that matters."""
    url = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    return Door(Api(assemble(open_database(url))))


@pytest.fixture
def cast(door: Door) -> Cast:
    return door.api.cast

"""A deployment without an engine: the real store behind an intake that answers at once."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.cast import Cast, parse
from tocsin.api.app import create_api
from tocsin.auth import api_keys
from tocsin.core.heartbeats import Heard, Signal
from tocsin.core.people import Person, User
from tocsin.deployment import Deployment, RateLimits
from tocsin.engine import heartbeats
from tocsin.kit.errors import Overloaded, TocsinError
from tocsin.plugins import Answer, Request
from tocsin.store import people
from tocsin.store.intake import Outcome, Payload, take_in

BASE = "https://tocsin.example"


class FakeIntake:
    """Takes each payload in by itself."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.parse = parse
        self.overloaded = False
        self.wrong: TocsinError | None = None
        self.spooling = False

    async def receive(self, payload: Payload) -> Outcome:
        if self.overloaded:
            raise Overloaded("too much is waiting")
        if self.wrong:
            raise self.wrong
        if self.spooling:
            return Outcome(source_id=None, spooled=True)
        return await asyncio.to_thread(self._receive, payload)

    def _receive(self, payload: Payload) -> Outcome:
        with self.cast.db.write() as tx:
            return take_in(tx, [payload], parse, self.cast.chance)[0]

    async def ping(self, signal: Signal) -> Heard:
        if self.overloaded:
            raise Overloaded("too much is waiting")
        heard = await asyncio.to_thread(heartbeats.ping_step, self.cast.db, [signal], self.cast.chance)
        return heard[0]


class FakeHealth:
    def report(self) -> Mapping[str, Any]:
        return {"ready": True}


@dataclass
class Api:
    """The API, with everybody's keys."""

    cast: Cast
    limits: RateLimits = field(default_factory=RateLimits)

    def __post_init__(self) -> None:
        self.intake = FakeIntake(self.cast)
        self.asked: list[Request] = []
        self.answers: list[Answer] = []
        self.deployment = Deployment(
            db=self.cast.db,
            clock=self.cast.db.clock,
            chance=self.cast.chance,
            secret="s" * 32,
            public_url=BASE,
            mail_domain="tocsin.example",
            smtp_configured=False,
            time_scale=1,
            limits=self.limits,
            intake=self.intake,
            health=FakeHealth(),
            ask=self.ask,
        )
        self.app = create_api(self.deployment)
        self.keys = {
            person.id: self.key_of(person) for person in (self.cast.ann, self.cast.bo, self.cast.chi)
        }

    async def ask(self, request: Request) -> Answer:
        """The other product, as the test wants it."""
        self.asked.append(request)
        return self.answers.pop(0)

    def key_of(self, person: Person) -> str:
        with self.cast.db.write() as tx:
            return api_keys.create(tx, self.cast.chance, person.id, "test")[1]

    def somebody(self, role: str, email: str = "new@example.com") -> Person:
        """One more user."""
        with self.cast.db.write() as tx:
            user = User(username=email, email=email, first_name="New", last_name=role.title(), role=role)  # type: ignore[arg-type]
            person = people.create(tx, user)
        self.keys[person.id] = self.key_of(person)
        return person

    def call(self, method: str, path: str, by: Person | None = None, **options: Any) -> httpx2.Response:
        """One request; by Ann when nobody is named and no header given."""
        return asyncio.run(self._call(method, path, by, options))

    async def _call(
        self, method: str, path: str, by: Person | None, options: dict[str, Any]
    ) -> httpx2.Response:
        headers = dict(options.pop("headers", {}))
        if "authorization" not in headers:
            headers["authorization"] = f"Bearer {self.keys[(by or self.cast.ann).id]}"
        if not headers["authorization"]:
            del headers["authorization"]
        transport = httpx2.ASGITransport(self.app, raise_app_exceptions=True)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, headers=headers, **options)

    def get(self, path: str, by: Person | None = None, **options: Any) -> Any:
        """GET, which must work; the parsed body."""
        answer = self.call("GET", path, by, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()


def basic(login: str, password: str) -> dict[str, str]:
    """Credentials as older clients send them."""
    return {"authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


@contextlib.contextmanager
def nothing() -> Iterator[None]:
    yield

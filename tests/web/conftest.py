"""The pages over both databases, without a server: requests go straight into the routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.testclient import TestClient

from tests.cast import Cast, assemble, parse
from tocsin.auth import sessions
from tocsin.auth.passwords import hash_password
from tocsin.core.delivery import Notification
from tocsin.core.heartbeats import Heard, Signal
from tocsin.core.incidents import Fire
from tocsin.core.people import Person
from tocsin.deployment import Deployment, RateLimits
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import ManualClock
from tocsin.plugins import Answer, NetworkFailure, Request
from tocsin.store import decisions, intake, notifications, people
from tocsin.store.database import Database
from tocsin.web.app import web_routes
from tocsin.web.live import Streams
from tocsin.web.visit import COOKIE

PASSWORD = "correct horse"
URL = "https://tocsin.example.org"


class DirectIntake:
    """Takes events in one by one."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.parse = parse

    async def receive(self, payload: intake.Payload) -> intake.Outcome:
        return await run_in_threadpool(self._receive, payload)

    def _receive(self, payload: intake.Payload) -> intake.Outcome:
        with self.db.write() as tx:
            return intake.take_in(tx, [payload], parse, SeededChance(3))[0]

    async def ping(self, signal: Signal) -> Heard:
        raise NotImplementedError


class Well:
    """Nothing is wrong."""

    def report(self) -> Mapping[str, Any]:
        return {"ready": True}


async def nobody_answers(request: Request) -> Answer:
    del request
    return NetworkFailure(reason="no other product in this test", sent="NO")


@pytest.fixture
def deployment(db: Database, clock: ManualClock) -> Deployment:
    return Deployment(
        db=db,
        clock=clock,
        chance=SeededChance(5),
        secret="s" * 32,
        public_url=URL,
        mail_domain="tocsin.example.org",
        smtp_configured=False,
        time_scale=1.0,
        limits=RateLimits(),
        intake=DirectIntake(db),
        health=Well(),
        ask=nobody_answers,
    )


@pytest.fixture(scope="session")
def password_hash() -> str:
    """Hashing is slow on purpose: once is enough."""
    return hash_password(PASSWORD)


@pytest.fixture
def cast(db: Database, password_hash: str) -> Cast:
    """Ann (owner, with a password), Bo and Chi (users), a policy, a source."""
    made = assemble(db)
    with db.write() as tx:
        people.set_password(tx, made.ann.id, password_hash)
    return made


@pytest.fixture
def anonymous(deployment: Deployment) -> Iterator[TestClient]:
    """Nobody."""
    streams = Streams(deployment.db)
    app = Starlette(routes=web_routes(deployment, streams))
    with TestClient(app, base_url=URL, follow_redirects=False) as client:
        yield client


SignIn = Callable[[Person], TestClient]


@pytest.fixture
def signed_in(anonymous: TestClient, deployment: Deployment) -> SignIn:
    """The same client with a person's session."""

    def sign_in(person: Person) -> TestClient:
        with deployment.db.write() as tx:
            secret = sessions.create(tx, deployment.chance, person.id, "test")
        anonymous.cookies.set(COOKIE, secret)
        return anonymous

    return sign_in


@pytest.fixture
def ann(signed_in: SignIn, cast: Cast) -> TestClient:
    """The owner."""
    return signed_in(cast.ann)


def fire(db: Database, incident_id: int) -> list[Notification]:
    """The escalation asks its next level; the ledger afterwards."""
    with db.write() as tx:
        decisions.perform(tx, incident_id, Fire())
        return notifications.of_incident(tx, incident_id)


def everything(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables: to see that nothing changed."""
    from tocsin.store.tables import metadata  # noqa: PLC0415

    with db.read() as tx:
        return {
            table.name: sorted((tuple(row) for row in tx.all(table.select())), key=repr)
            for table in metadata.sorted_tables
            if table.name != "counters"
        }

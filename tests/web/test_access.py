"""Every route names its action, and only those who may get in."""

from __future__ import annotations

from typing import get_args

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn, everything, fire
from tocsin.auth.api_keys import caller_of
from tocsin.core.access import Action, can
from tocsin.core.people import Person, User
from tocsin.deployment import Deployment
from tocsin.store import people
from tocsin.store.database import Database
from tocsin.web.app import pages, web_routes
from tocsin.web.live import Streams

SAMPLES = {"{id}": "1", "{type}": "api", "{method}": "sms", "{verb}": "accept", "{token}": "1x00"}


def filled(path: str) -> str:
    for blank, sample in SAMPLES.items():
        path = path.replace(blank, sample)
    return path


def newcomer(db: Database, role: str) -> Person:
    with db.write() as tx:
        return people.create(
            tx,
            User(username=role, email=f"{role}@example.org", first_name="New", role=role),  # type: ignore[arg-type]
        )


def test_every_route_comes_from_a_page_with_an_action(deployment: Deployment) -> None:
    declared = pages(Streams(deployment.db))
    assert all(page.action in get_args(Action) for page in declared)
    assert all(page.post_action in (None, *get_args(Action)) for page in declared)
    routed = {route.path for route in web_routes(deployment) if isinstance(route, Route)}
    assert routed == {page.path for page in declared}


def test_whoever_is_not_signed_in_is_led_to_the_door(anonymous: TestClient, deployment: Deployment) -> None:
    for page in pages(Streams(deployment.db)):
        for method in page.methods:
            if page.needs(method) in ("PUBLIC", "TOKEN") or page.stream:
                continue
            answer = anonymous.request(method, filled(page.path))
            assert answer.status_code == 303, page.path
            assert answer.headers["location"].startswith("/login?next=%2F"), page.path


def test_the_live_stream_needs_a_session(anonymous: TestClient) -> None:
    assert anonymous.get("/live").status_code == 401


def test_htmx_is_told_to_leave_the_page(anonymous: TestClient) -> None:
    answer = anonymous.get("/incidents", headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/login?next=%2Fincidents"


@pytest.mark.parametrize("role", ["STAKEHOLDER", "RESPONDER", "USER"])
def test_a_role_opens_what_the_table_says(role: str, db: Database, cast: Cast, signed_in: SignIn) -> None:
    fire(db, cast.alert())
    person = newcomer(db, role)
    client = signed_in(person)
    with db.read() as tx:
        caller = caller_of(tx, person.id)
    for path, action in (
        ("/incidents", "FOLLOW"),
        ("/incidents/1", "VIEW"),
        ("/policies", "VIEW"),
        ("/policies/1", "VIEW"),
        ("/policies/1/edit", "CONFIGURE"),
        ("/on-call", "VIEW"),
        ("/people", "VIEW"),
        ("/schedules", "VIEW"),
        ("/schedules/new", "CONFIGURE"),
        ("/on-call/mine", "VIEW"),
        ("/people/1", "VIEW"),
        ("/people/new", "MANAGE_USERS"),
        ("/me", "SELF"),
        ("/sources", "VIEW"),
        ("/sources/1", "VIEW_KEYS"),
        ("/sources/1/events", "VIEW_KEYS"),
        ("/sources/new", "CONFIGURE"),
        ("/outbox", "OPERATE"),
    ):
        answer = client.get(path)
        assert (answer.status_code == 200) is can(caller, action), path  # type: ignore[arg-type]
        assert answer.status_code in (200, 403)


def test_a_stakeholder_cannot_act(db: Database, cast: Cast, signed_in: SignIn) -> None:
    number = cast.alert()
    client = signed_in(newcomer(db, "STAKEHOLDER"))
    before = everything(db)
    assert client.post(f"/incidents/{number}/accept").status_code == 403
    assert everything(db) == before


def test_looking_changes_nothing(db: Database, cast: Cast, ann: TestClient, deployment: Deployment) -> None:
    fire(db, cast.alert())
    before = everything(db)
    for page in pages(Streams(deployment.db)):
        if page.get:
            for method in ("GET", "HEAD"):
                assert ann.request(method, filled(page.path)).status_code < 500, page.path
    assert everything(db) == before

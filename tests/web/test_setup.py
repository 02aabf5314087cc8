"""The first start."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import everything
from tocsin.auth.setup import setup_token
from tocsin.deployment import Deployment
from tocsin.store import facts, people
from tocsin.store.database import Database

OWNER = {
    "account": "Acme",
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@example.org",
    "password": "correct horse",
    "timezone": "Europe/Berlin",
}


@pytest.fixture
def token(deployment: Deployment) -> str:
    with deployment.db.write() as tx:
        return setup_token(tx, deployment.chance) or ""


def test_the_holder_of_the_token_becomes_the_owner(token: str, db: Database, anonymous: TestClient) -> None:
    assert "Set up Tocsin" in anonymous.get(f"/setup/{token}").text
    answer = anonymous.post(f"/setup/{token}", data=OWNER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents")
    with db.read() as tx:
        owner = people.one(tx, people.owners(tx)[0])
        assert facts.account(tx).name == "Acme"
    assert (owner.name, owner.email, owner.timezone) == ("Ann Lee", "ann@example.org", "Europe/Berlin")
    assert "Create your first alert source" in anonymous.get("/incidents").text


def test_once_only(token: str, db: Database, anonymous: TestClient) -> None:
    anonymous.post(f"/setup/{token}", data=OWNER)
    before = everything(db)
    assert anonymous.get(f"/setup/{token}").status_code == 404
    assert anonymous.post(f"/setup/{token}", data=OWNER | {"email": "eve@example.org"}).status_code == 404
    assert everything(db) == before


def test_not_with_another_token(token: str, anonymous: TestClient) -> None:
    assert anonymous.get(f"/setup/{token}x").status_code == 404


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"password": "short"}, "use at least 8 characters"),
        ({"email": "ann"}, "write an address like"),
        ({"first_name": "", "last_name": " "}, "tell us your name"),
    ],
)
def test_mistakes_are_said_at_their_field_and_nothing_is_lost(
    wrong: dict[str, str], said: str, token: str, db: Database, anonymous: TestClient
) -> None:
    before = everything(db)
    answer = anonymous.post(f"/setup/{token}", data=OWNER | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="Acme"' in answer.text
    assert "correct horse" not in answer.text
    assert everything(db) == before

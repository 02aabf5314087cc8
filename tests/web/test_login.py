"""Signing in and out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import PASSWORD
from tocsin.kit.clock import ManualClock
from tocsin.web.visit import COOKIE, local_path

RIGHT = {"email": "ann@example.org", "password": PASSWORD}


def test_the_right_password_opens_a_session(cast: Cast, anonymous: TestClient) -> None:
    answer = anonymous.post("/login", data={**RIGHT, "next": "/incidents?who=mine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents?who=mine")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=lax", "secure", "path=/"))
    assert anonymous.get("/incidents").status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "nope"}, {"email": "bo@example.org"}, {"email": "no@no"}])
def test_anything_else_does_not_and_does_not_say_why(
    wrong: dict[str, str], cast: Cast, anonymous: TestClient
) -> None:
    answer = anonymous.post("/login", data=RIGHT | wrong)
    assert answer.status_code == 422
    assert "E-mail or password is wrong." in answer.text
    assert "set-cookie" not in answer.headers


def test_guessing_is_slow(cast: Cast, anonymous: TestClient, clock: ManualClock) -> None:
    wrong = [anonymous.post("/login", data=RIGHT | {"password": "no"}).status_code for _ in range(11)]
    assert wrong == [422] * 10 + [429]
    assert anonymous.post("/login", data=RIGHT).status_code == 429
    clock.advance(timedelta(minutes=1))
    assert anonymous.post("/login", data=RIGHT).status_code == 303


def test_signing_out_ends_the_session(ann: TestClient) -> None:
    secret = ann.cookies[COOKIE]
    assert ann.get("/incidents").status_code == 200
    assert ann.post("/logout").status_code == 303
    ann.cookies.set(COOKIE, secret)
    assert ann.get("/incidents").status_code == 303


def test_a_session_ends_by_itself(ann: TestClient, clock: ManualClock) -> None:
    clock.advance(timedelta(days=31))
    assert ann.get("/incidents").status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "evil",
        "javascript:alert(1)",
        "/a\nb",
        "",
        "/\t/x",
    ],
)
def test_next_stays_here(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/incidents"


def test_next_keeps_its_query() -> None:
    assert local_path("/incidents/4?log=quiet") == "/incidents/4?log=quiet"


def test_the_browser_chooses_the_language_of_the_door(anonymous: TestClient) -> None:
    assert "Anmelden" in anonymous.get("/login", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert "Sign in" in anonymous.get("/login").text

"""Who is let in."""

from __future__ import annotations

import pytest

from tests.api.fakes import Api, basic
from tests.cast import Cast
from tocsin.api import authentication
from tocsin.auth.passwords import hash_password
from tocsin.deployment import RateLimits
from tocsin.store import people


@pytest.fixture
def signed(api: Api) -> Api:
    with api.cast.db.write() as tx:
        people.set_password(tx, api.cast.bo.id, hash_password("correct horse"))
    return api


def status(api: Api, headers: dict[str, str]) -> tuple[int, str | None]:
    answer = api.call("GET", "/api/users/current", headers=headers)
    return answer.status_code, answer.json().get("code")


def test_every_form_of_a_key(api: Api) -> None:
    key = api.keys[api.cast.bo.id]
    for form in (f"Bearer {key}", f"bearer  {key}", key, f" {key} "):
        assert api.get("/api/users/current", headers={"authorization": form})["username"] == "bo"


@pytest.mark.parametrize("login", ["bo", "bo@tenant", "BO", "bo@example.org", "bo@example.org@tenant"])
def test_user_name_and_password(signed: Api, login: str) -> None:
    assert status(signed, basic(login, "correct horse")) == (200, None)
    assert status(signed, basic(login, "wrong")) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Basic Og==", "Basic /////w=="])
def test_no_credentials(api: Api, header: str) -> None:
    answer = api.call("GET", "/api/users/current", headers={"authorization": header})
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers


@pytest.mark.parametrize("header", ["Bearer nonsense", "nonsense", "Bearer il1usr"])
def test_an_unknown_key(api: Api, header: str) -> None:
    assert status(api, {"authorization": header}) == (403, "KEY_ERROR")


def test_nobody_without_a_password_signs_in(api: Api) -> None:
    assert status(api, basic("chi", "")) == (401, "UNAUTHORIZED")


def test_a_verified_password_is_not_verified_again_at_once(
    signed: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert status(signed, basic("bo", "correct horse"))[0] == 200
    monkeypatch.setattr(authentication, "verify_password", lambda *_: False)
    assert status(signed, basic("bo", "correct horse"))[0] == 200
    with signed.cast.db.write() as tx:
        people.set_password(tx, signed.cast.bo.id, hash_password("battery staple"))
    assert status(signed, basic("bo", "correct horse"))[0] == 401, "a changed password is asked for at once"


def test_guessing_is_slow(signed: Api) -> None:
    answers = [status(signed, basic("bo", f"guess {n}"))[0] for n in range(12)]
    assert answers == [401] * 10 + [429] * 2


def test_the_key_of_a_deleted_user_is_worth_nothing(api: Api) -> None:
    gone = api.somebody("USER")
    assert api.call("DELETE", f"/api/users/{gone.id}").status_code == 204
    assert api.call("GET", "/api/users/current", gone).status_code == 403


def test_requests_are_counted_per_key(cast: Cast) -> None:
    api = Api(cast, RateLimits(api=2))
    answers = [api.call("GET", "/api/users/current").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert api.call("GET", "/api/users/current", cast.bo).status_code == 200

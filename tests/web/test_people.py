"""People: inviting, profiles, passwords, API keys shown once, and who may do what to whom."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import PASSWORD, SignIn, everything
from tests.web.test_access import newcomer
from tocsin.auth import api_keys
from tocsin.core.people import Person
from tocsin.store import people
from tocsin.store.database import Database
from tocsin.store.tables import notifications

KEY = re.compile(r'id="new-key">(il1usr[^<]+)<')


def form(**said: Any) -> dict[str, Any]:
    """What the profile form sends."""
    return {
        "first_name": "Dana",
        "last_name": "Okafor",
        "email": "dana@example.org",
        "role": "RESPONDER",
        "language": "de",
        "timezone": "Europe/Berlin",
    } | said


def person(db: Database, number: int) -> Person:
    with db.read() as tx:
        return people.one(tx, number)


def test_the_list_says_who_cannot_be_reached(db: Database, cast: Cast, ann: TestClient) -> None:
    with db.write() as tx:
        people.set_contact_state(tx, cast.bo.contacts[0].id, "BOUNCED", "no such mailbox")
        people.set_contact_state(tx, cast.chi.contacts[0].id, "OK", "")
    rows = ann.get("/people").text.split("<tr>")
    state = {
        name: next(row for row in rows if f">{name}</a>" in row) for name in ("Ann Lee", "Bo Ruiz", "Chi Wu")
    }
    assert "not proven" in state["Ann Lee"]
    assert 'class="pill bad"' in state["Bo Ruiz"]
    assert 'class="pill good"' in state["Chi Wu"]
    assert "no such mailbox" in ann.get(f"/people/{cast.bo.id}").text
    assert "Nothing fits" in ann.get("/people?q=nobody").text


def test_somebody_is_invited_by_mail(db: Database, cast: Cast, ann: TestClient) -> None:
    answer = ann.post("/people/new", data=form())
    assert answer.status_code == 303
    made = person(db, int(answer.headers["location"].split("/")[2].split("?")[0]))
    assert (made.name, made.role, made.language, made.timezone) == (
        "Dana Okafor",
        "RESPONDER",
        "de",
        "Europe/Berlin",
    )
    with db.read() as tx:
        sent = tx.all(sa.select(notifications).where(notifications.c.user_id == made.id))
    assert [(row.purpose, row.target) for row in sent] == [("INVITATION", "dana@example.org")]
    assert ann.post(f"/people/{made.id}/invite").status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nonsense"},
        {"email": "bo@example.org"},
        {"timezone": "Mars/Olympus"},
        {"first_name": "", "last_name": ""},
    ],
)
def test_a_wrong_profile_is_refused_at_its_field(
    wrong: dict[str, str], db: Database, cast: Cast, ann: TestClient
) -> None:
    for path in ("/people/new", f"/people/{cast.chi.id}/edit", "/me/edit"):
        answer = ann.post(path, data=form(role="") | wrong)
        assert answer.status_code == 422, path
        assert answer.text.count('class="problem"') == 1, path


def test_everybody_changes_their_own_profile_and_administrators_others(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    bo = signed_in(cast.bo)
    said = form(email="bo@new.example.org", role="")
    assert bo.post("/me/edit", data=said).headers["location"] == "/me?said=saved"
    changed = person(db, cast.bo.id)
    assert (changed.first_name, changed.email, changed.role) == ("Dana", "bo@new.example.org", "USER")
    assert changed.contacts[0].target == "bo@new.example.org"
    before = everything(db)
    assert bo.post(f"/people/{cast.chi.id}/edit", data=form()).status_code == 403
    assert bo.get(f"/people/{cast.chi.id}/edit").status_code == 403
    assert bo.post("/me/edit", data=form(role="ADMIN")).status_code == 403
    assert bo.post(f"/people/{cast.chi.id}/delete").status_code == 403
    assert everything(db) == before
    admin = signed_in(newcomer(db, "ADMIN"))
    assert admin.post(f"/people/{cast.chi.id}/edit", data=form(role="USER")).status_code == 303
    assert admin.post(f"/people/{cast.ann.id}/edit", data=form(role="USER")).status_code == 403


def test_a_stakeholder_sees_nobody_but_themselves(db: Database, cast: Cast, signed_in: SignIn) -> None:
    client = signed_in(newcomer(db, "STAKEHOLDER"))
    assert client.get("/me").status_code == 200
    assert client.get("/people").status_code == 403
    assert client.get(f"/people/{cast.ann.id}").status_code == 403


def test_a_key_is_shown_once_and_stops_when_revoked(db: Database, cast: Cast, ann: TestClient) -> None:
    text = ann.post("/me/keys", data={"name": "backup"}).text
    found = KEY.search(text)
    assert found
    key = found.group(1)
    assert key not in ann.get("/me").text
    with db.read() as tx:
        assert api_keys.holder(tx, key)
        number = api_keys.listing(tx, cast.ann.id)[0].id
    assert ann.post("/me/revoke", data={"key": str(number)}).headers["location"] == "/me?said=revoked"
    with db.read() as tx:
        assert api_keys.holder(tx, key) is None
    assert ann.post("/me/keys", data={"name": ""}).status_code == 422
    assert ann.post("/me/revoke", data={"key": "999"}).status_code == 404


def test_keys_of_others_are_hidden_and_cannot_be_made(db: Database, cast: Cast, signed_in: SignIn) -> None:
    with db.write() as tx:
        api_keys.create(tx, cast.chance, cast.ann.id, "secret purpose")
        number = api_keys.listing(tx, cast.ann.id)[0].id
    assert "secret purpose" not in signed_in(cast.bo).get(f"/people/{cast.ann.id}").text
    admin = signed_in(newcomer(db, "ADMIN"))
    assert admin.post(f"/people/{cast.ann.id}/revoke", data={"key": str(number)}).status_code == 403


def test_an_administrator_cannot_become_the_owner(db: Database, cast: Cast, signed_in: SignIn) -> None:
    """With the login address changed, an invitation would go to the administrator."""
    admin, path = signed_in(newcomer(db, "ADMIN")), f"/people/{cast.ann.id}"
    assert admin.get(f"{path}/edit").status_code == 403
    assert admin.post(f"{path}/edit", data=form(role="OWNER")).status_code == 403
    assert person(db, cast.ann.id).email == cast.ann.email
    shown = admin.get(path).text
    assert f"{path}/edit" not in shown
    assert f"{path}/revoke" not in shown


def test_a_password_is_changed_by_whoever_knows_the_present_one(cast: Cast, ann: TestClient) -> None:
    wrong = ann.post("/me/password", data={"current": "guess", "password": "battery staple"})
    assert wrong.status_code == 422
    short = ann.post("/me/password", data={"current": PASSWORD, "password": "x"})
    assert short.status_code == 422
    answer = ann.post("/me/password", data={"current": PASSWORD, "password": "battery staple"})
    assert answer.headers["location"] == "/me?said=saved"
    assert "Saved." in ann.get("/me?said=saved").text
    ann.cookies.clear()
    door = {"email": "ann@example.org", "password": "battery staple"}
    assert ann.post("/login", data=door).status_code == 303


def test_whoever_is_asked_by_a_policy_cannot_be_deleted(db: Database, cast: Cast, ann: TestClient) -> None:
    text = ann.get(f"/people/{cast.bo.id}").text
    assert "These ask or plan with Bo Ruiz." in text
    assert ann.post(f"/people/{cast.bo.id}/delete").status_code == 409
    free = newcomer(db, "USER")
    assert ann.post(f"/people/{free.id}/delete").headers["location"] == "/people?said=deleted"
    assert ann.get(f"/people/{free.id}").status_code == 404

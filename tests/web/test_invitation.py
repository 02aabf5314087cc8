"""An invitation: works once, for the person invited, and shows nothing to others."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.cast import Cast
from tocsin.auth.invitations import LIFETIME, MOST_ASKED, invitation_token
from tocsin.auth.passwords import verify_password
from tocsin.deployment import Deployment
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import people, profiles
from tocsin.store.tables import notifications


def token_for(deployment: Deployment, user_id: int) -> str:
    with deployment.db.read() as tx:
        return invitation_token(tx, deployment.secret, user_id)


def test_an_invited_person_sets_a_password_once_and_is_signed_in(
    anonymous: TestClient, deployment: Deployment, cast: Cast
) -> None:
    path = f"/invitation/{token_for(deployment, cast.chi.id)}"
    assert "Chi Wu" in anonymous.get(path).text
    short = anonymous.post(path, data={"password": "short"})
    assert short.status_code == 422
    done = anonymous.post(path, data={"password": "long enough"}, follow_redirects=False)
    assert done.headers["location"] == "/me?said=welcome"
    assert anonymous.get("/incidents").status_code == 200
    with deployment.db.read() as tx:
        login = people.by_login(tx, "chi@example.org")
    assert login is not None
    assert verify_password(login[1], "long enough")
    with deployment.db.read() as tx:
        assert people.one(tx, cast.chi.id).contacts[0].state == "OK", "who has the link reads the mails there"
    assert anonymous.get(path).status_code == 404
    assert anonymous.post(path, data={"password": "another one"}).status_code == 404


def test_a_forged_invitation_is_no_page(anonymous: TestClient, deployment: Deployment, cast: Cast) -> None:
    good = token_for(deployment, cast.chi.id)
    forged = good.replace(f"{cast.chi.id}x", f"{cast.bo.id}x")
    for token in (forged, good[:-1], "x", "99999999999999999999x1"):
        assert anonymous.get(f"/invitation/{token}").status_code == 404


def test_a_link_is_good_for_a_week_and_for_the_address_it_went_to(
    anonymous: TestClient, deployment: Deployment, cast: Cast, clock: ManualClock
) -> None:
    old = f"/invitation/{token_for(deployment, cast.chi.id)}"
    clock.advance(LIFETIME - timedelta(seconds=1))
    assert anonymous.get(old).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert anonymous.get(old).status_code == 404
    moved = f"/invitation/{token_for(deployment, cast.chi.id)}"
    with deployment.db.write() as tx:
        profiles.change(tx, cast.chi, replace(profiles.of(cast.chi), email="chi@elsewhere.example"))
    assert anonymous.get(moved).status_code == 404


def test_whoever_forgot_the_password_gets_a_link_by_mail_a_few_times(
    anonymous: TestClient, deployment: Deployment, cast: Cast
) -> None:
    assert 'href="/login/forgotten"' in anonymous.get("/login").text
    answers = {
        anonymous.post("/login/forgotten", data={"email": email}).text
        for email in ("ann@example.org", "nobody@example.org", *["ANN@example.org"] * 4)
    }
    assert len(answers) == 1, "it does not tell whether there is such a person"
    with deployment.db.read() as tx:
        sent = [row.content for row in tx.all(sa.select(notifications.c.content)) if row.content]
    assert [content["headline"] for content in sent] == ["Choose a new password for Tocsin"] * MOST_ASKED
    path = sent[0]["url"].removeprefix(deployment.public_url)
    assert anonymous.post(path, data={"password": "a new one"}).status_code == 303
    assert anonymous.get(sent[1]["url"].removeprefix(deployment.public_url)).status_code == 404

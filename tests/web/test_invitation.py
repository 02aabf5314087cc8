"""An invitation: works once, for the person invited, and shows nothing to others."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.cast import Cast
from tocsin.auth.invitations import invitation_token
from tocsin.auth.passwords import verify_password
from tocsin.deployment import Deployment
from tocsin.store import people


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
    assert done.headers["location"] == "/incidents"
    assert anonymous.get("/incidents").status_code == 200
    with deployment.db.read() as tx:
        login = people.by_login(tx, "chi@example.org")
    assert login is not None
    assert verify_password(login[1], "long enough")
    assert anonymous.get(path).status_code == 404
    assert anonymous.post(path, data={"password": "another one"}).status_code == 404


def test_a_forged_invitation_is_no_page(anonymous: TestClient, deployment: Deployment, cast: Cast) -> None:
    good = token_for(deployment, cast.chi.id)
    forged = good.replace(f"{cast.chi.id}x", f"{cast.bo.id}x")
    for token in (forged, good[:-1], "x", "99999999999999999999x1"):
        assert anonymous.get(f"/invitation/{token}").status_code == 404

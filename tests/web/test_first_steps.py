"""The first steps, the outbox, banners, and what a visitor sees when something is wrong."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import URL, SignIn
from tocsin.deployment import Deployment
from tocsin.store import sources
from tocsin.store.database import Database, DatabaseAway
from tocsin.store.tables import outbox
from tocsin.web.app import web_routes


def test_without_a_source_the_list_starts_the_job(db: Database, cast: Cast, ann: TestClient) -> None:
    with db.write() as tx:
        sources.remove(tx, cast.source.id)
    assert 'href="/sources/new"' in ann.get("/incidents").text


def test_a_test_event_opens_an_incident(cast: Cast, ann: TestClient) -> None:
    answer = ann.post(f"/sources/{cast.source.id}/test")
    assert answer.headers["location"] == "/incidents/1"
    assert "Test event for monitoring" in ann.get("/incidents/1").text


def keep_mail(db: Database) -> int:
    mail = EmailMessage()
    mail["Subject"] = "[Pending] Disk full"
    mail.set_content("Accept: https://tocsin.example.org/r/1xabc")
    mail.add_alternative(
        '<html><head></head><body><p style="color:red">Hi</p><script>x</script></body></html>', "html"
    )
    with db.write() as tx:
        number = tx.next_id("outbox")
        row = {"id": number, "at": tx.now, "sender": "a@x", "recipient": "ann@example.org"}
        tx.run(sa.insert(outbox), {**row, "raw": mail.as_bytes()})
    return number


def test_the_outbox_shows_mails_in_a_sandbox(db: Database, ann: TestClient) -> None:
    assert "The outbox is empty" in ann.get("/outbox").text
    number = keep_mail(db)
    assert "[Pending] Disk full" in ann.get("/outbox").text
    text = ann.get(f"/outbox/{number}").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in text
    assert "/r/1xabc" in text
    inside = ann.get(f"/outbox/{number}/html")
    policy = inside.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert '<base target="_blank">' in inside.text
    assert ann.get("/outbox/999").status_code == 404


def client_of(deployment: Deployment) -> TestClient:
    return TestClient(Starlette(routes=web_routes(deployment)), base_url=URL, follow_redirects=False)


def test_banners_say_what_is_unusual(deployment: Deployment, cast: Cast) -> None:
    text = client_of(replace(deployment, time_scale=20.0)).get("/login").text
    assert "Nothing leaves this machine:" in text
    assert "The clock runs 20 times faster." in text
    text = client_of(replace(deployment, smtp_configured=True)).get("/login").text
    assert 'class="banner"' not in text


def test_a_database_that_is_away_is_said(
    deployment: Deployment, cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(cast.ann)

    def away() -> None:
        raise DatabaseAway("connection refused")

    monkeypatch.setattr(deployment.db, "read", away)
    answer = client.get("/incidents")
    assert answer.status_code == 503
    assert "The database is away" in answer.text


def test_large_and_strange_bodies_are_refused(cast: Cast, ann: TestClient) -> None:
    assert ann.post("/login", data={"email": "x" * 400_000}).status_code == 413
    assert ann.post("/login", data={f"f{n}": "x" for n in range(100)}).status_code == 400
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ann.post("/login", content=b"\xff\x00&&&==", headers=form).status_code in (400, 422)

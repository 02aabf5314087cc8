"""Answering the monthly test by its link: GET shows, POST notes."""

from __future__ import annotations

from datetime import timedelta

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import everything, fire
from tocsin.auth.answer_tokens import answer_token
from tocsin.kit.clock import ManualClock
from tocsin.store import notifications, trials
from tocsin.store.database import Database


def test_a_test_page_is_answered_by_its_button_and_not_by_a_scanner(
    db: Database, cast: Cast, anonymous: TestClient
) -> None:
    with db.write() as tx:
        assert trials.send(tx, cast.ann) == 1
        sent = notifications.of_user(tx, cast.ann.id, 1)[0]
    link = f"/t/{answer_token('s' * 32, sent.id)}"
    before = everything(db)
    assert "Did the test message reach you?" in anonymous.get(link).text
    assert everything(db) == before
    for _ in range(2):
        assert "your test has arrived" in anonymous.post(link).text
    with db.read() as tx:
        assert trials.of_users(tx, [cast.ann.id])[cast.ann.id].answered_at == db.clock.now()
        assert [answer.outcome for answer in notifications.replies_of(tx, [sent.id])[sent.id]] == ["TESTED"]


def test_a_link_to_a_page_is_no_link_to_a_test(db: Database, cast: Cast, anonymous: TestClient) -> None:
    page = fire(db, cast.alert())[0]
    for token in (answer_token("s" * 32, page.id), "9xabc"):
        assert anonymous.get(f"/t/{token}").status_code == 404


def test_a_profile_shows_whether_a_page_would_arrive_and_tries_it(
    db: Database, cast: Cast, ann: TestClient, clock: ManualClock
) -> None:
    assert "only one kind of way" in ann.get("/people").text
    assert "never sent" in ann.get("/me").text
    assert ann.post("/me/addresses/try").status_code == 303
    with db.read() as tx:
        assert [n.purpose for n in notifications.of_user(tx, cast.ann.id, 1)] == ["TEST"]
    assert "not answered yet" in ann.get("/me").text
    clock.advance(timedelta(days=2))
    assert "did not answer the last test" in ann.get(f"/people/{cast.ann.id}").text
    with db.write() as tx:
        trials.answered(tx, cast.ann.id)
    assert "did not answer the last test" not in ann.get("/people").text


def test_the_monthly_test_is_switched_off_and_on(db: Database, cast: Cast, ann: TestClient) -> None:
    for on in (True, False):
        ann.post(f"/people/{cast.bo.id}/addresses/monthly", data={"on": "on" if on else "off"})
        with db.read() as tx:
            assert bool(trials.of_users(tx, [cast.bo.id])[cast.bo.id].due_at) is on
    assert "switched off" in ann.get(f"/people/{cast.bo.id}").text


def test_the_bell_is_seen_to_be_muted_everywhere(db: Database, cast: Cast, ann: TestClient) -> None:
    assert "Your bell is muted" not in ann.get("/incidents").text
    ann.post("/me/addresses/mute", data={"hours": "8"})
    assert "Your bell is muted until" in ann.get("/incidents").text
    assert "muted until" in ann.get("/people").text
    assert "muted everything" in ann.get("/me").text
    ann.post("/me/addresses/mute")
    assert "Your bell is muted" not in ann.get("/incidents").text

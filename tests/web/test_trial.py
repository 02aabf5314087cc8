"""Answering the monthly test by its link: GET shows, POST notes."""

from __future__ import annotations

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import everything, fire
from tocsin.auth.answer_tokens import answer_token
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

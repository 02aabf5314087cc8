"""Answering from a message, and unsubscribing from it, without signing in."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.cast import Cast, by
from tests.web.conftest import everything, fire
from tocsin.auth.answer_tokens import answer_token
from tocsin.core.incidents import Accept, Resolve
from tocsin.deployment import Deployment
from tocsin.kit.clock import ManualClock
from tocsin.store import decisions, documents, incidents, notifications, people
from tocsin.store.database import Database
from tocsin.store.kinds import USERS
from tocsin.store.tables import notifications as table

SECRET = "s" * 32


@pytest.fixture
def page_id(db: Database, cast: Cast) -> int:
    """The notification that asked Ann."""
    return fire(db, cast.alert("Disk full"))[0].id


@pytest.fixture
def link(page_id: int) -> str:
    return f"/r/{answer_token(SECRET, page_id)}"


@pytest.mark.parametrize("do", ["", "?do=accept", "?do=resolve", "?do=nonsense"])
def test_a_scanner_that_follows_links_changes_nothing(
    do: str, link: str, db: Database, anonymous: TestClient
) -> None:
    before = everything(db)
    assert anonymous.get(link + do).status_code == 200
    assert anonymous.head(link + do).status_code == 200
    assert everything(db) == before


def test_the_wanted_answer_is_the_large_button(link: str, anonymous: TestClient) -> None:
    assert 'class="button huge primary" name="do" value="resolve"' in anonymous.get(f"{link}?do=resolve").text
    assert 'class="button huge primary" name="do" value="accept"' in anonymous.get(link).text


def test_accepting_by_link(link: str, page_id: int, db: Database, cast: Cast, anonymous: TestClient) -> None:
    answer = anonymous.post(link, data={"do": "accept"})
    assert answer.status_code == 303
    assert "You have it since" in anonymous.get(answer.headers["location"]).text
    with db.read() as tx:
        incident = incidents.get(tx, 1)
        replies = notifications.replies_of(tx, [page_id])[page_id]
    assert (incident.status, incident.accepted_by) == ("ACCEPTED", cast.ann.id)
    assert [(reply.via, reply.outcome) for reply in replies] == [("LINK", "ACCEPTED")]


def test_the_ledger_says_when_it_was_answered(
    link: str, page_id: int, db: Database, ann: TestClient, clock: ManualClock
) -> None:
    clock.advance(timedelta(minutes=3))
    ann.post(link, data={"do": "accept"})
    with db.write() as tx:
        change = {"state": "ANSWERED", "sent_at": clock.now() - timedelta(minutes=3)}
        tx.run(sa.update(table).where(table.c.id == page_id).values(change))
    told = ann.get("/incidents/1").text.split('class="sent ANSWERED"')[1].split("</details>")[0]
    assert re.search(r"Answered <time [^>]*>09:03:00", told)
    assert "#comment" in told


def test_accepting_twice_changes_the_incident_once(
    link: str, page_id: int, db: Database, anonymous: TestClient
) -> None:
    anonymous.post(link, data={"do": "accept"})
    with db.read() as tx:
        before = incidents.get(tx, 1)
    assert anonymous.post(link, data={"do": "accept"}).status_code == 303
    with db.read() as tx:
        assert incidents.get(tx, 1) == before
        replies = notifications.replies_of(tx, [page_id])[page_id]
    assert [reply.outcome for reply in replies] == ["ACCEPTED", "ALREADY_ACCEPTED"]


def test_somebody_was_quicker(link: str, db: Database, cast: Cast, anonymous: TestClient) -> None:
    with db.write() as tx:
        decisions.perform(tx, 1, Accept(by=by(cast.bo)))
    text = anonymous.get(link).text
    assert "Already handled by Bo Ruiz since" in text
    assert 'value="accept"' not in text


def test_it_is_over_when_resolved(link: str, db: Database, cast: Cast, anonymous: TestClient) -> None:
    with db.write() as tx:
        decisions.perform(tx, 1, Resolve(by=by(cast.bo)))
    text = anonymous.get(link).text
    assert "Resolved by Bo Ruiz at" in text
    assert "<form" not in text


@pytest.mark.parametrize("token", ["nonsense", "1x0", "999999x" + "0" * 32, "x", "1"])
def test_a_wrong_link_is_no_page(token: str, link: str, db: Database, anonymous: TestClient) -> None:
    before = everything(db)
    assert anonymous.get(f"/r/{token}").status_code == 404
    assert anonymous.post(f"/r/{token}", data={"do": "accept"}).status_code == 404
    assert anonymous.get(f"/u/{token}").status_code == 404
    assert anonymous.post(f"/u/{token}").status_code == 404
    assert everything(db) == before


def test_whoever_was_deleted_cannot_answer(
    link: str, db: Database, cast: Cast, anonymous: TestClient
) -> None:
    with db.write() as tx:
        documents.delete(tx, USERS, cast.ann.id)
    assert anonymous.get(link).status_code == 403
    assert anonymous.post(link, data={"do": "accept"}).status_code == 403


def test_only_known_answers(link: str, anonymous: TestClient) -> None:
    assert anonymous.post(link, data={"do": "delete"}).status_code == 422


def test_the_answer_is_the_receivers_also_in_another_session(
    link: str, db: Database, cast: Cast, anonymous: TestClient, deployment: Deployment
) -> None:
    from tocsin.auth import sessions  # noqa: PLC0415

    with db.write() as tx:
        anonymous.cookies.set("tocsin_session", sessions.create(tx, deployment.chance, cast.bo.id, ""))
    assert "for Ann Lee" in anonymous.get(link).text
    anonymous.post(link, data={"do": "accept"})
    with db.read() as tx:
        assert incidents.get(tx, 1).accepted_by == cast.ann.id


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
def test_unsubscribing(
    body: dict[str, str], page_id: int, db: Database, cast: Cast, anonymous: TestClient
) -> None:
    link = f"/u/{answer_token(SECRET, page_id)}"
    before = everything(db)
    assert "Stop mails to ann@example.org?" in anonymous.get(link).text
    assert everything(db) == before
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}
    for _ in range(2):
        assert anonymous.post(link, data=body, headers=foreign).status_code == 200
    with db.read() as tx:
        assert people.one(tx, cast.ann.id).contacts[0].state == "UNSUBSCRIBED"
    assert "Tocsin sends nothing more to ann@example.org." in anonymous.get(link).text


def test_what_waits_for_an_address_that_was_given_up_is_not_sent(
    page_id: int, db: Database, cast: Cast, anonymous: TestClient
) -> None:
    mail = cast.ann.contacts[0]
    content = {"purpose": "NOTICE", "method": "EMAIL", "headline": "h", "text": "t"}
    with db.write() as tx:
        waits = notifications.schedule_notice(tx, cast.ann.id, mail.id, mail.target, content)
    assert anonymous.post(f"/u/{answer_token(SECRET, page_id)}").status_code == 200
    with db.read() as tx:
        found = notifications.one(tx, waits)
    assert found is not None
    assert (found.state, found.reason) == ("CANCELLED", "unsubscribed by a link in a message")

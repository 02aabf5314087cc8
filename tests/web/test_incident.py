"""One incident: its next step, its ledger, its timeline, and acting on it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.cast import Cast, by
from tests.web.conftest import everything, fire
from tocsin.core.delivery import Receipt, settle
from tocsin.core.incidents import Accept, Incident, Resolve
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import decisions, documents, incidents, leases, profiles
from tocsin.store.database import Database
from tocsin.store.kinds import USERS
from tocsin.store.tables import notifications


def now_of(db: Database, number: int) -> Incident:
    with db.read() as tx:
        return incidents.get(tx, number)


def deliver(db: Database, outcome: str, answer: str) -> None:
    """Everything due is tried, and ends like this."""
    with db.write() as tx:
        for n in leases.lease(tx, ["EMAIL"], 10):
            settled = settle(n, Receipt(outcome=outcome, answer=answer), tx.now, 0)  # type: ignore[arg-type]
            leases.settle(tx, [settled.notification])
            leases.finish(tx, [(n.id, n.attempts, outcome, answer)])


def test_the_page_says_what_happens_next(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert("Disk full")
    fire(db, number)
    text = ann.get(f"/incidents/{number}").text
    assert "<title>Pending · Disk full · Tocsin</title>" in text
    assert "If nobody accepts, level 2 (Bo Ruiz, Chi Wu) is told at 09:05." in text
    assert "to Bo Ruiz, Chi Wu" in text


def test_the_ledger_shows_the_providers_answer(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    fire(db, number)
    assert "Scheduled" in ann.get(f"/incidents/{number}").text
    deliver(db, "PERMANENT", "550 no such mailbox")
    text = ann.get(f"/incidents/{number}").text
    assert "Failed" in text
    assert "550 no such mailbox" in text
    assert "ann@example.org" in text


def test_notifications_can_be_left_out_of_the_timeline(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    fire(db, number)
    deliver(db, "SENT", "250 ok")
    sentence = "E-mail to Ann Lee (ann@example.org) sent"
    assert sentence in ann.get(f"/incidents/{number}").text
    assert sentence not in ann.get(f"/incidents/{number}?log=quiet").text
    with db.write() as tx:
        tx.run(sa.update(notifications).values(method="SMS"))
    assert "SMS to Ann Lee (ann@example.org) sent" in ann.get(f"/incidents/{number}").text


def test_who_is_only_kept_informed_is_not_offered_to_be_asked(
    db: Database, cast: Cast, ann: TestClient
) -> None:
    with db.write() as tx:
        documents.save(tx, USERS, replace(profiles.of(cast.chi), role="STAKEHOLDER"))
    number = cast.alert()
    assert f'value="user:{cast.bo.id}"' in ann.get(f"/incidents/{number}").text
    for path in (f"/incidents/{number}", "/policies/new"):
        assert f'<option value="user:{cast.chi.id}"' not in ann.get(path).text


def test_an_error_leads_back_to_where_one_came_from(ann: TestClient, cast: Cast) -> None:
    number = cast.alert()
    came = {"referer": f"https://tocsin.example.org/incidents/{number}?log=quiet"}
    refused = ann.post(f"/incidents/{number}/comment", data={"text": ""}, headers=came)
    assert f'href="/incidents/{number}?log=quiet">Go back' in refused.text
    elsewhere = {"referer": "https://elsewhere.example/x"}
    assert "Go back" not in ann.post(f"/incidents/{number}/comment", headers=elsewhere).text


@pytest.mark.parametrize(
    "verb, status", [("accept", "ACCEPTED"), ("resolve", "RESOLVED"), ("escalate", "PENDING")]
)
def test_buttons_act(verb: str, status: str, db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    fire(db, number)
    answer = ann.post(f"/incidents/{number}/{verb}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{number}")
    assert now_of(db, number).status == status


def test_twice_is_said_not_done(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    with db.write() as tx:
        decisions.perform(tx, number, Accept(by=by(cast.bo)))
    before = everything(db)
    answer = ann.post(f"/incidents/{number}/accept")
    assert everything(db) == before
    assert "Already accepted by Bo Ruiz at" in ann.get(answer.headers["location"]).text


def test_a_resolved_incident_offers_nothing(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    with db.write() as tx:
        decisions.perform(tx, number, Resolve(by=by(cast.bo)))
    text = ann.get(f"/incidents/{number}").text
    assert "data-verb" not in text
    assert "Resolved by Bo Ruiz" in text


def test_assigning_to_a_person_and_a_policy(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    ann.post(f"/incidents/{number}/assign", data={"to": f"user:{cast.chi.id}"})
    assert now_of(db, number).assigned_to == cast.chi.id
    other = cast.policy_of((cast.bo,))
    ann.post(f"/incidents/{number}/assign", data={"to": f"policy:{other.id}"})
    assert now_of(db, number).escalation.policy_id == other.id


@pytest.mark.parametrize("to", ["", "user:", "user:x", "user:999", "policy:999", "team:1"])
def test_assigning_to_nobody(to: str, db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    before = everything(db)
    assert ann.post(f"/incidents/{number}/assign", data={"to": to}).status_code in (404, 422)
    assert everything(db) == before


def test_a_comment_is_kept_as_written(cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    ann.post(f"/incidents/{number}/comment", data={"text": "restarted <b>it</b>\ntwice"})
    text = ann.get(f"/incidents/{number}").text
    assert "<blockquote>restarted &lt;b&gt;it&lt;/b&gt;\ntwice</blockquote>" in text
    assert ann.post(f"/incidents/{number}/comment", data={"text": " "}).status_code == 422


@pytest.mark.parametrize("path", ["/incidents/999", "/incidents/abc", "/incidents/" + "9" * 40])
def test_there_is_no_such_incident(path: str, cast: Cast, ann: TestClient) -> None:
    answer = ann.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert ann.post(f"{path}/accept").status_code == 404


def test_there_is_no_such_action(cast: Cast, ann: TestClient) -> None:
    assert ann.post(f"/incidents/{cast.alert()}/explode").status_code == 404


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "JAVASCRIPT:x", " data:text/html,x", "//evil.example"]
)
def test_a_link_leads_to_the_web_or_nowhere(href: str, cast: Cast, ann: TestClient) -> None:
    links = f'[{{"href":"{href}","text":"odd"}},{{"href":"https://runbook.example","text":"fine"}}]'
    cast.event(f'{{"eventType":"ALERT","summary":"x","incidentKey":"k","links":{links}}}')
    text = ann.get("/incidents/1").text
    assert f'href="{href}"' not in text
    assert 'href="https://runbook.example"' in text


def test_the_last_event_is_shown_as_it_came(cast: Cast, ann: TestClient, clock: ManualClock) -> None:
    cast.event('{"eventType":"ALERT","summary":"x","incidentKey":"k","customDetails":{"a":"<i>"}}')
    assert "&#34;customDetails&#34;:{&#34;a&#34;:&#34;&lt;i&gt;&#34;}" in ann.get("/incidents/1").text

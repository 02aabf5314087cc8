"""Policies in sentences: the editor, what they would do, and what stands in the way of deleting one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from tests.cast import Cast
from tests.web.conftest import SignIn, everything
from tocsin.core.incidents import Fire
from tocsin.core.policies import EscalationPolicy, UserRef
from tocsin.core.schedules import Absence
from tocsin.kit.clock import ManualClock
from tocsin.store import decisions, documents, people, replacing
from tocsin.store.absences import Noted
from tocsin.store.database import Database
from tocsin.store.kinds import POLICIES


def form(*levels: tuple[list[int], int], **more: Any) -> dict[str, Any]:
    """What the editor sends: levels of (user ids, minutes)."""
    said: dict[str, Any] = {"name": "Nights", "delayMin": "0", "steps": str(len(levels)), "do": "save"}
    for index, (users, minutes) in enumerate(levels):
        said[f"steps.{index}.target"] = [f"user:{number}" for number in users]
        said[f"steps.{index}.minutes"] = str(minutes)
    return said | more


def latest(db: Database) -> EscalationPolicy:
    with db.read() as tx:
        return documents.listing(tx, POLICIES)[-1]


def test_the_list_says_whom_each_policy_asks_and_what_uses_it(cast: Cast, ann: TestClient) -> None:
    text = ann.get("/policies").text
    assert "Ann Lee" in text
    assert "Bo Ruiz, Chi Wu" in text
    assert f'href="/sources/{cast.source.id}"' in text
    assert "Nothing fits" in ann.get("/policies?q=nowhere").text


def test_a_policy_is_made_in_the_editor(db: Database, cast: Cast, ann: TestClient) -> None:
    assert f'value="user:{cast.ann.id}"' in ann.get("/policies/new").text
    sent = form(([cast.bo.id, cast.chi.id], 3), ([cast.ann.id], 7), repeating="on", frequency="2")
    answer = ann.post("/policies/new", data=sent)
    made = latest(db)
    assert answer.headers["location"] == f"/policies/{made.id}?said=created"
    assert [(r.user_ids, r.escalation_timeout) for r in made.escalation_rules] == [
        ((cast.bo.id, cast.chi.id), 3),
        ((cast.ann.id,), 7),
    ]
    assert (made.repeating, made.frequency) == (True, 2)
    text = ann.get(answer.headers["location"]).text
    assert "If nobody accepts within 3 minutes, go on." in text
    assert "Created." in text


def test_the_buttons_change_the_form_and_nothing_else(db: Database, cast: Cast, ann: TestClient) -> None:
    before = everything(db)
    sent = form(([cast.bo.id], 3), ([cast.ann.id], 7))
    add = ann.post("/policies/new", data=sent | {"do": "add"}).text
    assert 'name="steps" value="3"' in add
    up = ann.post("/policies/new", data=sent | {"do": "up:1"}).text
    assert up.index(f'value="user:{cast.ann.id}"') < up.index(f'value="user:{cast.bo.id}"')
    gone = ann.post("/policies/new", data=sent | {"do": f"drop:0:user:{cast.bo.id}"}).text
    assert f'name="steps.0.target" value="user:{cast.bo.id}"' not in gone
    for strange in ("up:0", "down:1", "remove:9", "drop:x", "up:", "::::"):
        assert ann.post("/policies/new", data=sent | {"do": strange}).status_code == 200
    assert everything(db) == before


def test_what_is_wrong_is_said_where_it_is(cast: Cast, ann: TestClient) -> None:
    answer = ann.post("/policies/new", data=form(([], 3), ([cast.bo.id], 99_999), name=""))
    assert answer.status_code == 422
    assert (
        'name="name" type="text" value="" required aria-describedby="h-name" aria-invalid="true"'
        in answer.text
    )
    assert 'class="card bad"' in answer.text
    assert ann.post("/policies/new", data=form(([cast.bo.id], 3), delayMin="soon")).status_code == 422
    assert ann.post("/policies/new", data={"do": "save", "name": "x", "steps": "-1"}).status_code == 422


def test_a_change_keeps_what_the_form_does_not_say(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.policy.id
    assert ann.post(f"/policies/{number}/edit", data=form(([cast.bo.id], 3))).status_code == 303
    with db.read() as tx:
        changed = documents.get(tx, POLICIES, number)
    assert (changed.id, changed.name, changed.version) == (number, "Nights", 2)


def test_the_preview_tells_who_would_be_told(db: Database, cast: Cast, ann: TestClient) -> None:
    before = everything(db)
    text = ann.post("/policies/preview", data=form(([cast.bo.id], 3), ([cast.ann.id], 7))).text
    assert text.index("bo@example.org") < text.index("after 3 min") < text.index("ann@example.org")
    assert "<html" not in text
    assert "every level asks somebody" in ann.post("/policies/preview", data=form()).text
    low = ann.post("/policies/preview", data=form(([cast.bo.id], 3), ([cast.ann.id], 7), priority="LOW")).text
    assert "ann@example.org" not in low
    assert everything(db) == before


def test_the_policy_says_whether_anybody_is_there(db: Database, cast: Cast, ann: TestClient) -> None:
    path = f"/policies/{cast.policy_of((cast.bo,)).id}"
    assert "Somebody could be told in every minute." in ann.get(path).text
    with db.write() as tx:
        people.set_contact_state(tx, cast.bo.contacts[0].id, "BOUNCED", "no such mailbox")
    text = ann.get(path).text
    assert "Nobody of the policy could be told:" in text
    assert "Bo Ruiz cannot be reached at all." in text


def test_a_policy_in_use_names_what_depends_on_it(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.policy.id
    text = ann.get(f"/policies/{number}").text
    assert "It cannot be deleted yet." in text
    assert "resolve it first" not in text
    cast.alert()
    text = ann.get(f"/policies/{number}").text
    assert "It has an open incident: resolve it first." in text
    assert f'action="/policies/{number}/delete"' not in text
    assert ann.post(f"/policies/{number}/delete").status_code == 409
    free = cast.policy_of((cast.bo,))
    assert f'action="/policies/{free.id}/delete"' in ann.get(f"/policies/{free.id}").text
    assert ann.post(f"/policies/{free.id}/delete").headers["location"] == "/policies?said=deleted"
    assert ann.get(f"/policies/{free.id}").status_code == 404


def test_who_is_on_call_shows_every_level_and_who_cannot_be_reached(
    db: Database, cast: Cast, signed_in: SignIn
) -> None:
    with db.write() as tx:
        people.set_contact_state(tx, cast.bo.contacts[0].id, "BOUNCED", "no such mailbox")
    text = signed_in(cast.chi).get("/on-call").text
    assert text.count("cannot be reached") == 1
    assert (
        text.index("Bo Ruiz") < text.index("cannot be reached") < text.index("Chi Wu", text.index("Bo Ruiz"))
    )
    assert "asks you" in text


def test_who_is_away_is_not_shown_as_asked(db: Database, cast: Cast, signed_in: SignIn) -> None:
    with db.write() as tx:
        away = Absence(user=UserRef(id=cast.chi.id), start=tx.now, end=tx.now + timedelta(hours=1))
        replacing.add_absence(tx, Noted(absence=away), None)
    text = signed_in(cast.chi).get("/on-call").text
    assert text.index("Bo Ruiz") < text.index("Chi Wu", text.index("Bo Ruiz")) < text.index("is absent")
    assert text.count("is absent") == 1
    assert "asks you" not in text


def test_of_a_past_instant_the_page_shows_what_was_sent(
    db: Database, cast: Cast, ann: TestClient, clock: ManualClock
) -> None:
    number = cast.alert()
    with db.write() as tx:
        decisions.perform(tx, number, Fire())
    clock.advance(timedelta(hours=2))
    text = ann.get(f"/policies/{cast.policy.id}?at=2026-03-02T10:00").text
    assert "What was sent" in text
    assert f'<a href="/incidents/{number}">#{number}</a>' in text
    assert "What was sent" not in ann.get(f"/policies/{cast.policy.id}").text

"""The list: filters in the address, new rows in a bar, empty states that start the job."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa
from starlette.testclient import TestClient

from tests.cast import Cast, by
from tests.core.people_and_policies import around, incident, policy
from tests.web.conftest import SignIn, fire
from tocsin.core.incidents import Accept, Resolve
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import decisions, documents, incidents, sources
from tocsin.store.database import Database
from tocsin.store.kinds import USERS
from tocsin.web.rows import Row


def shown(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="i-(\d+)"', text)]


def three(db: Database, cast: Cast) -> tuple[int, int, int]:
    pending, accepted, resolved = cast.alert("One", "1"), cast.alert("Two", "2"), cast.alert("Three", "3")
    fire(db, pending)
    with db.write() as tx:
        decisions.perform(tx, accepted, Accept(by=by(cast.bo)))
        decisions.perform(tx, resolved, Resolve(by=by(cast.bo)))
    return pending, accepted, resolved


def test_open_incidents_are_shown_newest_first(db: Database, cast: Cast, ann: TestClient) -> None:
    pending, accepted, _ = three(db, cast)
    answer = ann.get("/incidents")
    assert shown(answer.text) == [accepted, pending]
    assert "<title>(1) Incidents · Tocsin</title>" in answer.text


def test_the_address_is_the_filter(db: Database, cast: Cast, ann: TestClient) -> None:
    pending, accepted, resolved = three(db, cast)
    assert shown(ann.get("/incidents?state=RESOLVED").text) == [resolved]
    assert shown(ann.get("/incidents?who=mine").text) == [pending]
    assert shown(ann.get("/incidents?priority=LOW").text) == []
    assert shown(ann.get(f"/incidents?source={cast.source.id}&state=ACCEPTED").text) == [accepted]
    assert "No incident fits this filter" in ann.get("/incidents?source=999").text


def test_nonsense_in_the_address_is_ignored(db: Database, cast: Cast, ann: TestClient) -> None:
    pending, accepted, _ = three(db, cast)
    nonsense = "/incidents?state=x&priority=%00&source=%F0%9F%92%A9&page=-1&seen=abc&who[]=1"
    assert shown(ann.get(nonsense).text) == [accepted, pending]


def test_a_row_says_who_is_next_and_when(
    db: Database, cast: Cast, ann: TestClient, clock: ManualClock
) -> None:
    fire(db, cast.alert())
    clock.advance(timedelta(seconds=42))
    text = ann.get("/incidents").text
    assert re.search(r"escalates to Bo Ruiz, Chi Wu in <time [^>]*data-left>4:18</time>", text)


def test_a_row_is_accepted_in_place(db: Database, cast: Cast, ann: TestClient) -> None:
    number = cast.alert()
    answer = ann.post(f"/incidents/{number}/accept", data={"back": "/incidents?who=mine"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/incidents?who=mine")
    inside = ann.get("/incidents?who=mine", headers={"HX-Request": "true"}).text
    assert "<html" not in inside
    assert "state ACCEPTED" in inside
    assert "Ann Lee" in inside


def test_new_incidents_wait_in_a_bar(cast: Cast, ann: TestClient) -> None:
    old = cast.alert("Old", "1")
    cast.alert("New", "2")
    cast.alert("Newer", "3")
    text = ann.get(f"/incidents?seen={old}", headers={"HX-Request": "true"}).text
    assert shown(text) == [old]
    assert "2 new" in text
    assert f'data-newest="{old}"' in text


def test_fifty_a_page(cast: Cast, ann: TestClient) -> None:
    for number in range(52):
        cast.alert(f"Number {number}", f"k{number}")
    first, second = ann.get("/incidents").text, ann.get("/incidents?page=2").text
    assert (len(shown(first)), len(shown(second))) == (50, 2)
    assert "Older" in first
    assert "Newer" in second


def test_a_page_costs_few_statements(db: Database, cast: Cast, ann: TestClient) -> None:
    for number in range(30):
        fire(db, cast.alert(f"Number {number}", f"k{number}"))
    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    ann.get("/incidents")
    assert len([s for s in statements if not s.startswith("BEGIN")]) <= 30


def test_all_quiet(cast: Cast, ann: TestClient) -> None:
    assert "All quiet" in ann.get("/incidents").text


def test_nothing_from_outside_becomes_markup(cast: Cast, ann: TestClient) -> None:
    cast.alert("<script>alert(1)</script>", "<b>")
    for path in ("/incidents", "/incidents/1"):
        assert "<script>alert" not in ann.get(path).text


def test_german_for_germans(db: Database, cast: Cast, signed_in: SignIn) -> None:
    fire(db, cast.alert())
    with db.write() as tx:
        user = documents.get(tx, USERS, cast.ann.id)
        documents.save(tx, USERS, replace(user, language="de"))
    text = signed_in(cast.ann).get("/incidents").text
    assert 'lang="de"' in text
    assert "Übernehmen" in text
    assert "eskaliert zu Bo Ruiz, Chi Wu in" in text


def test_reporting_by_hand(db: Database, cast: Cast, ann: TestClient) -> None:
    assert "New incident" in ann.get("/incidents/new").text
    said = {
        "summary": "Smoke in the cellar",
        "details": "a\nb",
        "source": str(cast.source.id),
        "priority": "LOW",
    }
    answer = ann.post("/incidents/new", data=said)
    assert answer.headers["location"] == "/incidents/1"
    text = ann.get("/incidents/1").text
    assert "Smoke in the cellar" in text
    assert "Created by Ann Lee" in text


def test_reporting_without_a_summary_or_source(cast: Cast, ann: TestClient) -> None:
    answer = ann.post(
        "/incidents/new", data={"summary": " ", "details": "kept", "source": str(cast.source.id)}
    )
    assert answer.status_code == 422
    assert "say in a few words" in answer.text
    assert "kept</textarea>" in answer.text
    assert ann.post("/incidents/new", data={"summary": "x", "source": "99"}).status_code == 422


def test_a_level_that_comes_again_can_be_escalated_to_whoever_it_asks(cast: Cast) -> None:
    for passes, offered in ((2, True), (1, False)):
        row = Row(
            incident=incident(phase="CLIMBING", level=0),
            source=cast.source,
            around=around(policy([], passes=passes)),
            events=0,
            sentence="",
            next_people="",
        )
        assert row.can_escalate is offered


def test_the_priority_of_the_form_wins_over_the_sources(db: Database, cast: Cast, ann: TestClient) -> None:
    with db.write() as tx:
        sources.change(tx, replace(cast.source, incident_priority_rule="LOW"))
    for priority in ("HIGH", "LOW"):
        said = {"summary": "x", "source": str(cast.source.id), "priority": priority}
        number = int(ann.post("/incidents/new", data=said).headers["location"].rpartition("/")[2])
        with db.read() as tx:
            assert incidents.get(tx, number).priority == priority

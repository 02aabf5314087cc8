"""What happens to an incident is told outward: in order, at least once, each connection in its own lane."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble, by
from tocsin.auth.vault import Vault
from tocsin.core.connections import CHANNEL, MAX_ATTEMPTS, Connection, Errand, Outcome, Remote, Trigger
from tocsin.core.incidents import Accept, Raise, Remark, Resolve
from tocsin.core.people import Actor
from tocsin.core.schedules import Day
from tocsin.core.support_hours import SupportDay, SupportHours
from tocsin.engine import escalations
from tocsin.engine.connections import OutwardLane, lease_step, run, settle_step
from tocsin.engine.occasions import Outward
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import dumps, loads, replace
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure, Request
from tocsin.store import connections, decisions, documents, errands, log, support_hours, tables
from tocsin.store.database import Database
from tocsin.store.kinds import SOURCES

CHANCE = SeededChance(3)
OUTWARD = Outward(Vault("s" * 32, CHANCE), "https://tocsin.example", CHANCE)
EVERYTHING: tuple[Trigger, ...] = (
    "incident-created",
    "incident-assigned",
    "incident-acknowledged",
    "incident-raised",
    "incident-comment-added",
    "incident-resolved",
)
FINE = HttpAnswer(status=204)


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def connect(cast: Cast, *triggers: Trigger, url: str = "https://hooks.example/in", **more: Any) -> Connection:
    """A webhook of the cast's source."""
    wanted = Connection(
        name="hook",
        type="webhook",
        source_ids=(cast.source.id,),
        triggers=triggers or EVERYTHING,
        params={"webhookUrl": url},
        **more,
    )
    with cast.db.write() as tx:
        return connections.create(tx, wanted)


def tell(cast: Cast, answers: Sequence[Answer] = ()) -> list[dict[str, Any]]:
    """Run what is due until nothing is; the bodies that left, in order."""
    said: list[dict[str, Any]] = []
    waiting = list(answers)

    async def perform(request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        said.append(loads(request.body))
        return waiting.pop(0) if waiting else FINE

    while leased := lease_step(cast.db, OUTWARD, 100):
        for ready in leased:
            settle_step(cast.db, OUTWARD, [(ready.errand, asyncio.run(run(ready, perform)))])
    return said


def history(cast: Cast, connection: Connection) -> list[Errand]:
    with cast.db.read() as tx:
        return errands.of_connection(tx, connection.id)[::-1]


def act(cast: Cast, incident_id: int, command: Any) -> None:
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, command)


def advance(cast: Cast, **by_how_much: float) -> None:
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(**by_how_much))


def test_everything_that_happens_is_told_in_order_as_it_was_then(cast: Cast) -> None:
    connection = connect(cast)
    incident_id = cast.alert()
    escalations.step(cast.db)
    act(cast, incident_id, Remark(by=by(cast.bo), text="looking"))
    act(cast, incident_id, Accept(by=by(cast.bo)))
    act(cast, incident_id, Resolve(by=by(cast.bo)))
    said = tell(cast)
    assert [(body["eventType"], body["status"]) for body in said] == [
        ("incident-created", "PENDING"),
        ("incident-assigned", "PENDING"),
        ("incident-comment-added", "PENDING"),
        ("incident-acknowledged", "ACCEPTED"),
        ("incident-resolved", "RESOLVED"),
    ]
    assert said[2]["comment"] == "looking"
    assert said[3]["assignedTo"]["username"] == "bo"
    assert said[4]["assignedTo"] is None
    assert {body["id"] for body in said} == {str(incident_id)}
    assert len({body["eventId"] for body in said}) == 5
    assert {errand.state for errand in history(cast, connection)} == {"DONE"}


def test_only_what_was_asked_for_is_told_and_only_of_its_sources(cast: Cast) -> None:
    connect(cast, "incident-raised")
    other = cast.heartbeat()
    assert other.id != cast.source.id
    incident_id = (
        cast.event('{"eventType":"ALERT","summary":"x","priority":"LOW"}').taken[0].verdict.incident_id
    )
    assert incident_id is not None
    act(cast, incident_id, Raise(by=by(cast.bo)))
    assert [body["eventType"] for body in tell(cast)] == ["incident-raised"]


def test_an_automatic_resolution_reaches_those_who_asked_for_resolutions(cast: Cast) -> None:
    connect(cast, "incident-resolved")
    incident_id = cast.alert()
    act(cast, incident_id, Resolve(by=Actor(kind="SYSTEM", name="Tocsin")))
    assert [body["eventType"] for body in tell(cast)] == ["incident-auto-resolved"]


def test_what_a_product_reported_is_not_told_to_it_again(cast: Cast) -> None:
    connection = connect(cast)
    incident_id = cast.alert()
    tell(cast)
    report = Actor(kind="SOURCE", name="hook", via="CONNECTION", connection_id=connection.id)
    act(cast, incident_id, Accept(by=report))
    assert tell(cast) == []


def test_a_failure_holds_up_the_incident_but_no_other(cast: Cast) -> None:
    connection = connect(cast, "incident-created", "incident-acknowledged")
    first = cast.alert(key="a")
    act(cast, first, Accept(by=by(cast.bo)))
    assert len(tell(cast, [HttpAnswer(status=503)])) == 1, "the second waits for the first"
    with cast.db.read() as tx:
        assert errands.failing(tx) == {connection.id: "503"}
    cast.alert(key="b")
    assert [body["incidentKey"] for body in tell(cast)] == ["b"]
    advance(cast, minutes=2)
    assert [body["eventType"] for body in tell(cast)] == ["incident-created", "incident-acknowledged"]
    assert [errand.attempts for errand in history(cast, connection)] == [2, 1, 1]


def test_the_wait_that_was_asked_for_is_kept(cast: Cast) -> None:
    connect(cast, "incident-created")
    cast.alert()
    tell(cast, [HttpAnswer(status=429, headers={"retry-after": "600"})])
    advance(cast, minutes=9)
    assert tell(cast) == []
    advance(cast, minutes=2)
    assert len(tell(cast)) == 1


def test_a_refusal_ends_it_and_shows_on_the_incident_and_the_connection(cast: Cast) -> None:
    connection = connect(cast, "incident-created", "incident-resolved")
    incident_id = cast.alert()
    act(cast, incident_id, Resolve(by=by(cast.bo)))
    tell(cast, [HttpAnswer(status=404, body=b"no such hook")])
    assert [errand.state for errand in history(cast, connection)] == ["FAILED", "DONE"]
    with cast.db.read() as tx:
        entries = [e for e in log.timeline(tx, incident_id) if e.type.startswith("Connection")]
        assert errands.failing(tx) == {}, "the last one worked"
    assert [e.type for e in entries] == ["ConnectionSucceeded", "ConnectionFailed"]
    assert entries[1].vars["reason"] == "404 no such hook"


def test_a_target_that_we_may_not_ask_is_given_up_at_once(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    incident_id = cast.alert()
    why = "10.0.0.1 is no public address: name its network in TOCSIN_ALLOW_PRIVATE_TARGETS"
    tell(cast, [NetworkFailure(reason=why, sent="NO", refused=True)])
    errand = history(cast, connection)[0]
    assert (errand.state, errand.attempts, errand.due_at, errand.answer) == ("FAILED", 1, None, why)
    with cast.db.read() as tx:
        assert errands.failing(tx) == {connection.id: why}
        assert [e.vars["reason"] for e in log.timeline(tx, incident_id) if e.type == "ConnectionFailed"] == [
            why
        ]


def test_a_product_without_its_account_is_not_asked(cast: Cast) -> None:
    wanted = Connection(
        name="tickets",
        type="jira",
        source_ids=(cast.source.id,),
        triggers=("incident-created",),
        params={"project": "OPS"},
    )
    with cast.db.write() as tx:
        connection = connections.create(tx, wanted)
    cast.alert()
    assert tell(cast) == []
    errand = history(cast, connection)[0]
    assert (errand.state, errand.answer) == ("FAILED", "Jira needs a connector: choose one")


def test_what_an_earlier_release_took_for_an_address_fails_at_once_in_words(cast: Cast) -> None:
    connection = connect(cast, "incident-created", url="hello")
    cast.alert()
    assert tell(cast) == []
    errand = history(cast, connection)[0]
    assert (errand.state, errand.attempts) == ("FAILED", 1)
    assert errand.answer.startswith("webhookUrl: write a whole web address")


def test_a_channel_of_its_own_is_told_to_the_other_connections_once(cast: Cast) -> None:
    first = connect(cast, "incident-created", "incident-channel-attached")
    second = connect(cast, "incident-channel-attached", url="https://other.example/")
    incident_id = cast.alert()
    there = Remote(id="1", state={"channel": "C1", CHANNEL: "C2"})
    for step in "opened", "told of the channel", "told again":
        for ready in lease_step(cast.db, OUTWARD, 100):
            mine = there if ready.errand.connection_id == first.id else None
            settle_step(cast.db, OUTWARD, [(ready.errand, Outcome(kind="DONE", remote=mine))])
        if step == "told of the channel":
            with cast.db.write() as tx:
                errands.by_hand(tx, first, incident_id, by(cast.bo))
    assert [errand.trigger for errand in history(cast, first)] == ["incident-created", "manual"]
    assert [errand.trigger for errand in history(cast, second)] == ["incident-channel-attached"]
    with cast.db.read() as tx:
        attached = [e.vars["channel"] for e in log.timeline(tx, incident_id) if e.type == "ChannelAttached"]
    assert attached == ["C2"]


def test_it_is_given_up_after_some_tries(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    cast.alert()
    for _ in range(MAX_ATTEMPTS + 3):
        tell(cast, [NetworkFailure(reason="connection refused", sent="NO")])
        advance(cast, hours=1)
    errand = history(cast, connection)[0]
    assert (errand.state, errand.attempts, errand.answer) == ("FAILED", MAX_ATTEMPTS, "connection refused")
    with cast.db.read() as tx:
        assert errands.failing(tx, timedelta(days=30)) == {connection.id: "connection refused"}


def test_a_crash_between_asking_and_settling_asks_again_and_fences_off_the_late_answer(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    cast.alert()
    lost = lease_step(cast.db, OUTWARD, 100)
    assert lease_step(cast.db, OUTWARD, 100) == []
    advance(cast, minutes=2)
    again = lease_step(cast.db, OUTWARD, 100)
    assert [r.errand.id for r in again] == [r.errand.id for r in lost]
    settle_step(cast.db, OUTWARD, [(lost[0].errand, Outcome(kind="PERMANENT", answer="late"))])
    assert history(cast, connection)[0].state == "SENDING"
    settle_step(cast.db, OUTWARD, [(again[0].errand, Outcome(kind="DONE"))])
    assert history(cast, connection)[0].state == "DONE"


def test_of_several_outcomes_each_counts_while_its_own_lease_holds(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    for key in "ab":
        cast.alert(key=key)
    first, second = (ready.errand for ready in lease_step(cast.db, OUTWARD, 100))
    late, fine = replace(first, attempts=0), Outcome(kind="DONE")
    settle_step(cast.db, OUTWARD, [(late, fine), (second, fine)])
    assert [errand.state for errand in history(cast, connection)] == ["SENDING", "DONE"]


def test_not_resolved_after_is_told_only_if_it_still_is(cast: Cast) -> None:
    connection = connect(cast, "v-incident-not-resolved", not_resolved_delay_sec=600)
    quick, slow = cast.alert(key="a"), cast.alert(key="b")
    assert tell(cast) == []
    act(cast, quick, Resolve(by=by(cast.bo)))
    advance(cast, minutes=11)
    assert [body["id"] for body in tell(cast)] == [str(slow)]
    assert [errand.state for errand in history(cast, connection)] == ["SKIPPED", "DONE"]


def test_a_delayed_errand_holds_up_nothing(cast: Cast) -> None:
    connect(cast, "incident-acknowledged", "v-incident-not-resolved", not_resolved_delay_sec=600)
    incident_id = cast.alert()
    act(cast, incident_id, Accept(by=by(cast.bo)))
    assert [body["eventType"] for body in tell(cast)] == ["incident-acknowledged"]


def test_a_deleted_connection_tells_nothing_more(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    cast.alert()
    with cast.db.write() as tx:
        connections.remove(tx, connection.id)
    cast.alert(key="another")
    assert tell(cast) == []
    assert [errand.answer for errand in history(cast, connection)] == ["the connection was deleted"]


def test_a_connection_that_is_switched_off_tells_nothing_that_waited_but_can_be_tried(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    cast.alert()
    tell(cast, [HttpAnswer(status=503)])
    with cast.db.write() as tx:
        connections.change(tx, replace(connection, active=False))
        errands.test(tx, connection, by(cast.ann))
    advance(cast, minutes=5)
    assert [body["summary"] for body in tell(cast)] == ["Test of the connection hook"]
    waited, tried = history(cast, connection)
    assert (waited.state, waited.answer) == ("SKIPPED", "the connection is switched off")
    assert tried.state == "DONE"


def test_a_dead_target_delays_no_other(cast: Cast) -> None:
    connect(cast, "incident-created", url="https://dead.example/")
    connect(cast, "incident-created", url="https://fine.example/")
    for key in range(12):
        cast.alert(key=str(key))
    told: list[str] = []

    async def perform(request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        if "dead" in request.url:
            await asyncio.sleep(30)
        told.append(request.url)
        return FINE

    async def live() -> None:
        lane = OutwardLane(cast.db, OUTWARD, perform)
        while len(told) < 12:
            await lane.step()
            await asyncio.sleep(0)
        for task in lane.in_flight:
            task.cancel()
        await asyncio.gather(*lane.in_flight, return_exceptions=True)

    asyncio.run(asyncio.wait_for(live(), 20))
    assert set(told) == {"https://fine.example/"}


def test_a_test_sends_a_made_up_incident(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    with cast.db.write() as tx:
        errands.test(tx, connection, by(cast.ann))
    said = tell(cast)
    assert said[0]["summary"] == "Test of the connection hook"
    assert history(cast, connection)[0].state == "DONE"


def test_who_presses_a_button_hears_of_that_errand_whatever_others_write_meanwhile(cast: Cast) -> None:
    connection = connect(cast, "incident-created")
    incident_id = cast.alert()
    with cast.db.write() as tx:
        # As if another process had written it after us, and committed before we look.
        tx.run(sa.update(tables.errands).values(id=1_000))
        tried = errands.test(tx, connection, by(cast.ann))
        pressed = errands.by_hand(tx, connection, incident_id, by(cast.bo))
    assert (tried.trigger, tried.incident_id, tried.actor_id) == ("test", None, cast.ann.id)
    assert (pressed.trigger, pressed.incident_id, pressed.actor_id) == ("manual", incident_id, cast.bo.id)


def test_a_condition_decides_by_how_it_was_then(cast: Cast) -> None:
    connection = connect(cast, "incident-created", conditions="alert.summary contains 'disk'")
    cast.alert(summary="Disk full", key="a")
    cast.alert(summary="CPU hot", key="b")
    assert [body["summary"] for body in tell(cast)] == ["Disk full"]
    assert [errand.state for errand in history(cast, connection)] == ["DONE", "SKIPPED"]


def test_a_template_makes_the_body_and_quotes_cannot_break_its_json(cast: Cast) -> None:
    wanted = Connection(
        name="hook",
        type="webhook",
        source_ids=(cast.source.id,),
        triggers=("incident-created",),
        params={
            "webhookUrl": "https://h.example/",
            "bodyTemplate": '{"what": "{{ incidentSummary }}", "n": {{ alertId }}}',
        },
    )
    with cast.db.write() as tx:
        connections.create(tx, wanted)
    incident_id = cast.alert(summary='Disk \\"C\\" full')
    assert tell(cast) == [{"what": 'Disk "C" full', "n": incident_id}]


def test_a_type_that_cannot_go_on_fails_in_words(cast: Cast) -> None:
    wanted = Connection(
        name="hook",
        type="webhook",
        source_ids=(cast.source.id,),
        triggers=("incident-created",),
        params={"webhookUrl": "https://h.example/", "bodyTemplate": "{{#open}}"},
    )
    with cast.db.write() as tx:
        connection = connections.create(tx, wanted)
    cast.alert()
    assert tell(cast) == []
    errand = history(cast, connection)[0]
    assert errand.state == "FAILED"
    assert errand.answer.startswith("cannot go on")


def test_a_condition_counts_events_and_no_tries(cast: Cast) -> None:
    connection = connect(cast, "incident-created", conditions="trigger_count.10m <= 2")
    for key in "abc":
        cast.alert(key=key)
    tell(cast, [HttpAnswer(status=503)])
    advance(cast, minutes=2)
    tell(cast)
    assert [(errand.state, errand.attempts) for errand in history(cast, connection)] == [
        ("DONE", 2),
        ("DONE", 1),
        ("SKIPPED", 1),
    ]
    advance(cast, minutes=10)
    cast.alert(key="d")
    assert [body["incidentKey"] for body in tell(cast)] == ["d"], "its time is over"


def test_another_condition_counts_anew_and_each_connection_by_itself(cast: Cast) -> None:
    first = connect(cast, "incident-created", conditions="trigger_count.10m <= 1")
    connect(cast, "incident-created", conditions="trigger_count.10m <= 1", url="https://other.example/")
    cast.alert(key="a")
    assert len(tell(cast)) == 2
    with cast.db.write() as tx:
        connections.change(tx, replace(first, conditions="trigger_count.10m <= 1 and true"))
    cast.alert(key="b")
    assert len(tell(cast)) == 1


def test_a_condition_knows_support_hours(cast: Cast) -> None:
    days: dict[Day, SupportDay | None] = dict.fromkeys(get_args(Day), SupportDay(start="00:00", end="23:59"))
    with cast.db.write() as tx:
        always = support_hours.create(tx, SupportHours(name="always", timezone="UTC", support_days=days))
    inside = f'now is_in {{"id": {always.id}, "type": "SUPPORT_HOUR"}}'
    connect(cast, "incident-created", conditions=inside)
    connect(cast, "incident-created", conditions=f"not ({inside})", url="https://outside.example/")
    cast.alert()
    assert len(tell(cast)) == 1


def test_not_resolved_after_tells_how_it_is_then(cast: Cast) -> None:
    connect(
        cast,
        "v-incident-not-resolved",
        not_resolved_delay_sec=600,
        conditions="alert.status == ACCEPTED",
    )
    incident_id = cast.alert()
    act(cast, incident_id, Accept(by=by(cast.bo)))
    advance(cast, minutes=11)
    assert [(body["status"], body["assignedTo"]["username"]) for body in tell(cast)] == [("ACCEPTED", "bo")]


@pytest.mark.parametrize("tool, told", [("WEBHOOK", ["of their own"]), ("API", ["ours", "of their own"])])
def test_a_tool_is_not_told_of_the_ticket_that_we_made_there(cast: Cast, tool: str, told: list[str]) -> None:
    connect(cast, "incident-created")
    ours = {"summary": "[PENDING] Disk full", "details": "97 %\nIncident: https://tocsin.example/incidents/7"}
    cast.event(dumps({"eventType": "ALERT", "incidentKey": "ours", **ours}))
    cast.alert(key="of their own")
    with cast.db.write() as tx:
        documents.save(tx, SOURCES, replace(cast.source, integration_type=tool))
    assert [body["incidentKey"] for body in tell(cast)] == told

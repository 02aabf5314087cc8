"""Messages through providers, over both databases: failover, receipts, pauses, limits, and never in silence."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.cast import Cast, assemble, by
from tests.engine.telephones import AWAY, BO, LOST, REFUSED, WHERE, World, slow_down
from tocsin.auth.callback_tokens import callback_url
from tocsin.auth.provider_params import sealed
from tocsin.core.incidents import Accept, AssignToUser
from tocsin.core.providers import ChannelProvider
from tocsin.engine import escalations
from tocsin.kit.errors import Forbidden
from tocsin.kit.value import replace
from tocsin.plugins import Answer, Callback, HttpAnswer, HttpRequest, Request
from tocsin.store import decisions, documents, log, people, profiles, trials
from tocsin.store.database import Database
from tocsin.store.kinds import PROVIDERS, USERS


@pytest.fixture
def world(db: Database) -> World:
    cast: Cast = assemble(db)
    world = World(cast)
    world.telephone(cast.ann)
    world.rules(cast.ann, ("SMS", 0), ("VOICE", 3))
    return world


def test_a_text_message_is_sent_reported_and_followed_by_a_call(world: World) -> None:
    sms, _ = world.provider(), world.provider("VOICE")
    incident = world.cast.alert("Disk full")
    assert world.run() == ["SMS 4567"]
    assert "Disk full" in world.twilio.posts[0].text
    assert world.states(incident) == ["SMS SENT", "VOICE SCHEDULED"]
    world.report(sms, "delivered")
    assert world.states(incident)[0] == "SMS DELIVERED"
    assert world.wait(3) == ["VOICE 4567"]


def test_what_the_first_provider_refuses_the_second_sends(world: World) -> None:
    world.provider()
    second = world.provider(account="AC2", position=1)
    world.twilio.faults["AC1"] = [REFUSED]
    incident = world.cast.alert()
    assert world.run() == ["SMS 4567"]
    page = world.ledger(incident)[0]
    assert (page.state, page.provider_id, page.attempts) == ("SENT", second.id, 2)


def test_a_provider_that_is_away_does_not_hold_a_page_up(world: World) -> None:
    world.provider()
    world.provider(account="AC2", position=1)
    world.twilio.faults["AC1"] = [AWAY]
    world.cast.alert()
    assert world.run() == ["SMS 4567"]
    assert world.twilio.posts[0].account == "AC2"


def test_without_a_second_provider_it_is_tried_again(world: World) -> None:
    world.provider()
    world.twilio.faults["AC1"] = [AWAY]
    incident = world.cast.alert()
    assert world.run() == []
    world.twilio.faults.clear()
    assert world.wait(1) == ["SMS 4567"]
    assert world.states(incident)[0] == "SMS SENT"


def test_without_a_report_the_next_provider_tries_and_then_the_next_rule(world: World) -> None:
    world.provider(report_seconds=60)
    world.provider(account="AC2", position=1, report_seconds=60)
    world.provider("VOICE")
    world.cast.alert()
    assert world.run() == ["SMS 4567"]
    assert world.wait(0.9) == []
    assert world.wait(0.2) == ["SMS 4567"]
    assert world.twilio.posts[-1].account == "AC2"
    assert world.wait(1.1) == ["VOICE 4567"]


def test_a_late_report_stops_the_second_try(world: World) -> None:
    first = world.provider(report_seconds=60)
    world.provider(account="AC2", position=1)
    incident = world.cast.alert()
    world.run()
    world.twilio.faults["AC2"] = [AWAY]
    world.wait(1.1)
    world.report(first, "delivered")
    world.twilio.faults.clear()
    assert "SMS 4567" not in world.wait(1)
    assert world.states(incident)[0] == "SMS DELIVERED"


def test_a_call_that_nobody_takes_brings_the_next_rule_forward(world: World) -> None:
    world.rules(world.cast.ann, ("VOICE", 0), ("SMS", 10))
    voice, _ = world.provider("VOICE"), world.provider()
    incident = world.cast.alert()
    assert world.run() == ["VOICE 4567"]
    world.report(voice, "no-answer")
    assert world.states(incident) == ["VOICE FAILED", "SMS SCHEDULED"]
    assert world.run() == ["SMS 4567"]


def test_without_any_provider_the_next_person_is_told_and_it_is_said_why(world: World) -> None:
    with world.db.write() as tx:
        for contact in people.one(tx, world.cast.ann.id).contacts:
            people.set_contact_state(tx, contact.id, "BOUNCED" if contact.method == "EMAIL" else "OK", "")
    incident = world.cast.alert()
    world.run()
    assert {n.state for n in world.ledger(incident) if n.user_id == world.cast.ann.id} == {"FAILED"}
    assert any(n.user_id == world.cast.bo.id for n in world.ledger(incident))
    with world.db.read() as tx:
        said = str([entry.vars for entry in log.timeline(tx, incident)])
    assert "no provider is configured" in said


def test_too_many_requests_pause_the_lane_of_that_provider_only(world: World) -> None:
    world.provider()
    world.provider("VOICE")
    world.rules(world.cast.ann, ("SMS", 0), ("VOICE", 0))
    world.twilio.faults["AC1"] = [
        slow_down(120),
        HttpAnswer(status=201, body=b'{"sid":"SM9","status":"queued"}'),
    ]
    incident = world.cast.alert()
    world.run()
    assert world.states(incident) == ["SMS SCHEDULED", "VOICE SENT"] or "VOICE SENT" in world.states(incident)
    world.twilio.faults.clear()
    assert world.wait(1) == []
    assert world.wait(1.1) == ["SMS 4567"]


def test_an_unknown_outcome_is_sent_again_through_the_same_provider(world: World) -> None:
    first = world.provider()
    world.provider(account="AC2", position=1)
    world.twilio.faults["AC1"] = [LOST]
    incident = world.cast.alert()
    world.run()
    world.twilio.faults.clear()
    assert world.wait(1) == ["SMS 4567"]
    assert world.ledger(incident)[0].provider_id == first.id


def test_a_deleted_provider_leaves_its_messages_to_the_next(world: World) -> None:
    first = world.provider()
    world.provider(account="AC2", position=1)
    world.twilio.faults["AC1"] = [LOST]
    world.cast.alert()
    world.run()
    with world.db.write() as tx:
        documents.delete(tx, PROVIDERS, first.id)
    assert world.wait(1) == ["SMS 4567"]
    assert world.twilio.posts[-1].account == "AC2"


def test_a_number_that_does_not_exist_is_not_used_again(world: World) -> None:
    world.provider()
    answer = HttpAnswer(status=400, body=b'{"code":21211,"message":"The To number is not valid"}')
    world.twilio.faults["AC1"] = [answer]
    world.cast.alert()
    world.run()
    with world.db.read() as tx:
        phone = next(c for c in people.one(tx, world.cast.ann.id).contacts if c.target == BO)
    assert not phone.serves("SMS")
    assert phone.serves("VOICE")


def test_later_messages_wait_and_are_told_in_one(world: World) -> None:
    world.provider()
    world.rules(world.cast.ann, *(("SMS", minute) for minute in range(7)))
    world.cast.policy_of((world.cast.ann,), minutes=60, routing_key="slow")
    ids = []
    for key in ("a", "b"):
        body = f'{{"eventType":"ALERT","summary":"{key}","incidentKey":"{key}","routingKey":"slow"}}'
        ids.append(world.cast.event(body).taken[0].verdict.incident_id or 0)
    sent = [*world.run(), *(sms for _ in range(6) for sms in world.wait(1))]
    assert len(sent) == 5
    held = [n for i in ids for n in world.ledger(i) if n.reason.startswith("held back until 09:15")]
    assert len(held) == 9
    assert all(n.state == "SCHEDULED" and n.due_at for n in held)
    assert world.wait(10) == ["SMS 4567"]
    assert "2" in world.twilio.posts[-1].text


def test_a_chat_shows_the_same_again_when_it_failed_a_moment_ago(world: World) -> None:
    chat = world.provider("WHATSAPP")
    world.telephone(world.cast.ann, "+491709990000", ("WHATSAPP",))
    world.rules(world.cast.ann, ("WHATSAPP", 0), ("WHATSAPP", 10))
    incident = world.cast.alert()
    assert world.run() == ["SMS 0000"]
    world.report(chat, "failed")
    assert world.run() == ["SMS 0000"]
    assert world.states(incident) == ["WHATSAPP FAILED", "WHATSAPP SENT"]


def test_the_first_page_about_another_incident_is_not_held_back(world: World) -> None:
    world.provider()
    for number in range(8):
        world.cast.alert(key=f"k{number}")
    assert world.run() == ["SMS 4567"] * 8


def test_an_accepted_incident_sends_nothing_more(world: World) -> None:
    world.provider()
    world.provider("VOICE")
    incident = world.cast.alert()
    world.run()
    with world.db.write() as tx:
        decisions.perform(tx, incident, Accept(by=by(world.cast.ann)))
    assert world.wait(5) == []


def test_a_callback_that_is_not_signed_is_refused_and_changes_nothing(world: World) -> None:
    sms = world.provider()
    incident = world.cast.alert()
    world.run()
    with pytest.raises(Forbidden):
        world.call_back(sms, "", token="wrong", Body="ack", From=BO, MessageSid="IN1")
    assert world.status(incident) == "PENDING"


def mute(world: World) -> None:
    with world.db.write() as tx:
        ann = people.one(tx, world.cast.ann.id)
        muted = replace(profiles.of(ann), muted_until=tx.now.replace(year=tx.now.year + 1))
        profiles.change(tx, ann, muted)


def test_somebody_who_muted_is_passed_over_and_the_level_goes_on_at_once(world: World) -> None:
    world.provider()
    world.telephone(world.cast.bo, "+491709999999")
    world.rules(world.cast.bo, ("SMS", 0))
    mute(world)
    world.cast.alert()
    assert world.run() == ["SMS 9999"]


def test_muting_takes_back_what_waits(world: World) -> None:
    world.provider()
    world.provider("VOICE")
    world.rules(world.cast.ann, ("VOICE", 3))
    world.telephone(world.cast.bo, "+491709999999")
    world.rules(world.cast.bo, ("SMS", 0))
    world.cast.alert()
    assert world.run() == []
    mute(world)
    assert world.run() == ["SMS 9999"], "nobody else was told yet, so the next level is, at once"
    assert world.wait(4) == []


def test_the_fallback_is_never_muted(world: World) -> None:
    world.provider()
    mute(world)
    with world.db.write() as tx:
        for person in (world.cast.bo, world.cast.chi):
            for contact in people.one(tx, person.id).contacts:
                people.set_contact_state(tx, contact.id, "BOUNCED", "")
    incident = world.cast.alert()
    assert "SMS 4567" in world.run()
    assert {n.purpose for n in world.ledger(incident)} == {"FALLBACK"}


def test_test_pages_come_by_every_way_and_are_answered(world: World) -> None:
    sms = world.provider()
    days = 30 * 24 * 60
    assert world.wait(days - 1) == []
    assert world.wait(1) == ["SMS 4567"]
    assert "1" in world.twilio.posts[-1].text
    assert len(world.text(sms, "1")) == 1
    with world.db.read() as tx:
        page = trials.of_users(tx, [world.cast.ann.id])[world.cast.ann.id]
    assert page.answered_at == world.db.clock.now()
    assert world.wait(days) == ["SMS 4567"]


def test_a_provider_that_stalls_holds_up_no_other_lane(world: World) -> None:
    stalled, quick = world.provider(), world.provider("VOICE")
    world.rules(world.cast.ann, ("SMS", 0), ("VOICE", 0))
    for number in range(40):
        world.cast.alert(key=f"k{number}")
    escalations.step(world.db)
    lanes = {lane.provider.id: lane for lane in world.lanes()}

    async def live() -> None:
        never = asyncio.Event()

        async def stall(request: Request) -> Answer:
            await never.wait()
            return LOST

        lanes[stalled.id].perform = stall
        await lanes[stalled.id].step()
        assert len(lanes[stalled.id].in_flight) == lanes[stalled.id].most_in_flight
        await lanes[quick.id].step()
        await lanes[quick.id].drain()
        never.set()
        await lanes[stalled.id].drain()

    asyncio.run(live())
    calls = [post for post in world.twilio.posts if post.resource == "Calls"]
    assert len(calls) == 3, "all that one address gets, while forty text messages hang"


def test_what_was_read_is_seen_to_be_read_and_answered_when_it_was_answered(world: World) -> None:
    chat = world.provider("WHATSAPP")
    world.telephone(world.cast.ann, "+491709990000", ("WHATSAPP",))
    world.rules(world.cast.ann, ("WHATSAPP", 0))
    incident = world.cast.alert()
    world.run()
    page = world.twilio.posts[-1]
    states = []
    for status in ("sent", "delivered", "read", "delivered"):
        world.report(chat, status, page)
        states += world.states(incident)
    assert states == [f"WHATSAPP {state}" for state in ("SENT", "DELIVERED", "SEEN", "SEEN")]
    world.text(chat, "ack", "whatsapp:+491709990000")
    assert world.states(incident) == ["WHATSAPP ANSWERED"]


def test_a_gateway_may_report_by_its_own_name_of_a_message_or_by_ours(world: World) -> None:
    fresh = ChannelProvider(channel="SMS", type="http", name="Gateway")
    params = sealed(world.vault, fresh, {"url": "https://gw.example.com/?id={{id}}", "method": "GET"}, {})
    asked: list[str] = []

    async def gateway(request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        asked.append(request.url.partition("id=")[2])
        return HttpAnswer(status=200, body=b'{"id":"gw-%d"}' % len(asked))

    world.twilio.perform = gateway  # type: ignore[method-assign]
    with world.db.write() as tx:
        provider = documents.insert(tx, PROVIDERS, replace(fresh, params=params))
    base = callback_url(WHERE.public_url, WHERE.secret, provider.id)
    for number, name in enumerate(("gw-1", "")):
        incident = world.cast.alert(key=f"k{number}")
        world.run()
        query = (("status", "delivered"), ("id", name or asked[-1]))
        callback = Callback(method="GET", url=base, query=query, received_at=world.db.clock.now())
        world.callbacks.process(base.rpartition("/")[2], callback)
        assert world.states(incident)[0] == "SMS DELIVERED"


def test_a_chat_shows_an_incident_again_that_comes_back_to_who_had_accepted_it(world: World) -> None:
    world.provider("WHATSAPP")
    world.telephone(world.cast.ann, "+491709990000", ("WHATSAPP",))
    world.rules(world.cast.ann, ("WHATSAPP", 0))
    incident = world.cast.alert()
    assert world.run() == ["SMS 0000"]
    with world.db.write() as tx:
        decisions.perform(tx, incident, Accept(by=by(world.cast.ann)))
        decisions.perform(tx, incident, AssignToUser(by=by(world.cast.bo), user_id=world.cast.ann.id))
    assert world.run() == ["SMS 0000"]


def test_who_muted_is_tested_when_that_is_over_and_who_is_only_informed_is_not(world: World) -> None:
    world.provider()
    bo = world.cast.bo
    world.telephone(bo, "+491709999999")
    world.rules(bo, ("SMS", 0))
    month = timedelta(days=30) / timedelta(minutes=1)
    with world.db.write() as tx:
        documents.save(tx, USERS, replace(profiles.of(bo), role="STAKEHOLDER"))
        ann = people.one(tx, world.cast.ann.id)
        profiles.change(tx, ann, replace(profiles.of(ann), muted_until=tx.now + timedelta(days=30, hours=2)))
    assert world.wait(month) == []
    assert world.wait(119) == []
    assert world.wait(1) == ["SMS 4567"]

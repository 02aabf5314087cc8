"""Answers by text message and keypad, over both databases."""

from __future__ import annotations

import pytest

from tests.cast import assemble
from tests.engine.telephones import BO, REFUSED, World
from tocsin.core.providers import ChannelProvider
from tocsin.kit.value import replace
from tocsin.store import contacts, notifications
from tocsin.store.database import Database


@pytest.fixture
def world(db: Database) -> World:
    cast = assemble(db)
    world = World(cast)
    world.telephone(cast.ann)
    world.rules(cast.ann, ("SMS", 0))
    return world


@pytest.fixture
def sms(world: World) -> ChannelProvider:
    return world.provider()


def test_a_bare_answer_is_about_the_last_incident_and_says_what_else_is_open(
    world: World, sms: ChannelProvider
) -> None:
    first = world.cast.alert("Disk full", "a")
    world.run()
    world.wait(0.1)
    second = world.cast.alert("CPU hot", "b")
    world.run()
    said = world.text(sms, "Ack")
    assert (world.status(first), world.status(second)) == ("PENDING", "ACCEPTED")
    assert said == [said[0]]
    assert "CPU hot" in said[0]
    assert "1" in said[0].partition("Also open")[2]
    assert [n.state for n in world.ledger(second) if n.method == "SMS"] == ["ANSWERED"]


def test_a_code_names_the_incident_and_is_used_again_when_it_is_over(
    world: World, sms: ChannelProvider
) -> None:
    first = world.cast.alert("Disk full", "a")
    world.run()
    second = world.cast.alert("CPU hot", "b")
    world.run()
    world.text(sms, "1a")
    assert (world.status(first), world.status(second)) == ("ACCEPTED", "PENDING")
    assert "accepted it already" in world.text(sms, "'1 a'")[0]
    world.text(sms, "close 1")
    assert world.status(first) == "RESOLVED"
    third = world.cast.alert("Net down", "c")
    world.run()
    world.text(sms, "ack 1")
    assert world.status(third) == "ACCEPTED"
    world.text(sms, f"close {third}")
    assert world.status(third) == "RESOLVED", "the incident's own number will do"


def test_strangers_are_answered_nothing(world: World, sms: ChannelProvider) -> None:
    incident = world.cast.alert()
    world.run()
    assert world.text(sms, "ack", sender="+12025550123") == []
    assert world.status(incident) == "PENDING"


def test_at_most_five_apologies_in_a_row_and_a_good_answer_begins_anew(
    world: World, sms: ChannelProvider
) -> None:
    world.cast.alert()
    world.run()
    answers = [len(world.text(sms, "what is this")) for _ in range(7)]
    assert sum(answers) == 5
    world.text(sms, "ack")
    assert len(world.text(sms, "eh")) == 1


def test_stop_ends_messages_but_not_calls_and_start_brings_them_back(
    world: World, sms: ChannelProvider
) -> None:
    world.provider("VOICE")
    world.rules(world.cast.ann, ("SMS", 0), ("VOICE", 0))
    assert world.text(sms, "STOP") == []
    world.cast.alert(key="a")
    assert world.run() == ["VOICE 4567"]
    assert len(world.text(sms, "start")) == 1
    world.cast.alert(key="b")
    assert sorted(world.run()) == ["SMS 4567", "VOICE 4567"]


def test_the_same_answer_delivered_twice_counts_once(world: World, sms: ChannelProvider) -> None:
    incident = world.cast.alert()
    world.run()
    for _ in range(2):
        world.call_back(sms, "", Body="3", From=BO, MessageSid="IN77")
    with world.db.read() as tx:
        number = world.ledger(incident)[0].id
        assert len(notifications.replies_of(tx, [number])[number]) == 1


@pytest.mark.parametrize(("key", "status"), [("1", "ACCEPTED"), ("2", "RESOLVED")])
def test_a_key_in_a_call_answers_and_the_call_says_so(world: World, key: str, status: str) -> None:
    voice = world.provider("VOICE")
    world.rules(world.cast.ann, ("VOICE", 0))
    incident = world.cast.alert("Disk full")
    world.run()
    assert "Disk full" in world.twilio.posts[-1].text
    said = world.press(voice, key)
    assert world.status(incident) == status
    assert "Disk full" in said
    assert "<Hangup/>" in said


def test_other_keys_and_none_change_nothing_and_the_menu_is_spoken_again(world: World) -> None:
    voice = world.provider("VOICE")
    world.rules(world.cast.ann, ("VOICE", 0))
    incident = world.cast.alert("Disk full")
    world.run()
    for turn, key in enumerate(("0", "9"), 1):
        assert "<Gather" in world.press(voice, key, turn)
    world.report(voice, "completed")
    assert world.status(incident) == "PENDING"


def test_a_call_that_is_reported_twice_hears_the_same_again(world: World) -> None:
    voice = world.provider("VOICE")
    world.rules(world.cast.ann, ("VOICE", 0))
    world.cast.alert("Disk full")
    world.run()
    assert world.press(voice, "1") == world.press(voice, "1")


def test_stop_takes_back_what_waits_and_leaves_the_other_ways(world: World, sms: ChannelProvider) -> None:
    world.provider("VOICE")
    world.rules(world.cast.ann, ("SMS", 3), ("VOICE", 3))
    incident = world.cast.alert()
    world.run()
    assert world.text(sms, "stop") == []
    assert world.text(sms, "ack") == [], "a number that wants no messages gets no answer either"
    assert world.status(incident) == "PENDING"
    assert world.wait(3) == ["VOICE 4567"]
    assert [(n.state, n.reason) for n in world.ledger(incident) if n.method == "SMS"] == [
        ("CANCELLED", "the person answered STOP")
    ]


@pytest.mark.parametrize("gone", ["stopped", "deleted", "changed"])
def test_where_an_address_that_is_gone_was_the_only_way_the_next_person_is_told_at_once(
    world: World, sms: ChannelProvider, gone: str
) -> None:
    world.rules(world.cast.ann, ("SMS", 4))
    world.telephone(world.cast.bo, "+491709999999")
    world.rules(world.cast.bo, ("SMS", 0))
    world.cast.alert()
    assert world.run() == []
    with world.db.write() as tx:
        ((_, phone),) = contacts.by_target(tx, ("PHONE",), BO)
        if gone == "deleted":
            contacts.remove(tx, world.cast.ann.id, phone.id)
        if gone == "changed":
            changed = replace(phone, target="+491701111111", state="UNPROVEN", verified=())
            contacts.save(tx, world.cast.ann.id, changed)
    if gone == "stopped":
        world.call_back(sms, "", Body="STOP", From=BO, MessageSid="IN1")
    assert world.run() == ["SMS 9999"]
    assert "SMS 4567" not in world.wait(4)


def test_alert_answer_close_again_and_again_each_is_delivered(world: World, sms: ChannelProvider) -> None:
    for number in range(8):
        incident = world.cast.alert(f"number {number}", key=f"k{number}")
        assert world.run() == ["SMS 4567"]
        (confirmed,) = world.text(sms, "close 1")
        assert f"number {number}" in confirmed
        assert world.status(incident) == "RESOLVED"


def test_who_answers_much_is_not_paged_late_for_it(world: World, sms: ChannelProvider) -> None:
    world.rules(world.cast.ann, ("SMS", 0), ("SMS", 4))
    world.cast.alert()
    assert world.run() == ["SMS 4567"]
    assert sum(len(world.text(sms, "help")) for _ in range(6)) == 6
    assert world.wait(4) == ["SMS 4567"]


def test_what_is_told_only_in_a_summary_is_answered_by_its_code(world: World, sms: ChannelProvider) -> None:
    world.provider("VOICE")
    world.rules(world.cast.ann, ("VOICE", 0), ("SMS", 1))
    world.cast.policy_of((world.cast.ann,), minutes=60, routing_key="slow")
    numbers = []
    for key in "abcdefg":
        body = f'{{"eventType":"ALERT","summary":"{key}","incidentKey":"{key}","routingKey":"slow"}}'
        numbers.append(world.cast.event(body).taken[0].verdict.incident_id or 0)
    world.run()
    assert world.wait(1) == ["SMS 4567"] * 5
    assert world.wait(15)[-1] == "SMS 4567"
    said = world.twilio.posts[-1].text
    assert said.startswith("2 incidents are waiting for you: ack 6: #6 f")
    assert "ack 7: #7 g" in said
    assert "Accepted: #7 g" in world.text(sms, "ack 7")[0]
    assert [world.status(number) for number in numbers[5:]] == ["PENDING", "ACCEPTED"]


def test_a_summary_that_fails_brings_the_next_rule_forward_for_each_that_it_stood_for(world: World) -> None:
    world.provider(report_seconds=0)
    world.provider("VOICE", account="AC2", report_seconds=0)
    world.rules(world.cast.ann, ("VOICE", 0), ("SMS", 1), ("VOICE", 50))
    world.cast.policy_of((world.cast.ann,), minutes=60, routing_key="slow")
    for key in "abcdefg":
        world.cast.event(
            f'{{"eventType":"ALERT","summary":"{key}","incidentKey":"{key}","routingKey":"slow"}}'
        )
    world.run()
    world.wait(1)
    world.twilio.faults["AC1"] = [REFUSED]
    assert world.wait(15.1) == ["VOICE 4567"] * 2
    assert world.states(7) == ["VOICE SENT", "SMS FAILED", "VOICE SENT"]

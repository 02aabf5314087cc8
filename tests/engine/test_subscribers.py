"""Subscribers over real databases: what is written to them, when it is taken back, and what they may not do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Cast, assemble, by
from tests.engine.telephones import BO, World
from tests.engine.test_escalations import BUSY, WHERE, ledger, log_types, run, wait
from tests.engine.test_replies import mail
from tocsin.channels.email import channel
from tocsin.core.incidents import Command, Remark, Resolve, Subscribe, Unsubscribe
from tocsin.core.messages import Message
from tocsin.core.people import NotificationRule
from tocsin.engine import escalations
from tocsin.engine.deliveries import lease_step
from tocsin.store import decisions, incidents, people, subscribers
from tocsin.store.database import Database


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def do(cast: Cast, incident_id: int, *commands: Command) -> None:
    with cast.db.write() as tx:
        for command in commands:
            decisions.perform(tx, incident_id, command)


def written(cast: Cast) -> list[Message]:
    return [message for _, message in lease_step(cast.db, channel, WHERE, 100)]


def test_they_are_told_from_the_first_day_to_the_last(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    do(cast, incident_id, Subscribe(by=by(cast.ann), user_ids=(cast.bo.id,)))
    assert run(cast) == ["SUBSCRIPTION:bo"]
    # Two at one instant say two things: neither is taken for the other.
    remarks = [Remark(by=by(cast.ann), text=text, to_subscribers=True) for text in ("soon", "very soon")]
    do(cast, incident_id, *remarks, Remark(by=by(cast.ann), text="not for everybody"))
    texts = [(m.headline, m.text, m.subject, m.answers, m.reply_to, m.incident_url) for m in written(cast)]
    url = f"http://t.example/incidents/{incident_id}"
    assert texts == [
        (f"Pending: #{incident_id} Disk full", f"Ann Lee writes:\n{text}", None, None, None, url)
        for text in ("soon", "very soon")
    ]
    do(cast, incident_id, Resolve(by=by(cast.chi)))
    assert sorted(run(cast)) == ["RESOLVED:ann", "SUBSCRIPTION:bo"]
    assert log_types(cast, incident_id)[-5:] == ["SubscriberAdded", *["CommentAdded"] * 3, "UserResponse"]


def test_what_waits_is_taken_back_from_who_unsubscribes(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    do(cast, incident_id, Subscribe(by=by(cast.ann), user_ids=(cast.bo.id, cast.chi.id)))
    assert run(cast, BUSY) == ["SUBSCRIPTION:bo", "SUBSCRIPTION:chi"]
    do(cast, incident_id, Unsubscribe(by=by(cast.bo), user_ids=(cast.bo.id,)))
    assert wait(cast, 1) == ["SUBSCRIPTION:chi"]
    reasons = [n.reason for n in ledger(cast, incident_id) if n.user_id == cast.bo.id]
    assert reasons == ["unsubscribed"]
    do(cast, incident_id, Resolve(by=by(cast.ann)))
    assert run(cast) == ["SUBSCRIPTION:chi"]


def test_who_is_only_kept_informed_cannot_answer(cast: Cast) -> None:
    incident_id = cast.alert()
    do(cast, incident_id, Subscribe(by=by(cast.ann), user_ids=(cast.bo.id,)))
    assert sorted(run(cast)) == ["ALERT:ann", "SUBSCRIPTION:bo"]
    informed = next(n.id for n in ledger(cast, incident_id) if n.purpose == "SUBSCRIPTION")
    assert mail(cast, "ack", number=informed).startswith("550")
    with cast.db.read() as tx:
        assert incidents.get(tx, incident_id).status == "PENDING"


def test_a_telephone_that_was_kept_informed_is_still_asked_at_once(db: Database) -> None:
    """The first page to a person is never held back, however many messages came before it."""
    world = World(assemble(db))
    sms, bo = world.provider(), world.cast.bo
    world.telephone(bo)
    world.rules(bo, ("SMS", 0))
    with db.write() as tx:
        people.replace_rules(
            tx, bo.id, "SUBSCRIPTION", [NotificationRule(id=0, kind="SUBSCRIPTION", method="SMS")]
        )
    incident_id = world.cast.alert()
    do(world.cast, incident_id, Subscribe(by=by(world.cast.ann), user_ids=(bo.id,)))
    for number in range(5):
        remark: dict[str, Any] = {"text": f"update {number}", "to_subscribers": True}
        do(world.cast, incident_id, Remark(by=by(world.cast.ann), **remark))
    assert world.run() == ["SMS 4567"] * 5
    assert "Ann Lee writes: update 3" in world.twilio.posts[-1].text
    held = [n for n in world.ledger(incident_id) if n.state == "SCHEDULED" and n.method == "SMS"]
    assert [n.reason[:9] for n in held] == ["held back"]
    assert world.wait(5) == ["SMS 4567"]
    assert "PENDING" in world.twilio.posts[-1].text
    assert [n.purpose for n in world.ledger(incident_id) if n.target == BO and n.state == "SENT"][
        -1
    ] == "ALERT"
    assert world.text(sms, "ack")
    assert world.status(incident_id) == "ACCEPTED"


def test_who_is_asked_is_told_before_all_who_are_kept_informed(cast: Cast) -> None:
    first = cast.alert("Disk full", "a")
    run(cast)
    do(cast, first, Subscribe(by=by(cast.ann), user_ids=(cast.bo.id, cast.chi.id)))
    cast.alert("Net down", "b")
    escalations.step(cast.db)
    lanes = [[n.purpose for n, _ in lease_step(cast.db, channel, WHERE, 1)] for _ in range(3)]
    assert lanes == [["ALERT"], ["SUBSCRIPTION"], ["SUBSCRIPTION"]]


def test_subscribing_twice_and_leaving_twice_are_once(cast: Cast) -> None:
    incident_id = cast.alert()
    subscribe = Subscribe(by=by(cast.ann), user_ids=(cast.bo.id, cast.bo.id))
    leave = Unsubscribe(by=by(cast.bo), user_ids=(cast.bo.id,))
    do(cast, incident_id, subscribe, subscribe, leave, leave, subscribe)
    with cast.db.read() as tx:
        assert subscribers.of(tx, (incident_id, 99)) == {incident_id: (cast.bo.id,)}
    changes = [kind for kind in log_types(cast, incident_id) if kind.startswith("Subscriber")]
    assert changes == ["SubscriberAdded", "SubscriberRemoved", "SubscriberAdded"]

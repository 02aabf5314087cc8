"""The loops over real databases: who is told when, and that nobody is told nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble, by
from tocsin.channels.email import channel
from tocsin.core.delivery import Notification, Receipt
from tocsin.core.heartbeats import Signal
from tocsin.core.incidents import Accept, AskToo, AssignToPolicy, AssignToUser, Escalate, Raise, Resolve
from tocsin.core.maintenance import MaintenanceWindow
from tocsin.engine import escalations, heartbeats, watchdog
from tocsin.engine.deliveries import lease_step, settle_step
from tocsin.engine.messages import Addresses
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import (
    decisions,
    facts,
    incidents,
    log,
    maintenance,
    notifications,
    older_profiles,
    people,
    policies,
    sources,
    tables,
)
from tocsin.store.database import Database

WHERE = Addresses(public_url="http://t.example", mail_domain="t.example", secret="s" * 32, replies_heard=True)
SENT = Receipt(outcome="SENT", answer="250 ok")
BOUNCED = Receipt(outcome="PERMANENT", answer="550 5.1.1 no such user", bounced=True)
BUSY = Receipt(outcome="TEMPORARY", answer="451 try later")


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def run(cast: Cast, receipt: Receipt = SENT) -> list[str]:
    """Let both loops work until nothing is due; the addresses written to, in order."""
    told: list[str] = []
    for _ in range(50):
        moved = escalations.step(cast.db)
        leased = lease_step(cast.db, channel, WHERE, 100)
        told += [f"{n.purpose}:{n.target.split('@')[0]}" for n, _ in leased]
        if leased:
            settle_step(cast.db, [(n, receipt) for n, _ in leased], cast.chance)
        if not moved and not leased:
            return told
    raise AssertionError("the loops never come to rest")


def wait(cast: Cast, minutes: float) -> list[str]:
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(minutes=minutes))
    return run(cast)


def ledger(cast: Cast, incident_id: int) -> list[Notification]:
    with cast.db.read() as tx:
        return notifications.of_incident(tx, incident_id)


def log_types(cast: Cast, incident_id: int) -> list[str]:
    with cast.db.read() as tx:
        return [entry.type for entry in reversed(log.timeline(tx, incident_id))]


def test_it_climbs_and_repeats_and_ends(cast: Cast) -> None:
    incident_id = cast.alert()
    assert run(cast) == ["ALERT:ann"]
    assert wait(cast, 4.9) == []
    assert wait(cast, 0.1) == ["ALERT:bo", "ALERT:chi"]
    assert wait(cast, 10) == ["ALERT:ann"]
    assert wait(cast, 5) == ["ALERT:bo", "ALERT:chi"]
    assert wait(cast, 10) == []
    assert log_types(cast, incident_id)[-1] == "EscalationEnded"
    assert wait(cast, 1000) == []


def test_acceptance_stops_it_and_resolution_is_told_to_everybody_who_was_paged(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    wait(cast, 5)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(cast.bo)))
    assert wait(cast, 60) == []
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Resolve(by=by(cast.bo)))
    assert sorted(run(cast)) == ["RESOLVED:ann", "RESOLVED:chi"]


def test_waiting_pages_are_cancelled_by_acceptance_with_the_reason(cast: Cast) -> None:
    with cast.db.write() as tx:
        older_profiles.set_rules(tx, cast.ann.id, {"HIGH": [("EMAIL", 0), ("EMAIL", 3)]})
    incident_id = cast.alert()
    assert run(cast) == ["ALERT:ann"]
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(cast.bo)))
    assert wait(cast, 4) == []
    late = ledger(cast, incident_id)[1]
    assert late.state == "CANCELLED"
    assert late.reason == "accepted by Bo Ruiz"


def test_a_bounce_goes_on_to_the_next_level_at_once(cast: Cast) -> None:
    incident_id = cast.alert()
    escalations.step(cast.db)
    leased = lease_step(cast.db, channel, WHERE, 100)
    settle_step(cast.db, [(n, BOUNCED) for n, _ in leased], cast.chance)
    assert run(cast) == ["ALERT:bo", "ALERT:chi"]
    assert "LevelReachedNobody" in log_types(cast, incident_id)
    with cast.db.read() as tx:
        contact = people.one(tx, cast.ann.id).contacts[0]
    assert contact.state == "BOUNCED"
    assert "5.1.1" in contact.state_reason


def test_when_every_address_fails_the_fallback_is_told(cast: Cast) -> None:
    with cast.db.write() as tx:
        facts.save_account(tx, facts.Account(fallback_user_ids=(cast.chi.id,)))
        policy = policies.change(tx, replace(cast.policy, escalation_rules=cast.policy.escalation_rules[:1]))
        sources.change(tx, replace(cast.source, policy_id=policy.id))
    incident_id = cast.alert()
    escalations.step(cast.db)
    leased = lease_step(cast.db, channel, WHERE, 100)
    settle_step(cast.db, [(n, BOUNCED) for n, _ in leased], cast.chance)
    assert run(cast) == ["FALLBACK:chi"]
    assert "FallbackTold" in log_types(cast, incident_id)


def test_when_even_the_fallback_fails_the_timeline_says_so(cast: Cast) -> None:
    incident_id = cast.alert()
    with cast.db.write() as tx:
        for person in (cast.ann, cast.bo, cast.chi):
            people.set_contact_state(tx, person.contacts[0].id, "BOUNCED", "550")
    assert run(cast) == []
    types = log_types(cast, incident_id)
    assert types.count("LevelReachedNobody") == 2
    assert types[-1] == "NobodyTold"


def test_a_page_of_an_earlier_escalation_that_fails_late_starts_nothing(cast: Cast) -> None:
    other = cast.policy_of((cast.chi,))
    incident_id = cast.alert()
    escalations.step(cast.db)
    leased = lease_step(cast.db, channel, WHERE, 100)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, AssignToPolicy(by=by(cast.ann), policy=other))
    settle_step(cast.db, [(n, BOUNCED) for n, _ in leased], cast.chance)
    assert run(cast) == ["ALERT:chi"]


def test_low_priority_stays_on_level_one(cast: Cast) -> None:
    with cast.db.write() as tx:
        cast.source = sources.change(tx, replace(cast.source, incident_priority_rule="LOW"))
    incident_id = cast.alert()
    assert run(cast) == ["ALERT:ann"]
    assert wait(cast, 600) == []
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Raise(by=by(cast.bo)))
    assert run(cast) == ["ALERT:ann"]
    assert wait(cast, 5) == ["ALERT:bo", "ALERT:chi"]


def test_manual_escalation_also_of_an_accepted_incident(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(cast.ann)))
        decisions.perform(tx, incident_id, Escalate(by=by(cast.ann)))
    assert run(cast) == ["ALERT:bo", "ALERT:chi"]
    with cast.db.read() as tx:
        assert incidents.get(tx, incident_id).status == "PENDING"


def test_assignment_to_a_policy_sends_one_message_and_to_a_person_only_that_one(cast: Cast) -> None:
    other = cast.policy_of((cast.chi,))
    incident_id = cast.alert()
    run(cast)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, AssignToPolicy(by=by(cast.ann), policy=other))
    assert run(cast) == ["ALERT:chi"]
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, AssignToUser(by=by(cast.ann), user_id=cast.bo.id))
    assert run(cast) == ["ALERT:bo"]
    assert wait(cast, 600) == []


def test_asking_one_more_person_leaves_the_others_asked(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, AskToo(by=by(cast.ann), user_id=cast.chi.id))
    assert run(cast) == ["ALERT:chi"]
    assert wait(cast, 5) == ["ALERT:bo", "ALERT:chi"]


def test_one_more_person_who_cannot_be_told_is_made_up_for(cast: Cast) -> None:
    with cast.db.write() as tx:
        people.set_contact_state(tx, cast.bo.contacts[0].id, "BOUNCED", "550")
    incident_id = cast.alert()
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, AskToo(by=by(cast.ann), user_id=cast.bo.id))
    assert "FallbackTold" in log_types(cast, incident_id)
    assert "ALERT:ann" in run(cast)


def test_maintenance_leaves_alone_what_is_open(cast: Cast) -> None:
    """Whoever was asked already must not be left alone with it."""
    incident_id = cast.alert()
    assert run(cast) == ["ALERT:ann"]
    with cast.db.write() as tx:
        end = tx.now + timedelta(hours=1)
        window = MaintenanceWindow(summary="new disks", start=tx.now, end=end, source_ids=(cast.source.id,))
        maintenance.create(tx, window)
    cast.event('{"eventType":"ALERT","summary":"Another disk","incidentKey":"other"}')
    assert wait(cast, 5) == ["ALERT:bo", "ALERT:chi"]
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Escalate(by=by(cast.bo)))
    assert run(cast) == ["ALERT:ann"]
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(cast.bo)))
    assert wait(cast, 120) == [], "nor does what came meanwhile ring when it is over"
    cast.event('{"eventType":"ALERT","summary":"Another disk","incidentKey":"other"}')
    assert run(cast) == ["ALERT:ann"], "until it is reported again"


def test_an_incident_keeps_the_policy_it_was_opened_with(cast: Cast) -> None:
    cast.alert()
    run(cast)
    with cast.db.write() as tx:
        policies.change(tx, replace(cast.policy, escalation_rules=cast.policy.escalation_rules[:1]))
    assert wait(cast, 5) == ["ALERT:bo", "ALERT:chi"]


def test_an_open_incident_stays_with_its_policy_when_its_source_gets_another(cast: Cast) -> None:
    other = cast.policy_of((cast.chi,))
    incident_id = cast.alert()
    run(cast)
    with cast.db.write() as tx:
        cast.source = sources.change(tx, replace(cast.source, policy_id=other.id))
    assert run(cast) == []
    assert wait(cast, 5) == ["ALERT:bo", "ALERT:chi"]
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Resolve(by=by(cast.ann)))
    run(cast)
    cast.alert()
    assert run(cast) == ["ALERT:chi"]


def asks_only_ann(cast: Cast, minutes: int, *delays: int) -> int:
    """An incident whose two levels of so many minutes ask Ann, who is told after each of the delays."""
    alone = cast.policy_of((cast.ann,), (cast.ann,), minutes=minutes)
    with cast.db.write() as tx:
        older_profiles.set_rules(tx, cast.ann.id, {"HIGH": [("EMAIL", delay) for delay in delays]})
        cast.source = sources.change(tx, replace(cast.source, policy_id=alone.id))
    return cast.alert()


def test_whoever_is_escalated_to_again_is_told_at_once_and_later_only_once(cast: Cast) -> None:
    incident_id = asks_only_ann(cast, 60, 0, 30)
    assert run(cast) == ["ALERT:ann"]
    for _ in range(2):
        assert wait(cast, 10) == []
        with cast.db.write() as tx:
            decisions.perform(tx, incident_id, Escalate(by=by(cast.bo)))
        assert run(cast) == ["ALERT:ann"]
    assert wait(cast, 29) == []
    assert wait(cast, 1) == ["ALERT:ann"]
    assert wait(cast, 29) == []


def test_rules_that_are_changed_hold_from_the_next_time_that_somebody_is_asked(cast: Cast) -> None:
    incident_id = asks_only_ann(cast, 500, 0, 60)
    assert run(cast) == ["ALERT:ann"]
    wait(cast, 35)
    with cast.db.write() as tx:
        more = [("EMAIL", minutes) for minutes in (0, 30, 60, 90)]
        older_profiles.set_rules(tx, cast.ann.id, {"HIGH": more})
    assert wait(cast, 25) == ["ALERT:ann"]
    assert wait(cast, 40) == []
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Escalate(by=by(cast.ann)))
    assert run(cast) == ["ALERT:ann"]
    assert [wait(cast, 30) for _ in range(4)] == [["ALERT:ann"]] * 3 + [[]]


def test_a_delay_holds_back_and_resolution_within_it_tells_nobody(cast: Cast) -> None:
    with cast.db.write() as tx:
        cast.policy = policies.change(tx, replace(cast.policy, delay_min=2))
    quiet, loud = cast.alert(key="a"), cast.alert(key="b")
    assert run(cast) == []
    with cast.db.write() as tx:
        decisions.perform(tx, quiet, Resolve(by=by(cast.ann)))
    assert wait(cast, 2) == ["ALERT:ann"]
    assert ledger(cast, quiet) == []
    assert len(ledger(cast, loud)) == 1


def test_automatic_resolution(cast: Cast) -> None:
    with cast.db.write() as tx:
        timeout = timedelta(minutes=20)
        cast.source = sources.change(tx, replace(cast.source, auto_resolution_timeout=timeout))
    incident_id = cast.alert()
    run(cast)
    wait(cast, 19)
    assert "RESOLVED:ann" in wait(cast, 1)
    assert "IncidentAutoResolved" in log_types(cast, incident_id)


def test_after_a_pause_of_ours_one_message_for_two_rules(cast: Cast) -> None:
    with cast.db.write() as tx:
        older_profiles.set_rules(tx, cast.ann.id, {"HIGH": [("EMAIL", 1), ("EMAIL", 2)]})
    incident_id = cast.alert()
    escalations.step(cast.db)
    assert wait(cast, 3) == ["ALERT:ann"]
    assert [n.state for n in ledger(cast, incident_id)] == ["SENT", "CANCELLED"]


def test_an_attempt_that_a_crash_cut_off_is_made_again_and_the_late_answer_is_fenced_off(cast: Cast) -> None:
    incident_id = cast.alert()
    escalations.step(cast.db)
    first = lease_step(cast.db, channel, WHERE, 100)
    assert lease_step(cast.db, channel, WHERE, 100) == []
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(seconds=61))
    second = lease_step(cast.db, channel, WHERE, 100)
    assert [n.id for n, _ in second] == [n.id for n, _ in first]
    settle_step(cast.db, [(first[0][0], BOUNCED)], cast.chance)
    assert ledger(cast, incident_id)[0].state == "SENDING"
    settle_step(cast.db, [(second[0][0], SENT)], cast.chance)
    assert ledger(cast, incident_id)[0].state == "SENT"
    with cast.db.read() as tx:
        tries = notifications.attempts_of(tx, [first[0][0].id])[first[0][0].id]
    assert [attempt.outcome for attempt in tries] == [None, "SENT"]


def test_a_page_that_failed_for_now_is_not_sent_after_acceptance(cast: Cast) -> None:
    incident_id = cast.alert()
    escalations.step(cast.db)
    leased = lease_step(cast.db, channel, WHERE, 100)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(cast.bo)))
    settle_step(cast.db, [(n, BUSY) for n, _ in leased], cast.chance)
    assert wait(cast, 60) == []
    assert ledger(cast, incident_id)[0].reason == notifications.NO_LONGER_WANTED


def test_the_ledger_says_that_a_page_cut_off_by_a_crash_may_have_arrived(cast: Cast) -> None:
    incident_id = cast.alert()
    escalations.step(cast.db)
    assert lease_step(cast.db, channel, WHERE, 100)
    with cast.db.write() as tx:
        decisions.perform(tx, incident_id, Accept(by=by(cast.bo)))
    assert wait(cast, 61) == []
    line = ledger(cast, incident_id)[0]
    assert (line.state, line.reason) == ("CANCELLED", notifications.PERHAPS_SENT)


def test_an_incident_that_cannot_be_read_is_parked_and_stalls_no_other(cast: Cast) -> None:
    broken, sound = cast.alert(key="a"), cast.alert(key="b")
    with cast.db.write() as tx:
        damage = sa.update(tables.incidents).where(tables.incidents.c.id == broken)
        tx.run(damage.values(extras='{"images": 5}'))
    assert run(cast) == ["ALERT:ann"]
    assert len(ledger(cast, sound)) == 1
    assert watchdog.look(cast.db).parked == 1


def test_heartbeats_first_ping_silence_and_return(cast: Cast) -> None:
    clock = cast.db.clock
    assert isinstance(clock, ManualClock)
    source = cast.heartbeat(60)
    key = source.integration_key
    heartbeats.start_listening(cast.db)
    clock.advance(timedelta(minutes=10))
    assert heartbeats.step(cast.db) == 0, "the timer starts at the first ping"
    assert heartbeats.ping_step(cast.db, [Signal(key=key), Signal(key="unknown")]) == ["HEARD", "UNKNOWN"]
    for _ in range(12):
        clock.advance(timedelta(seconds=5))
        heartbeats.step(cast.db)
    assert run(cast) == ["ALERT:ann"]
    for _ in range(20):
        clock.advance(timedelta(seconds=5))
        heartbeats.step(cast.db)
    with cast.db.read() as tx:
        found = incidents.search(tx, incidents.Filter())
    assert [(i.summary, i.status) for i in found] == [("The backup is late", "PENDING")]
    heartbeats.ping_step(cast.db, [Signal(key=key)])
    assert "RESOLVED:ann" in run(cast)


def test_nobody_is_paged_for_pings_that_we_could_not_hear(cast: Cast) -> None:
    clock = cast.db.clock
    assert isinstance(clock, ManualClock)
    source = cast.heartbeat(60)
    heartbeats.start_listening(cast.db)
    heartbeats.ping_step(cast.db, [Signal(key=source.integration_key)])
    clock.advance(timedelta(hours=1))  # we were down
    heartbeats.start_listening(cast.db)
    heartbeats.step(cast.db)
    clock.advance(timedelta(seconds=50))
    heartbeats.ping_step(cast.db, [Signal(key=source.integration_key)])
    heartbeats.step(cast.db)
    with cast.db.read() as tx:
        assert incidents.count(tx, incidents.Filter()) == 0


def test_a_clock_that_jumps_or_a_machine_that_slept_makes_no_storm_and_loses_no_step(cast: Cast) -> None:
    incident = cast.alert()
    assert run(cast) == ["ALERT:ann"]
    assert wait(cast, 60) == ["ALERT:bo", "ALERT:chi"], "an hour at once is one step"
    assert wait(cast, -60) == [], "what was said already is not said again"
    assert wait(cast, 50) == []
    assert wait(cast, 19) == [], "set by the wrong clock, it waits until the right one is there"
    assert wait(cast, 1) == ["ALERT:ann"]
    with cast.db.read() as tx:
        found = notifications.of_incident(tx, incident)
    assert {n.state for n in found} == {"SENT"}
    assert len({(n.cycle, n.level, n.user_id) for n in found}) == len(found) == 4

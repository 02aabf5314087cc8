"""Policies that ask schedules, as incidents climb them. Monday 2 March 2026, 09:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.cast import Cast, assemble, by
from tocsin.core.explain import explain
from tocsin.core.incidents import Accept, Escalate
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.core.schedules import Absence, Layer, Override, Schedule
from tocsin.core.words import log_text
from tocsin.engine import escalations
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import (
    decisions,
    documents,
    incidents,
    log,
    notifications,
    policies,
    replacing,
    schedules,
    sources,
)
from tocsin.store.absences import Noted
from tocsin.store.database import Database
from tocsin.store.kinds import SOURCES

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def hourly(cast: Cast, ends_on: datetime | None = None) -> Schedule:
    """Bo has 09:00 to 10:00, Chi the hour after."""
    users = (UserRef(id=cast.bo.id), UserRef(id=cast.chi.id))
    layer = Layer(starts_on=NINE, ends_on=ends_on, users=users, rotation="PT1H")
    with cast.db.write() as tx:
        return schedules.create(tx, Schedule(name="Hourly", schedule_layers=(layer,)))


def asks(cast: Cast, *rules: EscalationRule, **more: object) -> EscalationPolicy:
    with cast.db.write() as tx:
        policy = policies.create(tx, EscalationPolicy(name="P", escalation_rules=rules, **more))  # type: ignore[arg-type]
        sources.change(tx, replace(documents.get(tx, SOURCES, cast.source.id), policy_id=policy.id))
    return policy


def by_schedule(minutes: int = 45) -> EscalationRule:
    return EscalationRule(schedules=(Ref(id=1),), escalation_timeout=minutes)


def climb(cast: Cast, clock: ManualClock, minutes: int) -> None:
    end = clock.now() + minutes * MINUTE
    while True:
        with cast.db.read() as tx:
            due = incidents.next_due(tx)
        if due is None or due > end:
            clock.set(end)
            return
        clock.set(max(due, clock.now()))
        escalations.step(cast.db)


def paged(cast: Cast, incident: int) -> list[tuple[str, int]]:
    with cast.db.read() as tx:
        found = notifications.of_incident(tx, incident)
    return [(f"{n.created_at:%H:%M}", n.user_id) for n in found]


def timeline(cast: Cast, incident: int) -> list[str]:
    with cast.db.read() as tx:
        entries = log.timeline(tx, incident)
    return [log_text(e.type, e.by, e.vars, {cast.bo.id: "Bo", cast.chi.id: "Chi"}) for e in reversed(entries)]


def test_each_pass_asks_who_is_on_call_then(cast: Cast, clock: ManualClock) -> None:
    hourly(cast)
    asks(cast, by_schedule(), repeating=True, frequency=2)
    incident = cast.alert()
    climb(cast, clock, 300)
    assert paged(cast, incident) == [("09:00", 2), ("09:45", 2), ("10:30", 3)]


def test_users_and_schedules_of_a_rule_are_told_at_once_each_once(cast: Cast, clock: ManualClock) -> None:
    hourly(cast)
    rule = EscalationRule(users=(UserRef(id=1), UserRef(id=2)), schedules=(Ref(id=1),), escalation_timeout=5)
    asks(cast, rule)
    incident = cast.alert()
    climb(cast, clock, 1)
    assert paged(cast, incident) == [("09:00", 1), ("09:00", 2)]


def test_a_gap_is_passed_at_once_and_the_timeline_says_so(cast: Cast, clock: ManualClock) -> None:
    hourly(cast, ends_on=NINE + 30 * MINUTE)
    asks(cast, by_schedule(), EscalationRule(users=(UserRef(id=1),), escalation_timeout=5))
    clock.set(NINE + 31 * MINUTE)
    incident = cast.alert()
    climb(cast, clock, 1)
    assert paged(cast, incident) == [("09:31", 1)]
    assert any("Hourly" in line for line in timeline(cast, incident)), timeline(cast, incident)


def test_nobody_on_call_anywhere_tells_the_fallback(cast: Cast, clock: ManualClock) -> None:
    hourly(cast, ends_on=NINE + 30 * MINUTE)
    asks(cast, by_schedule())
    clock.set(NINE + 31 * MINUTE)
    incident = cast.alert()
    climb(cast, clock, 1)
    with cast.db.read() as tx:
        (page,) = notifications.of_incident(tx, incident)
    assert (page.user_id, page.purpose) == (cast.ann.id, "FALLBACK")


def test_whoever_stands_in_meanwhile_is_asked(cast: Cast, clock: ManualClock) -> None:
    schedule = hourly(cast)
    asks(cast, by_schedule(10), by_schedule(10))
    incident = cast.alert()
    climb(cast, clock, 5)
    with cast.db.write() as tx:
        taken = Override(user=UserRef(id=cast.ann.id), start=tx.now, end=tx.now + 30 * MINUTE)
        replacing.override(tx, schedule.id, taken, None)
        away = Absence(user=UserRef(id=cast.bo.id), start=tx.now, end=tx.now + 30 * MINUTE)
        replacing.add_absence(tx, Noted(absence=away), None)
    climb(cast, clock, 10)
    assert paged(cast, incident) == [("09:00", 2), ("09:10", 1)]


def test_a_user_whom_a_rule_names_is_passed_over_while_away(cast: Cast, clock: ManualClock) -> None:
    asks(
        cast,
        EscalationRule(users=(UserRef(id=2),), escalation_timeout=5),
        EscalationRule(users=(UserRef(id=3),)),
    )
    with cast.db.write() as tx:
        away = Absence(user=UserRef(id=cast.bo.id), start=tx.now, end=tx.now + 30 * MINUTE)
        replacing.add_absence(tx, Noted(absence=away), None)
    incident = cast.alert()
    climb(cast, clock, 1)
    assert paged(cast, incident) == [("09:00", 3)]
    assert any(line.startswith("Bo was not told") for line in timeline(cast, incident))


def test_escalating_by_hand_asks_the_schedule_of_the_next_level(cast: Cast, clock: ManualClock) -> None:
    hourly(cast)
    asks(cast, EscalationRule(users=(UserRef(id=1),), escalation_timeout=90), by_schedule())
    incident = cast.alert()
    climb(cast, clock, 1)
    clock.set(NINE + 70 * MINUTE)
    with cast.db.write() as tx:
        decisions.perform(tx, incident, Accept(by=by(cast.ann)))
        decisions.perform(tx, incident, Escalate(by=by(cast.ann)))
    assert ("10:10", 3) in paged(cast, incident)


def test_the_last_resort_is_told_when_nobody_accepted(cast: Cast, clock: ManualClock) -> None:
    hourly(cast)
    asks(cast, by_schedule(5), last_resort=(UserRef(id=1),))
    incident = cast.alert()
    climb(cast, clock, 10)
    assert paged(cast, incident) == [("09:00", 2), ("09:05", 1)]


def test_an_open_incident_keeps_its_policy_but_not_its_schedule(cast: Cast, clock: ManualClock) -> None:
    schedule = hourly(cast)
    policy = asks(cast, by_schedule(10), by_schedule(10))
    incident = cast.alert()
    climb(cast, clock, 5)
    with cast.db.write() as tx:
        changed = (EscalationRule(users=(UserRef(id=3),), escalation_timeout=1),)
        policies.change(tx, replace(policy, escalation_rules=changed))
        alone = replace(schedule.schedule_layers[0], users=(UserRef(id=cast.ann.id),))
        schedules.change(tx, replace(schedule, schedule_layers=(alone,)))
    climb(cast, clock, 10)
    assert paged(cast, incident) == [("09:00", 2), ("09:10", 1)]


def test_what_was_foretold_happens(cast: Cast, clock: ManualClock) -> None:
    hourly(cast, ends_on=NINE + 100 * MINUTE)
    policy = asks(cast, by_schedule(), by_schedule(30), repeating=True)
    with cast.db.read() as tx:
        told = explain(decisions.surroundings_of_policy(tx, policy, tx.now), tx.now)
    incident = cast.alert()
    climb(cast, clock, 300)
    assert [(f"{page.at:%H:%M}", page.user_id) for page in told.pages] == paged(cast, incident)
    assert {page.schedule for page in told.pages} == {"Hourly"}
    assert [silence.schedule for silence in told.silences if silence.schedule] == ["Hourly"]

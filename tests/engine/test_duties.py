"""What the engine does about schedules by itself. Monday 2 March 2026, 09:00 UTC; Bo has the first week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble
from tocsin.core.duties import CalendarEvent
from tocsin.core.people import NotificationRule
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.core.schedules import Layer, Override, Schedule
from tocsin.engine import duties, escalations, look_outs
from tocsin.kit.clock import ManualClock
from tocsin.kit.value import replace
from tocsin.store import (
    documents,
    incidents,
    notifications,
    people,
    policies,
    preferences,
    present,
    replacing,
    schedules,
    sources,
)
from tocsin.store import duties as stored
from tocsin.store.database import Database
from tocsin.store.kinds import SCHEDULES, SOURCES
from tocsin.store.tables import notifications as ledger
from tocsin.store.tables import schedule_revisions
from tocsin.store.tables import schedules as rows

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def weekly(cast: Cast, name: str = "Primary", **change: object) -> Schedule:
    layer = Layer(starts_on=MONDAY, users=(UserRef(id=cast.bo.id), UserRef(id=cast.chi.id)), rotation="P7D")
    with cast.db.write() as tx:
        return schedules.create(tx, Schedule(name=name, schedule_layers=(replace(layer, **change),)))


def asks(cast: Cast, schedule: Schedule, *, used: bool = True) -> EscalationPolicy:
    rules = (
        EscalationRule(schedules=(Ref(id=schedule.id),), escalation_timeout=5),
        EscalationRule(users=(UserRef(id=cast.ann.id),), escalation_timeout=5),
    )
    with cast.db.write() as tx:
        policy = policies.create(tx, EscalationPolicy(name="By schedule", escalation_rules=rules))
        if used:
            sources.change(tx, replace(documents.get(tx, SOURCES, cast.source.id), policy_id=policy.id))
    return policy


def reminded(cast: Cast, user_id: int, *minutes: int) -> None:
    with cast.db.write() as tx:
        for before in minutes:
            people.add_rule(tx, user_id, kind="DUTY", method="EMAIL", delay_min=before, contact_id=None)


def told(cast: Cast, user_id: int) -> list[str]:
    with cast.db.read() as tx:
        mine = ledger.c.user_id == user_id, ledger.c.incident_id.is_(None)
        return [
            row.content["headline"] for row in tx.all(sa.select(ledger).where(*mine).order_by(ledger.c.id))
        ]


def run_until(cast: Cast, clock: ManualClock, end: datetime) -> None:
    """Do whatever falls due, at the instant at which it does."""
    while (due := duties.next_due(cast.db)) is not None and due <= end:
        clock.set(max(due, clock.now()))
        duties.step(cast.db)
    clock.set(end)


def test_whoever_goes_on_call_is_reminded_and_told(cast: Cast, clock: ManualClock) -> None:
    reminded(cast, cast.chi.id, 60, 0)
    weekly(cast)
    run_until(cast, clock, MONDAY + WEEK - timedelta(minutes=61))
    assert told(cast, cast.chi.id) == []
    run_until(cast, clock, MONDAY + WEEK - timedelta(minutes=59))
    assert told(cast, cast.chi.id) == ["On call in 1 hour: Primary"]
    run_until(cast, clock, MONDAY + WEEK + timedelta(days=6))
    assert told(cast, cast.chi.id) == ["On call in 1 hour: Primary", "On call now: Primary"]
    assert told(cast, cast.bo.id) == [], "who has no rules for it is not told"


def test_who_goes_on_without_a_pause_is_told_no_more(cast: Cast, clock: ManualClock) -> None:
    """A look in the middle of the second turn no longer sees the first one, by which it is no news."""
    reminded(cast, cast.bo.id, 0)
    weekly(cast, users=(UserRef(id=cast.bo.id),))
    run_until(cast, clock, MONDAY + 2 * WEEK)
    assert told(cast, cast.bo.id) == ["On call now: Primary"]


def test_a_rule_made_shortly_before_a_shift_still_reminds(cast: Cast, clock: ManualClock) -> None:
    weekly(cast)
    run_until(cast, clock, MONDAY + WEEK - timedelta(hours=2))
    with cast.db.write() as tx:
        rule = NotificationRule(id=0, kind="DUTY", method="EMAIL", delay_min=60)
        preferences.add(tx, cast.chi.id, rule)
    run_until(cast, clock, MONDAY + WEEK - timedelta(minutes=50))
    assert told(cast, cast.chi.id) == ["On call in 1 hour: Primary"]


def test_what_is_long_over_leaves_the_calendar(cast: Cast, clock: ManualClock) -> None:
    schedule = weekly(cast)
    duties.step(cast.db)
    run_until(cast, clock, MONDAY + timedelta(days=120))
    with cast.db.read() as tx:
        events = stored.events(tx, schedule.id, MONDAY)
    assert events[0].start == MONDAY + 3 * WEEK, "of the last three months"


def test_open_incidents_are_handed_over(cast: Cast, clock: ManualClock) -> None:
    reminded(cast, cast.chi.id, 60)
    asks(cast, weekly(cast))
    cast.alert("Disk full on db-1")
    run_until(cast, clock, MONDAY + WEEK)
    with cast.db.read() as tx:
        row = tx.all(sa.select(ledger).where(ledger.c.purpose == "DUTY").order_by(ledger.c.id))[-1]
    assert row.content["headline"] == "On call now: Primary", "told although only the reminder was asked for"
    assert "#1 Disk full on db-1 (pending)" in row.content["text"]


def test_who_stands_in_from_now_on_is_told_at_once(cast: Cast, clock: ManualClock) -> None:
    reminded(cast, cast.chi.id, 0)
    schedule = weekly(cast)
    duties.step(cast.db)
    clock.advance(timedelta(hours=1))
    now = clock.now()
    with cast.db.write() as tx:
        wanted = Override(user=UserRef(id=cast.chi.id), start=now, end=now + timedelta(hours=3))
        replacing.override(tx, schedule.id, wanted, cast.chi.id)
    assert duties.step(cast.db) == 1
    assert told(cast, cast.chi.id) == ["On call now: Primary"]
    with cast.db.read() as tx:
        events = stored.events(tx, schedule.id, now)
    assert [(e.user_id, e.end == now + timedelta(hours=3)) for e in events[:2]] == [
        (cast.chi.id, True),
        (cast.bo.id, False),
    ]


def test_when_who_stood_in_has_left_the_shift_begins_anew(cast: Cast, clock: ManualClock) -> None:
    reminded(cast, cast.bo.id, 0)
    schedule = weekly(cast)
    duties.step(cast.db)
    clock.advance(timedelta(hours=1))
    begins, ends = clock.now(), clock.now() + timedelta(hours=3)
    with cast.db.write() as tx:
        wanted = Override(user=UserRef(id=cast.chi.id), start=begins, end=ends)
        replacing.override(tx, schedule.id, wanted, cast.chi.id)
    run_until(cast, clock, ends + timedelta(days=1))
    assert told(cast, cast.bo.id) == ["On call now: Primary", "On call now: Primary"]
    with cast.db.read() as tx:
        shift = present.at(tx, (schedule.id,), tx.now).shifts[schedule.id]
        assert shift is not None
        assert (shift.user.id, shift.start) == (cast.bo.id, ends)
        events = stored.events(tx, schedule.id, MONDAY)
    assert [(e.user_id, e.start, e.end) for e in events[:4]] == [
        (cast.bo.id, MONDAY, begins),
        (cast.chi.id, begins, ends),
        (cast.bo.id, ends, MONDAY + WEEK),
        (cast.chi.id, MONDAY + WEEK, MONDAY + 2 * WEEK),
    ]


def test_the_engine_asks_who_is_on_call_at_that_moment(cast: Cast, clock: ManualClock) -> None:
    schedule = weekly(cast)
    asks(cast, schedule)
    for week, expected in ((0, cast.bo.id), (1, cast.chi.id), (2, cast.bo.id)):
        clock.set(MONDAY + week * WEEK + timedelta(hours=1))
        incident = cast.alert(key=str(week))
        escalations.step(cast.db)
        with cast.db.read() as tx:
            assert incidents.get(tx, incident).assigned_to == expected
            assert [n.user_id for n in notifications.of_incident(tx, incident)] == [expected]


def test_a_gap_is_passed_at_once(cast: Cast, clock: ManualClock) -> None:
    asks(cast, weekly(cast, ends_on=MONDAY + WEEK))
    clock.set(MONDAY + WEEK)
    incident = cast.alert()
    escalations.step(cast.db)
    with cast.db.read() as tx:
        assert incidents.get(tx, incident).assigned_to == cast.ann.id


def test_incidents_go_round(cast: Cast) -> None:
    everybody = tuple(UserRef(id=p.id) for p in (cast.ann, cast.bo, cast.chi))
    rule = EscalationRule(users=everybody, escalation_timeout=5, round_robin=True)
    with cast.db.write() as tx:
        policy = policies.create(tx, EscalationPolicy(name="Round", escalation_rules=(rule,)))
        sources.change(tx, replace(documents.get(tx, SOURCES, cast.source.id), policy_id=policy.id))
    asked = []
    for number in range(4):
        incident = cast.alert(key=str(number))
        escalations.step(cast.db)
        with cast.db.read() as tx:
            asked.append([n.user_id for n in notifications.of_incident(tx, incident)])
    assert asked == [[1], [2], [3], [1]]


def break_(cast: Cast, schedule: Schedule) -> None:
    """As if the zone were no longer known: `Europe/Berlin` of another machine."""
    with cast.db.write() as tx:
        body = sa.func.replace(sa.cast(rows.c.body, sa.Text), '"timezone":"UTC"', '"timezone":"Mars/Base"')
        tx.run(sa.update(rows).where(rows.c.id == schedule.id).values(body=body, due_at=tx.now))
        revised = sa.func.replace(
            sa.cast(schedule_revisions.c.body, sa.Text), '"timezone":"UTC"', '"timezone":"Mars/Base"'
        )
        tx.run(
            sa.update(schedule_revisions)
            .where(schedule_revisions.c.schedule_id == schedule.id)
            .values(body=revised)
        )


def test_a_broken_schedule_is_set_aside_and_stops_no_other(cast: Cast) -> None:
    broken, fine = weekly(cast, "Broken"), weekly(cast, "Fine")
    asks(cast, broken)
    break_(cast, broken)
    assert duties.step(cast.db) == 2
    assert told(cast, cast.ann.id) == ["The schedule Broken cannot be computed"]
    with cast.db.read() as tx:
        assert "Mars/Base" in stored.quarantined(tx)[broken.id]
        assert stored.events(tx, fine.id, tx.now)
        on_call = present.at(tx, (broken.id, fine.id), tx.now)
    assert set(on_call.shifts) == {fine.id}
    assert "Mars/Base" in on_call.broken[broken.id]
    incident = cast.alert()
    escalations.step(cast.db)
    with cast.db.read() as tx:
        assert incidents.get(tx, incident).assigned_to == cast.ann.id, "the next level"
    duties.step(cast.db)
    assert len(told(cast, cast.ann.id)) == 1, "told once"
    with cast.db.write() as tx:
        schedules.change(tx, replace(documents.get(tx, SCHEDULES, fine.id), id=broken.id, name="Mended"))
    duties.step(cast.db)
    with cast.db.read() as tx:
        assert stored.quarantined(tx) == {}
        shift = present.at(tx, (broken.id,), tx.now).shifts[broken.id]
        assert shift is not None
        assert shift.user == UserRef(id=cast.bo.id)


def test_a_row_that_is_no_schedule_stops_no_other(cast: Cast) -> None:
    broken, fine = weekly(cast, "Broken"), weekly(cast, "Fine")
    with cast.db.write() as tx:
        tx.run(sa.update(rows).where(rows.c.id == broken.id).values(body="{}", due_at=tx.now))
    assert duties.step(cast.db) == 2
    with cast.db.read() as tx:
        assert set(stored.quarantined(tx)) == {broken.id}
        assert set(present.at(tx, (broken.id, fine.id), tx.now).shifts) == {fine.id}


def test_what_the_database_does_not_take_stops_no_other(cast: Cast) -> None:
    broken, fine = weekly(cast, "Broken"), weekly(cast, "Fine")
    impossible = CalendarEvent(
        user_id=cast.bo.id, start=MONDAY + 2 * WEEK, end=MONDAY - WEEK, changed_at=MONDAY
    )
    with cast.db.write() as tx:
        stored.save_events(tx, broken.id, [impossible])
    assert duties.step(cast.db) == 2
    assert told(cast, cast.ann.id) == ["The schedule Broken cannot be computed"]
    with cast.db.read() as tx:
        assert set(stored.quarantined(tx)) == {broken.id}
        assert stored.events(tx, fine.id, tx.now)
    assert duties.step(cast.db) == 0, "it is tried again tomorrow"


def test_the_daily_look_tells_of_holes(cast: Cast, clock: ManualClock) -> None:
    asks(cast, weekly(cast, "Ends", ends_on=MONDAY + WEEK))
    with cast.db.write() as tx:
        policy = policies.create(
            tx,
            EscalationPolicy(
                name="Holes", escalation_rules=(EscalationRule(schedules=(Ref(id=1),), escalation_timeout=5),)
            ),
        )
        sources.change(tx, replace(documents.get(tx, SOURCES, cast.source.id), policy_id=policy.id))
    assert look_outs.step(cast.db) == 1
    assert told(cast, cast.ann.id) == ["Nobody is on call at times in the next 14 days"]
    assert look_outs.step(cast.db) == 0
    clock.advance(timedelta(hours=24))
    assert look_outs.step(cast.db) == 1
    assert len(told(cast, cast.ann.id)) == 2


def test_the_daily_look_is_silent_when_somebody_is_always_there(cast: Cast) -> None:
    asks(cast, weekly(cast))
    assert look_outs.step(cast.db) == 1
    assert told(cast, cast.ann.id) == []

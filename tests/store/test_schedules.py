"""Schedules over both databases: the past stays, others' schedules are not read, names in use are known."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble
from tocsin.core.on_call import Roster, clipped
from tocsin.core.on_duty import Window
from tocsin.core.people import User
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Absence, Layer, Override, Schedule, Shift
from tocsin.engine import duties
from tocsin.kit.clock import ManualClock
from tocsin.kit.errors import BadInput, Conflict, NotFound
from tocsin.kit.value import replace
from tocsin.store import (
    calendars,
    documents,
    on_duty,
    overrides,
    people,
    present,
    replacing,
    schedules,
)
from tocsin.store import duties as told
from tocsin.store.absences import Noted
from tocsin.store.database import Database
from tocsin.store.kinds import SCHEDULES
from tocsin.store.tables import schedules as rows

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BEGINNING = MONDAY - timedelta(days=3)
HOUR = timedelta(hours=1)


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def daily(cast: Cast, *users: int) -> Schedule:
    named = tuple(UserRef(id=i) for i in users or (cast.bo.id, cast.chi.id))
    layer = Layer(starts_on=MONDAY, users=named, rotation="P1D")
    with cast.db.write() as tx:
        return schedules.create(
            tx, Schedule(name="Daily", timezone="Europe/Berlin", schedule_layers=(layer,))
        )


def past(cast: Cast, schedule_id: int) -> tuple[Shift, ...]:
    """What was shown until now."""
    with cast.db.read() as tx:
        rota = schedules.rota(tx, schedule_id, BEGINNING)
        return clipped(Roster(rota).shifts(BEGINNING, tx.now), BEGINNING, tx.now)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_changed_the_past_stays_as_it_was_shown(
    cast: Cast, clock: ManualClock, seed: int
) -> None:
    rnd = random.Random(seed)
    schedule = daily(cast)
    everybody = (cast.ann.id, cast.bo.id, cast.chi.id)
    shown, until = past(cast, schedule.id), clock.now()
    for _ in range(8):
        clock.advance(timedelta(minutes=rnd.randint(60, 3000)))
        now = clock.now()
        before = past(cast, schedule.id)
        assert clipped(before, BEGINNING, until) == shown
        start, user = now + rnd.randint(-9, 9) * HOUR, UserRef(id=rnd.choice(everybody))
        end = max(start, now) + rnd.randint(1, 40) * HOUR
        with cast.db.write() as tx:
            known = replacing.upcoming(tx, schedule.id)
            match rnd.choice(("edit", "later", "override", "absence", "take back")):
                case "edit" | "later" as when:
                    layer = Layer(starts_on=start, users=(user,), rotation=rnd.choice(("P1D", "PT7H")))
                    wanted = replace(schedule, schedule_layers=(*schedule.schedule_layers, layer)[-3:])
                    schedule = schedules.change(tx, wanted, end if when == "later" else None)
                case "override":
                    replacing.override(tx, schedule.id, Override(user=user, start=start, end=end), None)
                case "absence":
                    absence = Absence(user=user, start=start, end=end)
                    replacing.add_absence(tx, Noted(absence=absence), None)
                case _:
                    for override in known[:1]:
                        replacing.take_back(tx, schedule.id, override)
        shown, until = past(cast, schedule.id), now
        assert shown == before


def test_what_an_instant_says_is_what_the_window_says(cast: Cast, clock: ManualClock) -> None:
    schedule = daily(cast)
    with cast.db.write() as tx:
        taken = Override(user=UserRef(id=cast.ann.id), start=tx.now + HOUR, end=tx.now + 3 * HOUR)
        replacing.override(tx, schedule.id, taken, None)
        away = Absence(user=UserRef(id=cast.chi.id), start=tx.now, end=tx.now + 30 * HOUR)
        replacing.add_absence(tx, Noted(absence=away), None)
    for _ in range(60):
        clock.advance(timedelta(minutes=37))
        with cast.db.read() as tx:
            now = present.at(tx, (schedule.id,), tx.now).shifts[schedule.id]
            window = Roster(schedules.rota(tx, schedule.id, MONDAY)).shift_at(tx.now)
        assert now == window


def to_come(cast: Cast, schedule_id: int) -> list[tuple[int, datetime, datetime]]:
    """The shifts of ten days from now on, by everything that was ever entered."""
    with cast.db.read() as tx:
        shifts = Roster(schedules.rota(tx, schedule_id, BEGINNING)).shifts(tx.now, tx.now + 240 * HOUR)
    return [(shift.user.id, shift.start, shift.end) for shift in shifts]


def in_calendars(cast: Cast, schedule_id: int) -> list[tuple[int, datetime, datetime]]:
    """The same as calendars were told of it."""
    with cast.db.read() as tx:
        known = told.events(tx, schedule_id, tx.now)
        end = tx.now + 240 * HOUR
    return [(e.user_id, e.start, e.end) for e in known if e.cancelled_at is None and e.start < end]


@pytest.mark.parametrize("seed", range(4))
def test_who_has_a_schedule_is_who_is_computed_whatever_was_changed_and_whenever_it_was_looked_at(
    cast: Cast, clock: ManualClock, seed: int
) -> None:
    rnd = random.Random(seed)
    schedule = daily(cast)
    kept = 0
    for _ in range(30):
        match rnd.choice(("wait", "wait", "look", "look", "edit", "override", "absence")):
            case "wait":
                clock.advance(timedelta(minutes=rnd.randint(1, 900)))
            case "look":
                duties.step(cast.db)
                assert in_calendars(cast, schedule.id) == to_come(cast, schedule.id)
            case what:
                start = clock.now() + rnd.randint(0, 20) * HOUR
                user = UserRef(id=rnd.choice((cast.ann.id, cast.bo.id, cast.chi.id)))
                end = start + rnd.randint(1, 40) * HOUR
                # Whoever is absent all that time is refused.
                with suppress(BadInput), cast.db.write() as tx:
                    if what == "edit":
                        layer = Layer(starts_on=start, users=(user,), rotation="PT7H", ends_on=end)
                        schedules.change(tx, replace(schedule, schedule_layers=(layer,)))
                    elif what == "override":
                        replacing.override(tx, schedule.id, Override(user=user, start=start, end=end), None)
                    else:
                        absence = Absence(user=user, start=start, end=end)
                        replacing.add_absence(tx, Noted(absence=absence), None)
        with cast.db.read() as tx:
            found = present.at(tx, (schedule.id,), tx.now).shifts[schedule.id]
            wanted = Roster(schedules.rota(tx, schedule.id, BEGINNING)).shift_at(tx.now)
            assert found == wanted
            assert Roster(schedules.rota(tx, schedule.id, tx.now)).shift_at(tx.now) == wanted
            kept += tx.scalar(sa.select(rows.c.present_end).where(rows.c.present_end > tx.now)) is not None
    assert kept, "the answer of a look was kept at least once"


def test_what_a_look_kept_is_read_and_nothing_is_computed(cast: Cast) -> None:
    schedule = daily(cast)
    duties.step(cast.db)
    with cast.db.write() as tx:
        tx.run(sa.update(rows).values(present_user_id=cast.ann.id))
        shift = present.at(tx, (schedule.id,), tx.now).shifts[schedule.id]
        assert shift is not None
        assert shift.user.id == cast.ann.id
        now = Window(start=tx.now, end=tx.now + schedules.MOMENT)
        (duty,) = on_duty.listing(tx, on_duty.Wanted(schedules=(schedule.id,)), now)
        assert duty.user_id == cast.ann.id
        replacing.override(
            tx, schedule.id, Override(user=UserRef(id=cast.chi.id), start=tx.now, end=tx.now + HOUR), None
        )
        shift = present.at(tx, (schedule.id,), tx.now).shifts[schedule.id]
        assert shift is not None
        assert shift.user.id == cast.chi.id, "in the transaction that changed it"


def test_whom_a_schedule_plans_with_is_known(cast: Cast, clock: ManualClock) -> None:
    schedule = daily(cast)
    with cast.db.write() as tx:
        assert schedules.planning_with(tx, cast.chi.id) == [schedule.id]
        with pytest.raises(Conflict, match="schedule 'Daily'"):
            people.remove(tx, cast.chi.id)
        alone = replace(schedule.schedule_layers[0], users=(UserRef(id=cast.bo.id),))
        schedules.change(tx, replace(schedule, schedule_layers=(alone,)), tx.now + 5 * HOUR)
        assert schedules.planning_with(tx, cast.chi.id) == [schedule.id], "until then"
    clock.advance(6 * HOUR)
    with cast.db.write() as tx:
        schedules.change(tx, documents.get(tx, SCHEDULES, schedule.id))
        assert schedules.planning_with(tx, cast.chi.id) == []
        taken = Override(user=UserRef(id=cast.chi.id), start=tx.now, end=tx.now + HOUR)
        replacing.override(tx, schedule.id, taken, None)
        assert schedules.planning_with(tx, cast.chi.id) == [schedule.id], "by an override to come"


def test_only_who_can_be_on_call_is_found_in_a_calendar(cast: Cast) -> None:
    sue = User(first_name="Sue", last_name="Ey", email="sue@example.org", role="STAKEHOLDER", username="sue")
    with cast.db.write() as tx:
        people.create(tx, sue)
        known = calendars.names(tx)
    assert known["bo@example.org"] == known["bo"] == cast.bo.id
    assert not {"sue", "sue@example.org"} & set(known)


def test_what_is_gone_is_gone_and_what_is_not_there_is_said(cast: Cast) -> None:
    schedule = daily(cast)
    with cast.db.write() as tx:
        schedules.remove(tx, schedule.id)
        assert schedules.load(tx, (schedule.id, 99), tx.now) == ({}, {})
        with pytest.raises(NotFound):
            schedules.rota(tx, schedule.id, tx.now)
        with pytest.raises(NotFound):
            overrides.one(tx, schedule.id, 1)
        assert present.at(tx, (schedule.id,), tx.now).shifts == {}


def test_there_is_a_limit_to_overrides_and_absences(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = daily(cast)
    monkeypatch.setattr(replacing, "MOST_OVERRIDES", 1)
    monkeypatch.setattr(replacing, "MOST_ABSENCES", 1)
    with cast.db.write() as tx:
        taken = Override(user=UserRef(id=cast.ann.id), start=tx.now, end=tx.now + HOUR)
        away = Noted(absence=Absence(user=UserRef(id=cast.ann.id), start=tx.now, end=tx.now + HOUR))
        replacing.override(tx, schedule.id, taken, None)
        replacing.add_absence(tx, away, None)
        with pytest.raises(BadInput, match="overrides already"):
            replacing.override(tx, schedule.id, taken, None)
        with pytest.raises(BadInput, match="absences already"):
            replacing.add_absence(tx, away, None)

"""Holes of a policy, people who are hard to reach, clock changes in shifts, and who carries how much."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.people_and_policies import around, person, team, unreachable
from tests.core.rotas import MINUTE, absence, at, by_hand, layer, rota, some_rotas, utc, week
from tocsin.core.coverage import Coverage, coverage
from tocsin.core.fairness import loads
from tocsin.core.incidents import Surroundings
from tocsin.core.intervals import Interval, common, joined, outside
from tocsin.core.levels import targets
from tocsin.core.on_call import shifts
from tocsin.core.people import Contact
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.core.recurrence import zone
from tocsin.core.schedules import Rota
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace

START = utc("2026-03-09")


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def rule(*user_ids: int, schedules: tuple[int, ...] = ()) -> EscalationRule:
    return EscalationRule(
        users=tuple(UserRef(id=i) for i in user_ids),
        schedules=tuple(Ref(id=i) for i in schedules),
        escalation_timeout=5,
    )


def surroundings(*rules: EscalationRule, rotas: dict[int, Rota] | None = None, **more: Any) -> Surroundings:
    policy = EscalationPolicy(id=1, name="p", escalation_rules=rules)
    found = around(policy, person(1), person(2), unreachable(3))
    return replace(found, rotas=rotas or {}, **more)


def test_a_team_covers_while_one_of_it_is_there() -> None:
    away = absence(1, hour(2), hour(4))
    asked = replace(rule(), teams=(Ref(id=1),))
    found = coverage(
        surroundings(asked, teams={1: team(1, 1, 3)}, absences=(away,)), START, START + timedelta(days=1)
    )
    assert [(hole.start, hole.end) for hole in found.uncovered] == [(hour(2), hour(4))]
    assert [link.user_id for link in found.weak_links] == [1, 3]


DAYS = rota(layer(1, starts=START, rotation="P1W", restrictions=[week("08:00", "20:00")]))
NIGHTS = rota(layer(2, starts=START, rotation="P1W", restrictions=[week("20:00", "06:00")]))


def holes(found: Coverage) -> list[tuple[datetime, datetime]]:
    return [(hole.start, hole.end) for hole in found.uncovered]


def test_levels_cover_for_each_other_and_what_is_left_is_a_hole() -> None:
    found = coverage(
        surroundings(rule(schedules=(1,)), rule(schedules=(2,)), rotas={1: DAYS, 2: NIGHTS}),
        hour(0),
        hour(24),
    )
    assert holes(found) == [(hour(6), hour(8))]
    assert [[(h.start, h.end) for h in level.uncovered] for level in found.levels] == [
        [(hour(0), hour(8)), (hour(20), hour(24))],
        [(hour(6), hour(20))],
    ]


def test_a_user_named_by_a_rule_covers_unless_absent_or_out_of_reach() -> None:
    away = absence(1, hour(3), hour(5))
    assert holes(coverage(surroundings(rule(1)), hour(0), hour(24))) == []
    assert holes(coverage(surroundings(rule(1), absences=(away,)), hour(0), hour(24))) == [(hour(3), hour(5))]
    assert holes(coverage(surroundings(rule(3)), hour(0), hour(24))) == [(hour(0), hour(24))]
    nobody = rota(layer(3, starts=START))
    assert holes(coverage(surroundings(rule(schedules=(1,)), rotas={1: nobody}), hour(0), hour(24))) == [
        (hour(0), hour(24))
    ]


@pytest.mark.parametrize(("seconds", "count"), [(1, 0), (59, 0), (60, 1), (61, 1)])
def test_a_hole_of_less_than_a_minute_is_none(seconds: int, count: int) -> None:
    seam = by_hand((1, hour(0), hour(12)), (2, hour(12) + timedelta(seconds=seconds), hour(24)))
    found = coverage(surroundings(rule(schedules=(1,)), rotas={1: seam}), hour(0), hour(24))
    assert len(found.uncovered) == count


def test_a_broken_or_deleted_schedule_covers_nothing_and_is_named() -> None:
    broken = replace(DAYS, schedule=replace(DAYS.schedule, timezone="Mars/Olympus"))
    found = coverage(surroundings(rule(schedules=(1, 2, 5)), rotas={1: broken, 2: NIGHTS}), hour(0), hour(24))
    assert holes(found) == [(hour(6), hour(20))]
    assert [(part.schedule_id, part.problem.split(":")[0]) for part in found.broken] == [
        (1, "the schedule 's' cannot be read"),
        (5, "the schedule was deleted"),
    ]


def test_people_without_two_verified_addresses_of_different_kinds_are_named() -> None:
    def reached(number: int, *contacts: tuple[str, str, str]) -> Any:
        made = [
            Contact(id=n, method=method, target=target, state=state)  # type: ignore[arg-type]
            for n, (method, target, state) in enumerate(contacts)
        ]
        return person(number, made)

    mail, phone = ("EMAIL", "a@example.com", "OK"), ("VOICE", "+49 1", "OK")
    people = [
        reached(1, mail, phone),
        reached(2, phone, ("SMS", "+49 1", "OK")),
        reached(4, mail, ("SMS", "+49 2", "UNVERIFIED")),
        reached(5, ("EMAIL", "b@example.com", "BOUNCED")),
    ]
    policy = EscalationPolicy(id=1, name="p", escalation_rules=(rule(1, 2, 4, 6, schedules=(1,)),))
    found = replace(around(policy, *people), rotas={1: rota(layer(5, starts=START))})
    weak = coverage(found, hour(0), hour(24)).weak_links
    assert [(link.user_id, link.verified, link.reachable) for link in weak] == [
        (2, ("VOICE", "SMS"), True),
        (4, ("EMAIL",), True),
        (6, (), False),
        (5, (), False),
    ]


def test_a_clock_change_inside_a_shift_is_shown() -> None:
    berlin = rota(layer(1, 2, starts=at("2026-03-01T09:00", "Europe/Berlin")), zone_name="Europe/Berlin")
    found = coverage(surroundings(rule(schedules=(1,)), rotas={1: berlin}), hour(0), hour(24 * 60))
    (change,) = found.clock_changes
    assert (change.at, change.before, change.after) == (utc("2026-03-29T01:00"), "+01:00", "+02:00")
    assert change.end - change.start == timedelta(hours=23)


def test_a_window_that_is_empty_or_too_long_is_refused() -> None:
    for end in (hour(0), hour(24 * 401)):
        with pytest.raises(BadInput, match="400 days"):
            coverage(surroundings(rule(1)), hour(0), end)


@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_hole_is_when_no_level_has_a_target(data: st.DataObject) -> None:
    minutes = 12 * 60
    rotas = {n: data.draw(some_rotas("Europe/Berlin", START, minutes)) for n in (1, 2)}
    policy = EscalationPolicy(id=1, name="p", escalation_rules=(rule(schedules=(1,)), rule(schedules=(2,))))
    people = [person(n) for n in (1, 2, 3, 4)] + [unreachable(n) for n in (5, 6)]
    found = replace(around(policy, *people), rotas=rotas)
    uncovered = coverage(found, START, START + minutes * MINUTE).uncovered
    for minute in range(0, minutes, 7):
        now = START + minute * MINUTE
        asked = {t.user_id for r in policy.escalation_rules for t in targets(r, found, now)}
        assert any(h.start <= now < h.end for h in uncovered) == (not asked & {1, 2, 3, 4})


# Intervals.


def test_intervals_are_joined_subtracted_and_intersected() -> None:
    def make(*pairs: tuple[float, float]) -> list[Interval]:
        return [Interval(start=hour(a), end=hour(b)) for a, b in pairs]

    assert list(joined(make((5, 6), (1, 3), (2, 4), (4, 5), (9, 9)))) == make((1, 6))
    assert list(outside(make((1, 3), (6, 9)), hour(0), hour(8))) == make((0, 1), (3, 6))
    assert list(common(make((1, 4), (6, 9)), make((3, 7), (8, 12)))) == make((3, 4), (6, 7), (8, 9))


# Shares.


def test_hours_nights_weekends_and_holidays_are_counted_for_each_person() -> None:
    zone_name = "Europe/Berlin"
    starts = at("2026-03-27T08:00", zone_name)  # a Friday; the clock is changed on Sunday
    found = rota(layer(1, 2, starts=starts, rotation="P2D"), zone_name=zone_name)
    start, end = starts, at("2026-03-31T08:00", zone_name)
    shared = loads(
        shifts(found, start, end), zone(zone_name), start, end, {date(2026, 3, 29), date(2026, 3, 30)}
    )
    assert [(s.user_id, s.hours, s.shifts, s.nights, s.weekends, s.holidays) for s in shared] == [
        (1, 47.0, 1, 2, 1, 1),
        (2, 48.0, 1, 2, 1, 2),
    ][::-1]


def test_only_what_lies_in_the_window_counts() -> None:
    found = rota(layer(1, starts=START, rotation="P1W"))
    (only,) = loads(shifts(found, hour(5), hour(7)), zone("UTC"), hour(5), hour(7))
    assert (only.hours, only.nights) == (2.0, 1)
    assert loads((), zone("UTC"), hour(0), hour(1)) == ()

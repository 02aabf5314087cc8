"""Who is on call, in examples: layers, restrictions, overrides, absences, edits, shifts by hand."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.core.rotas import (
    MINUTE,
    absence,
    at,
    by_hand,
    layer,
    override,
    rota,
    said,
    utc,
    week,
)
from tocsin.core.on_call import OnCall, Roster, clipped, layer_shifts, on_call, shifts
from tocsin.core.policies import UserRef
from tocsin.core.schedule_edits import edited
from tocsin.core.schedules import BrokenSchedule, Layer, Rota
from tocsin.kit.value import replace

RECORDED: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "hand_overs.json").read_text("utf-8")
)["weekdays"]
WORKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")


def hour(number: float, day: int = 9) -> datetime:
    return utc(f"2026-03-{day:02}") + timedelta(hours=number)


def once(user: int, start: float, end: float) -> Layer:
    """A layer with one user for some hours."""
    return layer(user, starts=hour(start), rotation="P1Y", ends_on=hour(end))


def told(found: Rota, start: datetime, end: datetime, zone_name: str = "UTC") -> list[str]:
    return said(clipped(shifts(found, start, end), start, end), zone_name)


def user_at(found: Rota, moment: datetime) -> int | None:
    user = on_call(found, moment).user
    return user.id if user else None


# Layers.


def test_the_layer_later_in_the_list_wins_and_the_one_before_shows_through() -> None:
    found = rota(once(1, 10, 20), once(2, 12, 16), once(3, 15, 18))
    assert told(found, hour(0), hour(24)) == [
        "1 09 10:00-09 12:00",
        "2 09 12:00-09 15:00",
        "3 09 15:00-09 18:00",
        "1 09 18:00-09 20:00",
    ]


def test_many_layers_and_overrides_become_one_line_with_its_gaps() -> None:
    a, b, c, d, e = range(1, 6)
    found = rota(
        once(a, 10, 15), once(b, 11, 13), once(a, 16, 19), once(a, 21, 22), once(b, 22, 24),
        once(c, 12, 14), once(d, 14, 15), once(d, 17, 18), once(d, 20, 23),
        overrides=[override(1, e, hour(22), hour(23)), override(2, a, hour(22), hour(22.5))],
    )  # fmt: skip
    assert told(found, hour(0), hour(24)) == [
        "1 09 10:00-09 11:00", "2 09 11:00-09 12:00", "3 09 12:00-09 14:00", "4 09 14:00-09 15:00",
        "1 09 16:00-09 17:00", "4 09 17:00-09 18:00", "1 09 18:00-09 19:00", "4 09 20:00-09 22:00",
        "1 09 22:00-09 22:30", "5 09 22:30-09 23:00", "2 09 23:00-10 00:00",
    ]  # fmt: skip
    gaps = Roster(found).gaps(hour(0), hour(24))
    assert [(g.start, g.end) for g in gaps] == [
        (hour(0), hour(10)),
        (hour(15), hour(16)),
        (hour(19), hour(20)),
    ]


def test_a_layer_says_nothing_before_its_start_and_after_its_end() -> None:
    found = rota(layer(1, 2, starts=hour(9), ends_on=hour(21, day=10)))
    assert user_at(found, hour(9) - MINUTE) is None
    assert user_at(found, hour(9)) == 1
    assert user_at(found, hour(21, day=10) - MINUTE) == 2
    assert user_at(found, hour(21, day=10)) is None


def test_days_and_nights_are_two_layers() -> None:
    donna, aru, craig, caza, cook = range(1, 6)
    zone_name = "America/Chicago"
    found = rota(
        layer(
            donna, aru, craig, starts=at("2018-09-10T08:00", zone_name), restrictions=[week("08:00", "20:00")]
        ),
        layer(caza, cook, starts=at("2018-09-09T20:00", zone_name), restrictions=[week("20:00", "08:00")]),
        zone_name=zone_name,
    )
    start, end = at("2018-09-09T20:00", zone_name), at("2018-09-13T19:00", zone_name)
    assert [s.user.id for s in shifts(found, start, end)] == [
        caza,
        donna,
        cook,
        aru,
        caza,
        craig,
        cook,
        donna,
    ]
    assert told(found, start, end, zone_name)[-1] == f"{donna} 13 08:00-13 19:00"


def test_two_teams_follow_the_sun_each_in_its_own_zone() -> None:
    found = rota(
        layer(
            1,
            starts=utc("2026-01-01"),
            rotation="P1W",
            restrictions=[week("09:00", "17:00")],
            timezone="Asia/Kolkata",
        ),
        layer(2, starts=utc("2026-01-01"), rotation="P1W", restrictions=[week("09:00", "17:00")]),
        zone_name="Europe/Berlin",
    )
    assert told(found, utc("2026-03-28"), utc("2026-03-29")) == ["1 28 03:30-28 08:00", "2 28 08:00-28 16:00"]
    assert told(found, utc("2026-03-30"), utc("2026-03-31")) == ["1 30 03:30-30 07:00", "2 30 07:00-30 15:00"]


def test_somebody_named_twice_has_two_turns() -> None:
    found = rota(layer(1, 1, 2, starts=hour(0)))
    assert [user_at(found, hour(12, day=9 + n)) for n in range(6)] == [1, 1, 2, 1, 1, 2]


def test_a_long_rotation_that_began_within_a_second_keeps_its_first_user_the_whole_turn() -> None:
    starts = utc("2026-01-05T10:07:31.123457")
    found = rota(layer(*range(1, 25), starts=starts, rotation="P6W"))
    shift = Roster(found).shift_at(starts + timedelta(days=20))
    assert shift is not None
    assert (shift.user.id, shift.start, shift.end) == (1, starts, starts + timedelta(weeks=6))


# Restrictions.


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2026-03-06T20:30", 1), ("2026-03-09T07:30", 1), ("2026-03-09T08:30", None), ("2026-03-23T07:30", 1)],
)
def test_a_weekend_ends_on_monday_morning_also_when_the_clock_was_changed(
    moment: str, expected: int | None
) -> None:
    zone_name = "America/New_York"
    weekend = week("FRIDAY 20:00", "MONDAY 08:00")
    found = rota(
        layer(1, starts=at("2026-03-02T09:00", zone_name), restrictions=[weekend]), zone_name=zone_name
    )
    assert user_at(found, at(moment, zone_name)) == expected


@pytest.mark.parametrize("day", ["2025-11-01", "2025-03-08"])
def test_nights_across_a_clock_change_are_whole_and_distinct(day: str) -> None:
    zone_name = "America/New_York"
    night = layer(1, 2, starts=at("2025-01-01T22:00", zone_name), restrictions=[week("22:00", "06:00")])
    start = at(f"{day}T12:00", zone_name)
    nights = shifts(rota(night, zone_name=zone_name), start, start + timedelta(days=2))
    hours = 7 if "-03-" in day else 9
    assert [s.end - s.start for s in nights] == [timedelta(hours=hours), timedelta(hours=8)]
    assert nights[0].user.id != nights[1].user.id


def test_restrictions_that_touch_are_one_shift() -> None:
    two_days = [week("MONDAY 00:00", "TUESDAY 00:00"), week("TUESDAY 00:00", "WEDNESDAY 00:00")]
    found = rota(layer(1, starts=hour(0, day=2), rotation="P1W", restrictions=two_days))
    assert told(found, hour(0), hour(0, day=16)) == ["1 09 00:00-11 00:00"]


def test_a_turn_that_restrictions_leave_out_is_used_up() -> None:
    found = rota(layer(1, 2, 3, starts=hour(0), restrictions=[week("FRIDAY 00:00", "SATURDAY 00:00")]))
    assert [s.user.id for s in shifts(found, hour(0), hour(0, day=30))] == [2, 3, 1]


def test_days_left_out_use_up_no_turn_where_the_layer_says_so() -> None:
    friday = [week("FRIDAY 00:00", "SATURDAY 00:00")]
    found = rota(layer(1, 2, 3, starts=hour(0), restrictions=friday, skip_restricted=True))
    assert [s.user.id for s in shifts(found, hour(0), hour(0, day=30))] == [1, 2, 3]


@pytest.mark.parametrize(
    "case", RECORDED, ids=lambda c: f"{c['rotation']} of {c['people']} on {' '.join(c['days'])}"
)
def test_people_take_turns_on_some_days_of_the_week_only(case: dict[str, Any]) -> None:
    days = [week(f"{day} 00:00", f"{day} 24:00") for day in case["days"]]
    found = rota(
        layer(
            *range(case["people"]),
            starts=utc(case["begins"]),
            rotation=case["rotation"],
            restrictions=days,
            skip_restricted=not case["rotation"].endswith("W"),
        )
    )
    expected = {day: "ABCDE".index(person) for day, person in case["onCall"].items()}
    first = date.fromisoformat(case["begins"])
    for n in range(case["spanDays"]):
        day = (first + timedelta(days=n)).isoformat()
        assert user_at(found, utc(f"{day}T12:00")) == expected.get(day), day


def test_who_is_next_on_saturday_is_who_the_calendar_shows_on_monday() -> None:
    workdays = [week(f"{day} 00:00", f"{day} 24:00") for day in WORKDAYS]
    found = rota(layer(1, 2, starts=utc("2026-03-02"), rotation="P1W", restrictions=workdays))
    saturday = utc("2026-03-07T12:00")
    following = Roster(found).next_shift(saturday)
    assert on_call(found, saturday).reason == "NOBODY"
    assert following is not None
    assert (following.user.id, following.start) == (2, utc("2026-03-09"))
    assert following == shifts(found, utc("2026-03-09"), utc("2026-03-10"))[0]


# Overrides.


def test_an_override_in_the_middle_of_a_shift_leaves_its_two_ends() -> None:
    found = rota(once(1, 8, 10), overrides=[override(1, 2, hour(8.5), hour(8.75))])
    assert told(found, hour(8), hour(9)) == [
        "1 09 08:00-09 08:30",
        "2 09 08:30-09 08:45",
        "1 09 08:45-09 09:00",
    ]
    assert told(replace(found, overrides=()), hour(8), hour(9)) == ["1 09 08:00-09 09:00"]


def test_the_later_override_wins_whatever_order_they_are_read_in() -> None:
    first, second = override(7, 2, hour(8), hour(12)), override(8, 3, hour(10), hour(14))
    for overrides in ((first, second), (second, first)):
        found = rota(layer(1, starts=hour(0), rotation="P1W"), overrides=overrides)
        assert told(found, hour(8), hour(15)) == [
            "2 09 08:00-09 10:00",
            "3 09 10:00-09 14:00",
            "1 09 14:00-09 15:00",
        ]


def test_overrides_are_not_passed_on_from_one_to_the_next() -> None:
    """1 is replaced by 2, and 2 by 3 in 2's own shift: 1's shift goes to 2."""
    found = rota(
        once(1, 8, 12), once(2, 12, 16),
        overrides=[override(1, 2, hour(8), hour(12)), override(2, 3, hour(12), hour(16))],
    )  # fmt: skip
    assert told(found, hour(8), hour(16)) == ["2 09 08:00-09 12:00", "3 09 12:00-09 16:00"]


def test_an_override_fills_a_gap_and_two_weeks_can_be_exchanged() -> None:
    found = rota(
        layer(1, 2, starts=hour(0, day=2), rotation="P1W", ends_on=hour(0, day=16)),
        overrides=[
            override(1, 2, hour(0, day=2), hour(0, day=9)),
            override(2, 1, hour(0, day=9), hour(0, day=16)),
            override(3, 3, hour(0, day=16), hour(0, day=17)),
        ],
    )
    assert told(found, hour(0, day=2), hour(0, day=20)) == [
        "2 02 00:00-09 00:00",
        "1 09 00:00-16 00:00",
        "3 16 00:00-17 00:00",
    ]


def test_why_somebody_is_on_call_is_said() -> None:
    found = rota(once(1, 8, 12), once(2, 10, 12), overrides=[override(5, 3, hour(11), hour(12))])
    assert on_call(found, hour(9)) == OnCall(user=UserRef(id=1), reason="LAYER", layer=0)
    assert on_call(found, hour(10)) == OnCall(user=UserRef(id=2), reason="LAYER", layer=1)
    assert on_call(found, hour(11)) == OnCall(user=UserRef(id=3), reason="OVERRIDE", override=5)
    assert on_call(found, hour(12)) == OnCall()


def test_a_layer_alone_is_shown_as_if_nothing_else_existed() -> None:
    found = rota(
        layer(1, 2, starts=hour(0)),
        layer(3, starts=hour(0)),
        overrides=[override(1, 4, hour(0), hour(24))],
        absences=[absence(1, hour(0), hour(24))],
    )
    assert said(layer_shifts(found.schedule, 0, hour(30), hour(31))) == ["2 10 00:00-11 00:00"]


# Absences.


def test_an_absent_user_passes_on_to_the_layer_before_and_then_to_nobody() -> None:
    found = rota(
        once(1, 8, 12),
        once(2, 8, 12),
        absences=[absence(2, hour(9), hour(11)), absence(1, hour(10), hour(11))],
    )
    assert told(found, hour(8), hour(12)) == [
        "2 09 08:00-09 09:00",
        "1 09 09:00-09 10:00",
        "2 09 11:00-09 12:00",
    ]
    assert on_call(found, hour(9)) == OnCall(user=UserRef(id=1), reason="LAYER", layer=0, absent=(2,))
    assert on_call(found, hour(10)) == OnCall(absent=(2, 1))


def test_an_override_by_somebody_absent_counts_for_nothing() -> None:
    found = rota(
        once(1, 8, 12),
        overrides=[override(1, 3, hour(8), hour(12)), override(2, 2, hour(9), hour(10))],
        absences=[absence(2, hour(0), hour(24)), absence(3, hour(11), hour(24))],
    )
    assert told(found, hour(8), hour(12)) == ["3 09 08:00-09 11:00", "1 09 11:00-09 12:00"]


# Edits.


def test_an_edit_leaves_the_past_as_it_was_shown() -> None:
    before = rota(layer(1, 2, starts=hour(7, day=2)))
    shown = shifts(before, hour(0, day=2), hour(12))
    after = edited(before, rota(layer(3, 4, starts=hour(0, day=1))).schedule, hour(12))
    again = edited(after, rota(layer(5, starts=hour(0, day=1))).schedule, hour(18))
    for found in (after, again):
        assert told(found, hour(0, day=2), hour(12)) == said(clipped(shown, hour(0, day=2), hour(12)))
    assert [user_at(again, hour(n)) for n in (11, 12, 17, 18)] == [2, 3, 3, 5]


def test_a_shift_that_an_edit_leaves_alone_stays_one_shift() -> None:
    before = rota(layer(1, 2, starts=hour(7)))
    after = edited(before, rota(layer(1, 3, starts=hour(8))).schedule, hour(12))
    shift = Roster(after).shift_at(hour(20))
    assert shift is not None
    assert (shift.start, shift.end) == (hour(7), hour(8, day=10))


def test_a_turn_whose_length_is_changed_ends_where_the_new_length_has_it() -> None:
    before = rota(layer(1, 2, starts=hour(0), rotation="P1D"))
    after = edited(before, rota(layer(1, 2, starts=hour(0), rotation="PT12H")).schedule, hour(6))
    assert told(after, hour(0), hour(24)) == ["1 09 00:00-09 12:00", "2 09 12:00-10 00:00"]


def test_when_somebody_is_taken_out_turns_are_counted_in_the_list_as_it_is_then() -> None:
    before = rota(layer(1, 2, 3, starts=hour(0)))
    after = edited(before, rota(layer(1, 3, starts=hour(0))).schedule, hour(12, day=10))
    assert [user_at(after, hour(11, day=9 + n)) for n in range(4)] == [1, 2, 1, 3]
    assert user_at(after, hour(12, day=10)) == 3, "who was taken out is not on call from then on"


def test_an_edit_in_between_replaces_edits_planned_for_later() -> None:
    planned = edited(rota(layer(1, starts=hour(0))), rota(layer(2, starts=hour(0))).schedule, hour(20))
    now = edited(planned, rota(layer(3, starts=hour(0))).schedule, hour(10))
    assert [user_at(now, hour(n)) for n in (9, 10, 19, 21)] == [1, 3, 3, 3]


# Shifts by hand.


def test_shifts_by_hand_are_what_they_say_and_leave_gaps_between() -> None:
    found = by_hand((1, hour(8), hour(12)), (2, hour(12), hour(16)), (1, hour(20), hour(24)))
    assert told(found, hour(0), hour(24)) == [
        "1 09 08:00-09 12:00",
        "2 09 12:00-09 16:00",
        "1 09 20:00-10 00:00",
    ]
    assert [(g.start, g.end) for g in Roster(found).gaps(hour(10), hour(24))] == [(hour(16), hour(20))]
    assert on_call(found, hour(12)) == OnCall(user=UserRef(id=2), reason="SHIFT")
    assert on_call(found, hour(18)) == OnCall()
    assert Roster(found).next_shift(hour(13)) == found.schedule.shifts[2]
    assert Roster(found).next_shift(hour(21)) is None


def test_a_schedule_that_cannot_be_read_raises_one_error_that_names_it() -> None:
    good = rota(layer(1, starts=hour(0)))
    broken = replace(good, schedule=replace(good.schedule, id=9, name="nights", timezone="Mars/Olympus"))
    for ask in (lambda: on_call(broken, hour(1)), lambda: shifts(broken, hour(1), hour(2))):
        with pytest.raises(BrokenSchedule, match=r"'nights'.*Mars/Olympus") as raised:
            ask()
        assert raised.value.schedule_id == 9


@pytest.mark.parametrize(
    "odd",
    [{"starts_on": utc("0001-01-01")}, {"starts_on": utc("2026-01-01").replace(tzinfo=None)}, {"users": ()}],
)
def test_a_layer_that_no_editor_would_have_let_through_raises_it_too(odd: dict[str, object]) -> None:
    with pytest.raises(BrokenSchedule):
        on_call(rota(replace(layer(1, starts=hour(0)), **odd), zone_name="America/Lima"), hour(1))


def test_an_empty_window_holds_no_shift() -> None:
    assert shifts(rota(layer(1, starts=hour(0))), hour(3), hour(3)) == ()

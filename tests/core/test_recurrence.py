"""Wall-clock arithmetic: recorded hand-overs, the rules by example, and `whenever` as a second opinion."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whenever import Instant, PlainDateTime, RepeatedTime, SkippedTime

from tests.core.rotas import CHANGES, at, layer, utc, week
from tocsin.core.recurrence import (
    DAY,
    HOUR,
    MONDAY,
    WEEK,
    Turns,
    localised,
    period,
    time_of_day,
    windows,
    zone,
)
from tocsin.core.turns import places
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.errors import BadInput

RECORDED: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "data" / "hand_overs.json").read_text("utf-8")
)


def turns(zone_name: str, begins: str, rotation: str) -> Turns:
    return Turns(zone(zone_name), to_micros(at(begins, zone_name)), period(rotation))


def hand_overs(zone_name: str, rotation: str, begins: str, first: str, last: str) -> list[str]:
    """Every hand-over from one local time until another, as local times with their offset."""
    found = turns(zone_name, begins, rotation)
    start, end = (to_micros(at(text, zone_name)) for text in (first, last))
    number = found.number(start)
    shown: list[str] = []
    while (instant := found.start(number)) <= end:
        text = from_micros(instant).astimezone(zone(zone_name).info).isoformat()
        if instant >= start and text not in shown:
            shown.append(text)
        number += 1
    return shown


@pytest.mark.parametrize(
    "case", RECORDED["handOvers"], ids=lambda c: f"{c['rotation']} {c['zone']} {c['begins']}"
)
def test_hand_overs_are_where_they_were_recorded(case: dict[str, Any]) -> None:
    first, last = case["between"]
    assert hand_overs(case["zone"], case["rotation"], case["begins"], first, last) == case["handOvers"]


@pytest.mark.parametrize("case", RECORDED["lengths"], ids=lambda c: f"{c['rotation']} {c['begins']}")
def test_a_turn_across_a_clock_change_is_as_long_as_recorded(case: dict[str, Any]) -> None:
    found = turns(case["zone"], case["begins"], case["rotation"])
    assert found.start(1) == to_micros(at(case["ends"], case["zone"]))
    assert found.start(1) - found.start(0) == case["hours"] * 3_600_000_000


@pytest.mark.parametrize(
    ("zone_name", "rotation", "begins", "first", "last", "expected"),
    [
        ("America/Chicago", "P1D", "2020-10-30T01:30", "2020-10-31T00:00", "2020-11-02T02:00",
         ["2020-10-31T01:30:00-05:00", "2020-11-01T01:30:00-05:00", "2020-11-02T01:30:00-06:00"]),
        ("America/Chicago", "PT1H", "2020-03-01T00:30", "2020-03-08T00:30", "2020-03-08T04:30",
         ["2020-03-08T00:30:00-06:00", "2020-03-08T01:30:00-06:00", "2020-03-08T03:00:00-05:00",
          "2020-03-08T03:30:00-05:00", "2020-03-08T04:30:00-05:00"]),
        ("America/Chicago", "PT1H", "2020-10-01T00:30", "2020-11-01T00:30", "2020-11-01T02:30",
         ["2020-11-01T00:30:00-05:00", "2020-11-01T01:30:00-05:00", "2020-11-01T02:30:00-06:00"]),
        ("Australia/Lord_Howe", "PT1H", "2021-04-01T00:30", "2021-04-04T00:30", "2021-04-04T02:30",
         ["2021-04-04T00:30:00+11:00", "2021-04-04T01:30:00+11:00", "2021-04-04T02:30:00+10:30"]),
        ("Australia/Lord_Howe", "P1D", "2020-10-01T02:15", "2020-10-03T12:00", "2020-10-05T03:00",
         ["2020-10-04T02:30:00+11:00", "2020-10-05T02:15:00+11:00"]),
        ("Pacific/Apia", "P1D", "2011-12-01T09:00", "2011-12-29T08:00", "2011-12-31T10:00",
         ["2011-12-29T09:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T09:00:00+14:00"]),
        ("UTC", "P1Y", "2024-02-29T09:00", "2025-01-01T00:00", "2028-12-31T00:00",
         ["2025-02-28T09:00:00+00:00", "2026-02-28T09:00:00+00:00", "2027-02-28T09:00:00+00:00",
          "2028-02-29T09:00:00+00:00"]),
        ("America/Chicago", "P1W", "2016-10-02T01:30", "2016-10-30T00:00", "2016-11-14T00:00",
         ["2016-10-30T01:30:00-05:00", "2016-11-06T01:30:00-05:00", "2016-11-13T01:30:00-06:00"]),
        ("America/Chicago", "P1W", "2016-10-03T11:00", "2016-11-01T00:00", "2016-11-15T00:00",
         ["2016-11-07T11:00:00-06:00", "2016-11-14T11:00:00-06:00"]),
        ("America/Chicago", "P1W", "2024-10-29T00:00", "2025-03-04T00:00", "2025-03-11T00:00",
         ["2025-03-04T00:00:00-06:00", "2025-03-11T00:00:00-05:00"]),
        ("America/Chicago", "P1W", "2024-10-29T00:00", "2024-10-29T00:00", "2024-11-05T00:00",
         ["2024-10-29T00:00:00-05:00", "2024-11-05T00:00:00-06:00"]),
    ],
)  # fmt: skip
def test_hand_overs_follow_the_wall(
    zone_name: str, rotation: str, begins: str, first: str, last: str, expected: list[str]
) -> None:
    assert hand_overs(zone_name, rotation, begins, first, last) == expected


@pytest.mark.parametrize(
    ("rotation", "begins", "ends", "hours"),
    [
        ("P1D", "2017-03-11T12:00", "2017-03-12T12:00", 23),
        ("P1D", "2017-11-04T12:00", "2017-11-05T12:00", 25),
        ("P1W", "2017-03-10T08:00", "2017-03-17T08:00", 167),
        ("P1W", "2017-11-03T08:00", "2017-11-10T08:00", 169),
        ("P2M", "2017-11-01T00:00", "2018-01-01T00:00", 1465),
        ("PT3H", "2017-03-12T00:00", "2017-03-12T03:00", 2),
    ],
)
def test_a_turn_is_as_long_as_the_wall_makes_it(rotation: str, begins: str, ends: str, hours: int) -> None:
    found = turns("America/Chicago", begins, rotation)
    assert found.start(1) == to_micros(at(ends, "America/Chicago"))
    assert found.start(1) - found.start(0) == hours * 3_600_000_000


@pytest.mark.parametrize(
    ("offset_hours", "ends"), [(-30, "2020-05-31T07:00"), (0, "2020-06-01T13:00"), (30, "2020-06-02T19:00")]
)
def test_before_its_start_a_rotation_counts_backwards(offset_hours: int, ends: str) -> None:
    found = turns("UTC", "2020-06-01T03:00", "PT10H")
    asked = to_micros(utc("2020-06-01T03:00") + timedelta(hours=offset_hours))
    assert found.start(found.number(asked) + 1) == to_micros(utc(ends))


@pytest.mark.parametrize(
    ("rotation", "step", "first"),
    [("PT1H", timedelta(hours=1), "2026-05-30T00:00"), ("P2D", timedelta(days=2), "2025-03-01T00:00")],
)
def test_years_from_the_anchor_the_turn_is_the_one_that_counting_finds(
    rotation: str, step: timedelta, first: str
) -> None:
    begins, zone_name = datetime(2025, 1, 1, 9, 0), "America/New_York"  # noqa: DTZ001  # a local time
    found = turns(zone_name, begins.isoformat(), rotation)
    hand_over, number = begins, 0
    while hand_over < datetime.fromisoformat(first) + timedelta(days=365):
        if hand_over >= datetime.fromisoformat(first):
            instant, following = (
                to_micros(localised(moment, zone(zone_name))) for moment in (hand_over, hand_over + step)
            )
            assert found.start(number) == instant
            assert instant == following or found.number(instant) == number
        hand_over, number = hand_over + step, number + 1


@given(
    place=st.sampled_from([("UTC", "2026-01-01T00:00"), *CHANGES]),
    rotation=st.sampled_from(["PT1H", "PT7H", "P1D", "P2W", "P1M", "P5M"]),
    away=st.integers(-12_000, 12_000),
    minutes=st.integers(-2_000, 2_000),
)
def test_every_instant_lies_in_its_turn_however_far_from_the_anchor(
    place: tuple[str, str], rotation: str, away: int, minutes: int
) -> None:
    zone_name, change = place
    asked = to_micros(utc(change) + timedelta(minutes=minutes))
    anchor = asked + away * 3_600_000_000
    found = Turns(zone(zone_name), anchor, period(rotation))
    number = found.number(asked)
    assert found.start(number) <= asked < found.start(number + 1)


@settings(max_examples=300)
@given(
    place=st.sampled_from([("UTC", "2026-01-01T00:00"), *CHANGES]),
    minutes=st.integers(-3 * 24 * 60, 3 * 24 * 60),
)
def test_local_times_are_resolved_as_another_library_does(place: tuple[str, str], minutes: int) -> None:
    zone_name, change = place
    near = utc(change).astimezone(zone(zone_name).info).replace(tzinfo=None)
    reading = near + timedelta(minutes=minutes)
    plain = PlainDateTime(reading)
    ours = Instant(localised(reading, zone(zone_name)))
    try:
        theirs = plain.assume_tz(zone_name, disambiguation="raise")
    except RepeatedTime:
        theirs = plain.assume_tz(zone_name, disambiguation="earlier")
    except SkippedTime:
        before = ours.subtract(microseconds=1)
        assert before.to_tz(zone_name).to_plain() < plain < ours.to_tz(zone_name).to_plain()
        return
    assert ours == theirs.to_instant()


@given(
    begins=st.dates(date(2000, 1, 1), date(2030, 12, 31)),
    months=st.integers(1, 24),
    number=st.integers(-40, 40),
)
def test_months_are_counted_as_another_library_does(begins: date, months: int, number: int) -> None:
    found = turns("UTC", f"{begins}T09:00", f"P{months}M")
    theirs = PlainDateTime(f"{begins}T09:00:00").add(months=months * number)
    assert found.start(number) == to_micros(theirs.assume_utc().to_stdlib())


@pytest.mark.parametrize(
    ("restriction", "inside", "outside"),
    [
        (("MONDAY 08:00", "MONDAY 20:00"), ["17 08:00", "17 19:59"], ["17 07:59", "17 20:00", "18 12:00"]),
        (("MONDAY 20:00", "TUESDAY 08:00"), ["17 20:00", "18 07:59"], ["17 07:00", "18 08:00"]),
        (("MONDAY 08:00", "SATURDAY 08:00"), ["17 08:00", "20 03:00", "22 07:00"], ["17 07:00", "22 08:00"]),
        (("SUNDAY 22:00", "MONDAY 06:00"), ["16 22:00", "17 05:59"], ["17 06:00", "22 23:00"]),
        (("20:00", "08:00"), ["17 20:00", "18 07:00", "22 07:00"], ["17 08:00", "22 19:59"]),
    ],
)
def test_a_window_opens_and_closes_at_its_local_times(
    restriction: tuple[str, str], inside: list[str], outside: list[str]
) -> None:
    # 17 July 2017 is a Monday.
    found = windows(
        zone("America/Chicago"),
        *places(layer(1, starts=utc("2017-01-01"), restrictions=[week(*restriction)])),
    )
    assert found is not None
    for moments, expected in ((inside, 1), (outside, 0)):
        for text in moments:
            instant = to_micros(at(f"2017-07-{text.replace(' ', 'T')}", "America/Chicago"))
            assert len(list(found.within(instant, instant + 1))) == expected, text


@pytest.mark.parametrize(
    ("zone_name", "inside", "outside"),
    [
        ("UTC", ["2020-05-04T15:04", "2020-05-05T10:04", "2020-06-09T09:04"],
         ["2020-05-03T15:04", "2020-05-04T08:59", "2020-05-05T05:00", "2020-05-05T17:00"]),
        ("Australia/Sydney", ["2021-11-01T09:00+11:00", "2021-10-31T22:00"], ["2021-10-31T21:00"]),
    ],
)  # fmt: skip
def test_working_hours_are_those_of_the_zone(zone_name: str, inside: list[str], outside: list[str]) -> None:
    found = windows(
        zone(zone_name), WEEK, [(day * DAY + 9 * HOUR, day * DAY + 17 * HOUR) for day in range(5)]
    )
    assert found is not None
    for moments, expected in ((inside, 1), (outside, 0)):
        for text in moments:
            instant = to_micros(utc(text))
            assert len(list(found.within(instant, instant + 1))) == expected, text


def test_the_next_window_is_found_from_anywhere() -> None:
    monday = windows(zone("UTC"), WEEK, [(8 * HOUR, 20 * HOUR)])
    assert monday is not None

    def following(text: str) -> str:
        opens, _ = next(monday.within(to_micros(utc(text)), to_micros(utc("2017-09-01"))))
        return f"{from_micros(opens):%d %b %H:%M}"

    assert following("2017-07-20T12:00") == "24 Jul 08:00"
    assert following("2017-07-24T08:01") == "24 Jul 08:00"
    assert following("2017-07-24T20:00") == "31 Jul 08:00"

    three_days = windows(
        zone("UTC"), WEEK, [(day * DAY + 8 * HOUR, day * DAY + 20 * HOUR) for day in (0, 4, 5)]
    )
    assert three_days is not None
    opens, _ = next(three_days.within(to_micros(utc("2017-07-22T20:00")), to_micros(utc("2017-09-01"))))
    assert from_micros(opens) == utc("2017-07-24T08:00"), "from the end of Saturday's"


def test_windows_of_several_days_run_into_the_morning_after_the_last() -> None:
    nights = windows(
        zone("UTC"), WEEK, [(day * DAY + 20 * HOUR, (day + 1) * DAY + 8 * HOUR) for day in range(5)]
    )
    whole = windows(
        zone("UTC"), WEEK, [(day * DAY + 8 * HOUR, (day + 1) * DAY + 8 * HOUR) for day in range(5)]
    )
    assert nights is not None
    assert whole is not None
    saturday, monday = (to_micros(utc(f"2017-07-{day}T07:00")) for day in ("22", "24"))
    assert [len(list(nights.within(instant, instant + 1))) for instant in (saturday, monday)] == [1, 0]
    assert list(whole.within(MONDAY, MONDAY + WEEK)) == [(MONDAY + 8 * HOUR, MONDAY + 5 * DAY + 8 * HOUR)]


def test_windows_that_touch_are_one_and_a_whole_cycle_is_no_restriction() -> None:
    two_days = windows(zone("UTC"), WEEK, [(0, DAY), (DAY, 2 * DAY)])
    assert two_days is not None
    assert list(two_days.within(MONDAY, MONDAY + WEEK)) == [(MONDAY, MONDAY + 2 * DAY)]
    assert windows(zone("UTC"), DAY, [(9 * HOUR, 9 * HOUR)]) is None
    assert windows(zone("UTC"), WEEK, [(5 * DAY, 2 * DAY), (DAY, 6 * DAY)]) is None


def test_the_changes_of_a_clock_are_found() -> None:
    found = zone("Europe/Berlin").changes(to_micros(utc("2026-01-01")), to_micros(utc("2027-01-01")))
    assert [from_micros(change) for change in found] == [utc("2026-03-29T01:00"), utc("2026-10-25T01:00")]


@pytest.mark.parametrize(
    ("text", "months", "hours"),
    [
        ("PT12H", 0, 12),
        ("P1D", 0, 24),
        ("P2W", 0, 336),
        ("P1W2DT3H", 0, 219),
        ("P1M", 1, 0),
        ("P1Y2M", 14, 0),
    ],
)
def test_a_period_is_read(text: str, months: int, hours: int) -> None:
    assert (period(text).months, period(text).hours) == (months, hours)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P0D", "7D", "P1M1D", "PT30M", "P1.5D", "-P1D", "P9999D", "P6Y", "P٣D"]
)
def test_a_period_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="ISO 8601"):
        period(text)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "Europe/Berlin\0"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="time zone"):
        zone(name)


@pytest.mark.parametrize("text", ["", "8:00", "24:01", "12:60", "25:00", "12:00:30", "noon"])
def test_a_time_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="time of day"):
        time_of_day(text)


def test_a_time_of_day_is_read() -> None:
    assert [time_of_day(text) for text in ("00:00", "15:30", "15:30:00", "24:00")] == [
        0, 15 * HOUR + HOUR // 2, 15 * HOUR + HOUR // 2, 24 * HOUR,
    ]  # fmt: skip

"""Support hours: weekdays, nights, clock changes, exceptions, and when they next begin or end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.public_holidays import holidays_of, with_holidays
from tocsin.core.support_hours import (
    DAYS,
    SupportDay,
    SupportException,
    SupportHours,
    checked,
    covers,
    next_change,
)
from tocsin.kit.errors import BadInput

WORKDAYS = dict.fromkeys(DAYS[:5], SupportDay(start="08:00", end="17:00"))


def hours(
    days: Any = WORKDAYS, *exceptions: SupportException, timezone: str = "Europe/Berlin"
) -> SupportHours:
    return SupportHours(name="office", timezone=timezone, support_days=days, exceptions=exceptions)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def exception(first: str, last: str, status: Any = "OUTSIDE") -> SupportException:
    return SupportException(
        name="x", start=date.fromisoformat(first), end=date.fromisoformat(last), support_status=status
    )


@pytest.mark.parametrize(
    "moment, inside",
    [
        ("2026-03-02T06:59:59", False),  # a Monday in winter: 8:00 is 7:00 UTC
        ("2026-03-02T07:00:00", True),
        ("2026-03-02T15:59:59", True),
        ("2026-03-02T16:00:00", False),
        ("2026-03-07T10:00:00", False),  # a Saturday
        ("2026-03-30T06:00:00", True),  # the first Monday of summer time
        ("2026-03-30T05:59:59", False),
    ],
)
def test_hours_are_local(moment: str, inside: bool) -> None:
    assert covers(hours(), utc(moment)) is inside


def test_an_end_before_the_start_is_the_next_morning() -> None:
    night = hours({"SUNDAY": SupportDay(start="22:00", end="06:00")}, timezone="UTC")
    assert covers(night, utc("2026-03-01T23:00:00"))
    assert covers(night, utc("2026-03-02T05:59:00"))
    assert not covers(night, utc("2026-03-02T06:00:00"))
    assert not covers(night, utc("2026-03-01T21:59:00"))


def test_no_days_are_no_support_and_whole_days_are_all_support() -> None:
    never = hours({})
    always = hours(dict.fromkeys(DAYS, SupportDay(start="00:00", end="24:00")))
    assert (covers(never, utc("2026-03-02T10:00:00")), next_change(never, utc("2026-03-02T10:00:00"))) == (
        False,
        None,
    )
    assert (covers(always, utc("2026-03-02T10:00:00")), next_change(always, utc("2026-03-02T10:00:00"))) == (
        True,
        None,
    )


def test_exceptions_are_whole_local_days_and_the_later_one_counts() -> None:
    closed = hours(
        WORKDAYS, exception("2026-03-02", "2026-03-04"), exception("2026-03-03", "2026-03-03", "DURING")
    )
    assert not covers(closed, utc("2026-03-02T10:00:00"))
    assert covers(closed, utc("2026-03-02T23:00:00")), (
        "midnight in Berlin: the third, which is served all day"
    )
    assert not covers(closed, utc("2026-03-04T10:00:00"))
    assert covers(closed, utc("2026-03-05T10:00:00"))


@pytest.mark.parametrize(
    "after, change",
    [
        ("2026-03-02T00:00:00", "2026-03-02T07:00:00"),
        ("2026-03-02T07:00:00", "2026-03-02T16:00:00"),
        ("2026-03-06T16:00:00", "2026-03-09T07:00:00"),
        ("2026-03-27T16:30:00", "2026-03-30T06:00:00"),
    ],
)
def test_when_they_next_begin_or_end(after: str, change: str) -> None:
    assert next_change(hours(), utc(after)) == utc(change)


def test_an_exception_moves_the_next_beginning() -> None:
    closed = hours(WORKDAYS, exception("2026-03-02", "2026-03-03"))
    assert next_change(closed, utc("2026-03-01T12:00:00")) == utc("2026-03-04T07:00:00")


@pytest.mark.parametrize(
    "wrong, path",
    [
        (hours(timezone="Mars/Base"), "timezone"),
        (hours({"MONDAY": SupportDay(start="8", end="17:00")}), "supportDays.MONDAY.start"),
        (hours({"MONDAY": SupportDay(start="08:00", end="25:00")}), "supportDays.MONDAY.end"),
        (hours(WORKDAYS, exception("2026-03-02", "2026-03-01")), "exceptions.0.end"),
        (hours(WORKDAYS, exception("1066-03-02", "2026-03-01")), "exceptions.0.start"),
    ],
)
def test_what_is_wrong_is_named(wrong: SupportHours, path: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(wrong)
    assert refused.value.problems[0].path == path


TIMES = st.integers(0, 47).map(lambda half: f"{half // 2:02}:{half % 2 * 30:02}")
PLANS = st.builds(
    hours,
    st.dictionaries(st.sampled_from(DAYS), st.builds(SupportDay, start=TIMES, end=TIMES), max_size=7),
    timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
)


@given(plan=PLANS, minutes=st.integers(0, 60 * 24 * 30))
def test_nothing_changes_before_the_next_change_and_then_it_does(plan: SupportHours, minutes: int) -> None:
    start = utc("2026-03-20T00:00:00") + timedelta(minutes=minutes)
    change = next_change(plan, start)
    now = covers(plan, start)
    if change is None:
        change = start + timedelta(days=9)
        assert covers(plan, change) is now
    else:
        assert covers(plan, change) is not now
    step = (change - start) / 20
    assert all(covers(plan, start + step * n) is now for n in range(20))


def test_holidays_become_exceptions_and_what_is_there_stays() -> None:
    found = holidays_of("de", "BY", [2026])
    assert {"2026-01-01", "2026-01-06", "2026-12-25"} <= {day.start.isoformat() for day in found}
    assert "New Year's Day" in {day.name for day in found}
    own = hours(WORKDAYS, exception("2026-12-24", "2026-12-25", "DURING"))
    joined = with_holidays(own, found)
    assert len(joined.exceptions) == len(found), "the 25th is an exception already"
    assert covers(joined, utc("2026-12-25T10:00:00"))
    assert not covers(joined, utc("2026-01-06T10:00:00"))
    assert with_holidays(joined, found) == joined
    assert "Neujahr" in {day.name for day in holidays_of("DE", None, [2026], "de")}
    for country, part in (("XX", None), ("DE", "Atlantis")):
        with pytest.raises(BadInput):
            holidays_of(country, part, [2026])

"""Maintenance windows: one stretch of time, or again and again on the wall's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tocsin.core.maintenance import (
    MaintenanceWindow,
    Recurrence,
    checked,
    closes_at,
    in_force,
    next_start,
    state,
)
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(hours: float = 2, timezone: str = "Europe/Berlin", **recurrence: Any) -> MaintenanceWindow:
    """From Saturday, 28 March 2026, 1:00 in Berlin on: the night before the clocks are changed."""
    start = utc("2026-03-28T00:00:00")
    return MaintenanceWindow(
        summary="Database upgrade",
        timezone=timezone,
        start=start,
        end=start + timedelta(hours=hours),
        source_ids=(1,),
        recurrence=Recurrence(**recurrence) if recurrence else None,
    )


def test_a_window_lasts_from_its_start_to_before_its_end() -> None:
    once = window()
    assert in_force(once, utc("2026-03-27T23:59:59")) is None
    assert in_force(once, utc("2026-03-28T00:00:00")) == utc("2026-03-28T02:00:00")
    assert in_force(once, utc("2026-03-28T02:00:00")) is None
    assert state(once, utc("2026-03-27T00:00:00")) == "OPEN"
    assert state(once, utc("2026-03-28T01:00:00")) == "OPEN"
    assert state(once, utc("2026-03-28T02:00:00")) == "CLOSED"
    assert next_start(once, utc("2026-03-28T00:00:00")) is None


@pytest.mark.parametrize("recurrence", [{"every": "P1W"}, {"days": ("SATURDAY",)}])
def test_a_weekly_window_keeps_its_local_time(recurrence: dict[str, Any]) -> None:
    weekly = window(**recurrence)
    assert in_force(weekly, utc("2026-04-03T23:00:00")) == utc("2026-04-04T01:00:00"), "summer time"
    assert in_force(weekly, utc("2026-04-04T01:30:00")) is None
    assert next_start(weekly, utc("2026-03-28T00:00:00")) == utc("2026-04-03T23:00:00")
    assert in_force(weekly, utc("2026-03-21T00:30:00")) is None, "not before the first time"
    assert closes_at(weekly) is None
    assert state(weekly, utc("2036-01-01T00:00:00")) == "OPEN"


def test_several_days_of_the_week() -> None:
    nights = window(hours=24, days=("SATURDAY", "SUNDAY"), timezone="UTC")
    assert in_force(nights, utc("2026-03-29T12:00:00")) == utc("2026-03-30T00:00:00")
    assert in_force(nights, utc("2026-03-30T12:00:00")) is None
    assert next_start(nights, utc("2026-03-29T12:00:00")) == utc("2026-04-04T00:00:00")


def test_a_monthly_window_clamps_at_the_end_of_the_month() -> None:
    monthly = MaintenanceWindow(
        summary="m",
        timezone="UTC",
        start=utc("2026-01-31T02:00:00"),
        end=utc("2026-01-31T03:00:00"),
        recurrence=Recurrence(every="P1M"),
    )
    assert in_force(monthly, utc("2026-02-28T02:30:00"))
    assert in_force(monthly, utc("2026-03-31T02:30:00"))
    assert not in_force(monthly, utc("2026-03-28T02:30:00"))


def test_no_window_begins_from_until_on() -> None:
    limited = window(every="P1D", until=utc("2026-03-30T00:00:00"))
    assert in_force(limited, utc("2026-03-29T23:30:00")), "begun an hour before"
    assert in_force(limited, utc("2026-03-30T23:30:00")) is None
    assert closes_at(limited) == utc("2026-03-30T01:00:00")
    assert next_start(limited, utc("2026-03-29T23:30:00")) is None
    assert state(limited, utc("2026-03-30T01:00:00")) == "CLOSED"


@pytest.mark.parametrize(
    "wrong, path",
    [
        (window(hours=0), "end"),
        (replace(window(), source_ids=()), "alertSources"),
        (window(timezone="Mars/Base"), "timezone"),
        (window(until=utc("2026-05-01T00:00:00")), "recurrence"),
        (window(every="P1D", days=("MONDAY",)), "recurrence"),
        (window(every="weekly"), "recurrence.every"),
        (window(hours=25, every="P1D"), "end"),
        (window(hours=25, days=("MONDAY", "TUESDAY")), "end"),
    ],
)
def test_what_is_wrong_is_named(wrong: MaintenanceWindow, path: str) -> None:
    with pytest.raises(BadInput) as refused:
        checked(wrong)
    assert refused.value.problems[0].path == path


def test_a_window_of_two_days_may_come_every_week() -> None:
    weekend = window(hours=48, days=("SATURDAY",))
    assert checked(weekend) == weekend

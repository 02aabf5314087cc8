"""`on_call` and `shifts` against a model that goes minute by minute, where clocks are changed oddly."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.rotas import CHANGES, MINUTE, naive, some_rotas, utc
from tocsin.core.on_call import Roster, clipped
from tocsin.core.schedules import Shift

MINUTES = 30 * 60


@pytest.mark.parametrize(("zone_name", "change"), CHANGES)
@settings(deadline=None, max_examples=4)
@given(data=st.data(), earlier=st.integers(0, MINUTES))
def test_an_instant_a_window_and_the_model_agree_in_every_minute(
    zone_name: str, change: str, data: st.DataObject, earlier: int
) -> None:
    start = utc(change) - earlier * MINUTE
    found = data.draw(some_rotas(zone_name, start, MINUTES))
    roster, expected = Roster(found), naive(found, start, MINUTES)
    end = start + MINUTES * MINUTE
    shifts = roster.shifts(start, end)

    assert all(one.start < one.end <= two.start for one, two in pairwise(shifts))
    assert _by_minute(shifts, start) == expected
    for minute in {0, MINUTES - 1, *_edges(expected), *range(0, MINUTES, 97)}:
        now = roster.on_call(start + minute * MINUTE).user
        assert (now.id if now else None) == expected[minute]


@settings(deadline=None, max_examples=25)
@given(data=st.data(), change=st.sampled_from(CHANGES))
def test_a_shift_is_the_same_whole_shift_whichever_window_asks(
    data: st.DataObject, change: tuple[str, str]
) -> None:
    start = utc(change[1]) - timedelta(hours=15)
    roster = Roster(data.draw(some_rotas(change[0], start, MINUTES)))
    end = start + MINUTES * MINUTE
    first = start + data.draw(st.integers(0, MINUTES - 1)) * MINUTE
    last = first + data.draw(st.integers(1, MINUTES)) * MINUTE
    all_of_them = roster.shifts(start, end)

    inside = roster.shifts(first, min(last, end))
    assert inside == tuple(s for s in all_of_them if s.end > first and s.start < min(last, end))
    held = next((s for s in all_of_them if s.start <= first < s.end), None)
    assert roster.shift_at(first) == held
    gaps = roster.gaps(start, end)
    times = sorted(
        [*((g.start, g.end) for g in gaps), *((s.start, s.end) for s in clipped(all_of_them, start, end))]
    )
    assert [begins for begins, _ in times] == [start, *(ends for _, ends in times[:-1])]
    assert times[-1][1] == end


def _by_minute(shifts: tuple[Shift, ...], start: datetime) -> list[int | None]:
    found: list[int | None] = [None] * MINUTES
    for shift in shifts:
        first, last = (_minutes(moment, start) for moment in (shift.start, shift.end))
        found[max(first, 0) : min(last, MINUTES)] = [shift.user.id] * (min(last, MINUTES) - max(first, 0))
    return found


def _minutes(moment: datetime, start: datetime) -> int:
    return (moment - start) // MINUTE


def _edges(expected: list[int | None]) -> list[int]:
    changes = [n for n in range(1, MINUTES) if expected[n] != expected[n - 1]]
    return [*changes, *(n - 1 for n in changes)]

"""Silence, and the time in which we could not hear."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON
from tocsin.core.heartbeats import Beat, missed, pinged
from tocsin.kit.value import replace

BEAT = Beat(source_id=1, interval_sec=60)
LONG_AGO = NOON - timedelta(days=1)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_it_waits_for_its_first_ping() -> None:
    assert BEAT.due_at is None
    heard = pinged(BEAT, NOON)
    assert (heard.state, heard.last_ping_at, heard.due_at) == ("HEALTHY", NOON, NOON + after(60))


def test_silence_for_the_interval_is_overdue_once() -> None:
    late = missed(pinged(BEAT, NOON), NOON + after(60), LONG_AGO)
    assert (late.state, late.due_at) == ("OVERDUE", None)


def test_a_ping_ends_it() -> None:
    late = missed(pinged(BEAT, NOON), NOON + after(60), LONG_AGO)
    back = pinged(late, NOON + after(300))
    assert (back.state, back.due_at) == ("HEALTHY", NOON + after(360))


def test_a_paused_one_is_never_overdue() -> None:
    paused = replace(BEAT, active=False)
    assert pinged(paused, NOON).due_at is None
    assert missed(replace(pinged(BEAT, NOON), active=False), NOON + after(60), LONG_AGO).state == "HEALTHY"


@given(st.floats(0, 59.9), st.floats(0, 500))
def test_after_our_own_pause_it_gets_a_whole_interval(deaf_until: float, slept: float) -> None:
    """However long we slept, nobody is called overdue before we listened for an interval."""
    listening_since = NOON + after(60 + slept)
    first_look = missed(pinged(BEAT, NOON), listening_since + after(deaf_until), listening_since)
    assert (first_look.state, first_look.due_at) == ("HEALTHY", listening_since + after(60))
    assert first_look.due_at
    assert missed(first_look, first_look.due_at, listening_since).state == "OVERDUE"

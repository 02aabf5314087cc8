"""Silence, runs that fail or do not end, and the time in which we could not hear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON
from tocsin.core.heartbeats import (
    Beat,
    Plan,
    Signal,
    SignalKind,
    check,
    heard,
    missed,
    replanned,
    slug_of,
    standing,
)
from tocsin.kit.errors import BadInput
from tocsin.kit.value import replace

BEAT = Beat(source_id=1, plan=Plan(interval_sec=60))
DAILY = Beat(source_id=1, plan=Plan(interval_sec=86_400, grace_sec=3_600))
LONG_AGO = NOON - timedelta(days=1)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def pinged(beat: Beat, now: datetime, kind: SignalKind = "SUCCESS", run_id: str | None = None) -> Beat:
    return heard(beat, Signal(key="k", kind=kind, run_id=run_id), now)


def test_it_waits_for_its_first_ping() -> None:
    assert BEAT.due_at is None
    ping = pinged(BEAT, NOON)
    assert (ping.state, ping.last_ping_at, ping.due_at) == ("HEALTHY", NOON, NOON + after(60))


def test_silence_for_the_interval_is_overdue_once() -> None:
    late = missed(pinged(BEAT, NOON), NOON + after(60), LONG_AGO)
    assert (late.state, late.reason, late.due_at) == ("OVERDUE", "SILENT", None)


def test_a_ping_ends_it() -> None:
    late = missed(pinged(BEAT, NOON), NOON + after(60), LONG_AGO)
    back = pinged(late, NOON + after(300))
    assert (back.state, back.reason, back.due_at) == ("HEALTHY", "", NOON + after(360))


def test_a_paused_one_is_never_overdue() -> None:
    paused = replace(BEAT, active=False)
    assert pinged(paused, NOON).due_at is None
    assert missed(replace(pinged(BEAT, NOON), active=False), NOON + after(60), LONG_AGO).state == "HEALTHY"
    assert standing(paused, NOON) == "PAUSED"


@given(st.floats(0, 59.9), st.floats(0, 500))
def test_after_our_own_pause_it_gets_a_whole_interval(deaf_until: float, slept: float) -> None:
    """However long we slept, nobody is called overdue before we listened for an interval."""
    listening_since = NOON + after(60 + slept)
    first_look = missed(pinged(BEAT, NOON), listening_since + after(deaf_until), listening_since)
    assert (first_look.state, first_look.due_at) == ("HEALTHY", listening_since + after(60))
    assert first_look.due_at
    assert missed(first_look, first_look.due_at, listening_since).state == "OVERDUE"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "cron, zone, last, look, stands",
    [
        ("0 0 * * *", "UTC", "2000-01-01T00:00", "2000-01-01T23:59", "UP"),
        ("0 0 * * *", "UTC", "2000-01-01T00:00", "2000-01-02T00:00", "LATE"),
        ("0 0 * * *", "UTC", "2000-01-01T00:00", "2000-01-02T01:00", "DOWN"),
        ("0 10 * * *", "Australia/Brisbane", "2000-01-01T00:00", "2000-01-01T23:59", "UP"),
        ("0 10 * * *", "Australia/Brisbane", "2000-01-01T00:00", "2000-01-02T00:00", "LATE"),
        ("0 10 * * *", "Australia/Brisbane", "2000-01-01T00:00", "2000-01-02T01:00", "DOWN"),
        # In the night that has no 02:30 the job runs at 03:00; it is not skipped.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T01:30", "2026-03-29T01:59", "LATE"),
        (None, "UTC", "2000-01-01T00:00", "2000-01-02T00:30", "LATE"),
        (None, "UTC", "2000-01-01T00:00", "2000-01-03T00:00", "DOWN"),
    ],
)
def test_a_turn_is_awaited_with_grace(cron: str | None, zone: str, last: str, look: str, stands: str) -> None:
    plan = Plan(interval_sec=86_400, cron=cron, timezone=zone, grace_sec=3_600)
    beat = pinged(replace(BEAT, plan=plan), at(last))
    assert beat.due_at is not None
    if beat.due_at <= at(look):
        beat = missed(beat, at(look), at("1999-01-01T00:00"))
    assert standing(beat, at(look)) == stands


def test_a_new_one_and_a_quiet_one_stay_as_they_are() -> None:
    assert standing(DAILY, NOON) == "NEW"
    assert standing(pinged(DAILY, NOON), NOON + after(5)) == "UP"


def test_a_run_that_does_not_end_is_overdue_although_the_last_ping_is_fresh() -> None:
    beat = pinged(pinged(DAILY, NOON), NOON + after(60), "START")
    assert (beat.started_at, beat.due_at) == (NOON + after(60), NOON + after(3_660))
    assert standing(beat, NOON + after(360)) == "UP"
    late = missed(beat, NOON + after(3_660), LONG_AGO)
    assert (late.state, late.reason) == ("OVERDUE", "OVERRAN")
    assert pinged(late, NOON + after(4_000)).state == "HEALTHY"


def test_a_start_does_not_put_off_what_is_due_sooner() -> None:
    beat = pinged(pinged(BEAT, NOON), NOON + after(50), "START")
    assert beat.due_at == NOON + after(60)


def test_a_first_start_begins_the_timer() -> None:
    limited = replace(BEAT, plan=replace(BEAT.plan, max_run_sec=120))
    assert pinged(limited, NOON, "START").due_at == NOON + after(120)


def test_a_failure_is_down_at_once_and_ends_the_run() -> None:
    down = pinged(pinged(pinged(DAILY, NOON), NOON, "START", "a"), NOON + after(9), "FAIL")
    assert (down.state, down.reason, down.due_at, down.started_at) == ("OVERDUE", "FAILED", None, None)
    again = pinged(down, NOON + after(20), "START")
    assert (again.state, again.due_at) == ("OVERDUE", None)


def test_a_log_changes_nothing_but_the_count() -> None:
    beat = pinged(BEAT, NOON)
    assert pinged(beat, NOON + after(5), "LOG") == replace(beat, pings=2)


def test_a_run_is_ended_by_its_own_id_or_by_a_ping_without_one() -> None:
    running = pinged(pinged(DAILY, NOON), NOON, "START", "a")
    other = pinged(running, NOON + after(60), run_id="b")
    assert (other.started_at, other.due_at) == (NOON, NOON + after(3_600))
    assert pinged(running, NOON, run_id="a").started_at is None
    assert pinged(running, NOON).started_at is None


def test_where_only_post_counts_the_others_are_only_noted() -> None:
    strict = replace(BEAT, plan=replace(BEAT.plan, post_only=True))
    assert heard(strict, Signal(key="k", method="GET"), NOON) == replace(strict, pings=1)
    assert heard(strict, Signal(key="k", method="POST"), NOON).state == "HEALTHY"


def test_a_new_plan_gives_a_whole_turn_to_who_was_heard() -> None:
    longer = Plan(interval_sec=600)
    assert replanned(pinged(BEAT, NOON), longer, NOON + after(30), active=True).due_at == NOON + after(630)
    assert replanned(BEAT, longer, NOON, active=True).due_at is None
    assert replanned(pinged(BEAT, NOON), longer, NOON, active=False).due_at is None


@pytest.mark.parametrize(
    "plan, field",
    [
        (Plan(cron="61 * * * *"), "cron"),
        (Plan(cron="nonsense"), "cron"),
        (Plan(cron="0 0 30 2 *"), "cron"),
        (Plan(timezone="Mars/Olympus"), "timezone"),
        (Plan(timezone="../etc/passwd"), "timezone"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(plan: Plan, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(plan, NOON)
    assert refused.value.problems[0].path == field


SIGNALS = st.lists(
    st.tuples(
        st.sampled_from(["SUCCESS", "START", "FAIL", "LOG", "LOOK"]),
        st.floats(0, 5_000),
        st.sampled_from([None, "a", "b"]),
    ),
    max_size=30,
)


@given(SIGNALS)
def test_whoever_was_heard_and_is_not_down_has_a_timer(told: list[tuple[str, float, str | None]]) -> None:
    """So that no silence goes unnoticed: a timer runs, or an incident stands, or nothing was heard yet."""
    beat, now = DAILY, NOON
    for kind, seconds, run_id in told:
        now += after(seconds)
        if kind != "LOOK":
            beat = pinged(beat, now, kind, run_id)  # type: ignore[arg-type]
        elif beat.due_at and beat.due_at <= now:
            beat = missed(beat, now, LONG_AGO)
        waiting = beat.last_ping_at is None and beat.started_at is None
        assert (beat.due_at is not None) == (beat.state != "OVERDUE" and not waiting)


def test_names_become_slugs() -> None:
    assert [slug_of(name) for name in ("Nightly Backup", "db_1: dump!", "Ä")] == [
        "nightly-backup",
        "db_1-dump",
        "",
    ]

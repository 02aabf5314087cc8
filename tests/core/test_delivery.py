"""What an attempt's outcome makes of a notification."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON
from tocsin.core.delivery import (
    LEASE,
    MAX_ATTEMPTS,
    UNREPORTED,
    Failover,
    Notification,
    Outcome,
    Receipt,
    retry_seconds,
    settle,
    unreported,
)
from tocsin.kit.value import replace

SENDING = Notification(
    id=1,
    incident_id=7,
    user_id=1,
    contact_id=1,
    method="EMAIL",
    target="a@example.com",
    purpose="ALERT",
    state="SENDING",
    due_at=NOON + LEASE,
    created_at=NOON,
    attempts=1,
)


def after(outcome: Outcome, attempts: int = 1, now: datetime = NOON) -> tuple[str, bool]:
    done = settle(replace(SENDING, attempts=attempts), Receipt(outcome=outcome, answer="words"), now, 0.5)
    assert done.notification.reason == "words"
    waits = done.notification.state == "SCHEDULED"
    assert (done.notification.due_at is not None) == waits
    return done.notification.state, done.failed


@pytest.mark.parametrize(
    "outcome, attempts, then",
    [
        ("SENT", 1, ("SENT", False)),
        ("SENT", MAX_ATTEMPTS + 5, ("SENT", False)),
        ("TEMPORARY", 1, ("SCHEDULED", False)),
        ("UNKNOWN", 1, ("SCHEDULED", False)),
        ("TEMPORARY", MAX_ATTEMPTS - 1, ("SCHEDULED", False)),
        ("TEMPORARY", MAX_ATTEMPTS, ("FAILED", True)),
        ("UNKNOWN", MAX_ATTEMPTS, ("FAILED", True)),
        ("PERMANENT", 1, ("FAILED", True)),
    ],
)
def test_every_outcome(outcome: Outcome, attempts: int, then: tuple[str, bool]) -> None:
    assert after(outcome, attempts) == then


def test_what_was_sent_says_when() -> None:
    later = NOON + timedelta(seconds=3)
    assert settle(SENDING, Receipt(outcome="SENT"), later, 0).notification.sent_at == later


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_and_stay_bounded(attempts: int, unit: float) -> None:
    pause = retry_seconds(attempts, unit)
    assert 5 <= pause <= 900 * 1.25
    assert retry_seconds(attempts + 1, unit) >= pause
    assert retry_seconds(attempts, 0) <= pause


def test_a_provider_may_be_away_for_an_hour() -> None:
    """Even if every pause is as short as it may be."""
    assert sum(retry_seconds(n, 0) for n in range(1, MAX_ATTEMPTS)) >= 60 * 60


@given(st.lists(st.sampled_from(["TEMPORARY", "UNKNOWN"]), min_size=MAX_ATTEMPTS, max_size=MAX_ATTEMPTS))
def test_it_is_tried_a_bounded_number_of_times(outcomes: list[Outcome]) -> None:
    states = [after(outcome, number) for number, outcome in enumerate(outcomes, start=1)]
    assert states == [("SCHEDULED", False)] * (MAX_ATTEMPTS - 1) + [("FAILED", True)]


_REFUSED: tuple[Outcome, ...] = ("PERMANENT", "TEMPORARY")
_OTHERS: tuple[Outcome, ...] = ("UNKNOWN", "SENT")


def test_what_one_provider_refuses_or_cannot_take_goes_to_the_next_at_once() -> None:
    others = Failover(next_id=8, first_id=7)
    sent = replace(SENDING, provider_id=7)
    for outcome in _REFUSED:
        handed = settle(sent, Receipt(outcome=outcome), NOON, 0, others).notification
        assert (handed.state, handed.provider_id, handed.due_at) == ("SCHEDULED", 8, NOON)


def test_what_nobody_knows_is_sent_again_by_the_same_provider_which_can_tell_a_repetition() -> None:
    sent = replace(SENDING, provider_id=7)
    again = settle(sent, Receipt(outcome="UNKNOWN"), NOON, 0, Failover(next_id=8, first_id=7)).notification
    assert (again.state, again.provider_id) == ("SCHEDULED", 7)
    assert again.due_at
    assert again.due_at > NOON


def test_a_wrong_address_is_wrong_for_every_provider() -> None:
    sent = replace(SENDING, provider_id=7)
    gone = settle(sent, Receipt(outcome="PERMANENT", bounced=True), NOON, 0, Failover(next_id=8, first_id=7))
    assert gone.failed


def test_a_sign_of_life_settles_it_whatever_the_provider_says() -> None:
    sent = replace(SENDING, delivered_at=NOON)
    for outcome in ("PERMANENT", "TEMPORARY", "UNKNOWN", "SENT"):
        assert settle(sent, Receipt(outcome=outcome), NOON, 0).notification.state == "DELIVERED"


def test_a_report_is_awaited_where_one_was_promised() -> None:
    promised = Failover(next_id=8, first_id=7, report_within=timedelta(seconds=60))
    sent = settle(SENDING, Receipt(outcome="SENT"), NOON, 0, promised).notification
    assert sent.report_due_at == NOON + timedelta(seconds=60)
    assert unreported(sent, promised, NOON).provider_id == 8
    kept = unreported(sent, Failover(first_id=7), NOON)
    assert (kept.state, kept.report_due_at, kept.reason) == ("SENT", None, UNREPORTED)


def test_a_pause_that_the_provider_asks_for_is_kept() -> None:
    sent = replace(SENDING, provider_id=7)
    busy = Receipt(outcome="TEMPORARY", pause_seconds=600)
    again = settle(sent, busy, NOON, 0, Failover(first_id=7)).notification
    assert again.due_at == NOON + timedelta(seconds=600)

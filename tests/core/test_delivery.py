"""What an attempt's outcome makes of a notification."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON
from tocsin.core.delivery import LEASE, MAX_ATTEMPTS, Notification, Outcome, Receipt, retry_seconds, settle
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

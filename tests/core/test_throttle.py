"""How much one address may get."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.notifying import Purpose
from tocsin.core.throttle import LIMITS, Sent, Waiting, rule
from tocsin.kit.value import replace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ago(minutes: float) -> datetime:
    return NOON - timedelta(minutes=minutes)


def page(number: int = 1, **changes: Any) -> Waiting:
    plain: dict[str, Any] = {
        "incident_id": number,
        "user_id": 1,
        "contact_id": 5,
        "method": "VOICE",
        "purpose": "ALERT",
    }
    return Waiting(id=number, **{**plain, "first": False, **changes})


def calls(*minutes: float) -> list[Sent]:
    return [Sent(contact_id=5, method="VOICE", at=ago(m)) for m in minutes]


def test_a_fourth_call_waits_until_the_first_is_a_quarter_of_an_hour_old() -> None:
    ruling = rule([page()], calls(10, 5, 1), NOON)
    assert ruling.send == ()
    assert ruling.holds[0].until == ago(10) + timedelta(minutes=15)
    assert "12:05:00" in ruling.holds[0].reason


def test_a_third_call_does_not_wait() -> None:
    assert rule([page()], calls(10, 1, 16), NOON).send == (1,)


def test_the_first_page_about_an_incident_is_never_held_back() -> None:
    assert rule([page(first=True)], calls(3, 2, 1, 0.5), NOON).send == (1,)


def test_another_telephone_is_not_held_back() -> None:
    assert rule([page(contact_id=6), page(2, method="SMS")], calls(3, 2, 1), NOON).send == (1, 2)


def test_due_at_once_they_count_each_other() -> None:
    ruling = rule([page(n) for n in range(1, 6)], [], NOON)
    assert ruling.send == (1, 2, 3)
    assert [hold.id for hold in ruling.holds] == [4, 5]


def test_what_waited_together_is_told_in_one() -> None:
    ruling = rule([page(1, held=True), page(2, held=True), page(3, contact_id=6, held=True)], [], NOON)
    assert [bundle.ids for bundle in ruling.bundles] == [(1, 2)]
    assert ruling.send == (3,)


def test_a_code_that_somebody_waits_for_is_not_held_back() -> None:
    assert rule([page(purpose="VERIFICATION", incident_id=None)], calls(3, 2, 1), NOON).send == (1,)


@pytest.mark.parametrize("purpose", ["VERIFICATION", "TEST", "NOTICE"])
def test_what_was_asked_for_takes_nobodys_room(purpose: Purpose) -> None:
    asked = [replace(call, purpose=purpose) for call in calls(3, 2, 1)]
    assert rule([page()], asked, NOON).send == (1,)


def test_push_shows_the_same_once_a_minute() -> None:
    shown = [Sent(contact_id=5, method="PUSH", at=ago(0.5), content="disk full")]
    same = page(1, method="PUSH", content="disk full")
    assert [drop.id for drop in rule([same], shown, NOON).drops] == [1]
    assert rule([same], shown, NOON + timedelta(minutes=1)).send == (1,)
    assert rule([page(1, method="PUSH", content="disk emptied")], shown, NOON).send == (1,)


@given(st.lists(st.floats(0, 40), max_size=12), st.lists(st.booleans(), max_size=8))
def test_no_address_gets_more_than_its_limit_but_for_first_pages(
    before: list[float], firsts: list[bool]
) -> None:
    due = [page(n, first=first) for n, first in enumerate(firsts, 1)]
    ruling = rule(due, calls(*before), NOON)
    assert sorted([*ruling.send, *(hold.id for hold in ruling.holds)]) == [p.id for p in due]
    recent = sum(minutes < 15 for minutes in before)
    for sent in ruling.send:
        assert due[sent - 1].first or recent < LIMITS["VOICE"].count
        recent += 1
    assert all(NOON < hold.until <= NOON + timedelta(minutes=15) for hold in ruling.holds)

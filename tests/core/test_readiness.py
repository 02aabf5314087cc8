"""What is missing for a person to be told, said before an incident says it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.core.people_and_policies import NOON, contact, person, rule
from tocsin.core.people import PHONE, Contact, NotificationRule
from tocsin.core.readiness import Readiness, Trial, readiness
from tocsin.kit.value import replace

PHONE_OF = Contact(id=9, method=PHONE, target="+491701234567", verified=("SMS", "VOICE"))
RULES = [rule(1, contact_id=1), NotificationRule(id=2, kind="HIGH", method="SMS")]
WORKED = {(1, "EMAIL"): NOON}


def judged(
    test: Trial | None = None, carried: tuple[str, ...] = ("EMAIL", "SMS"), **changes: Any
) -> Readiness:
    someone = replace(person(1, [contact(1), PHONE_OF], RULES), **changes)
    return readiness(someone, carried, WORKED, test or Trial(), NOON)


def test_two_independent_kinds_that_worked_are_ready() -> None:
    assert judged().ready
    assert judged().kinds == ("MAIL", "TELEPHONE")
    assert judged().last_delivered_at == NOON


def test_text_and_call_are_one_kind() -> None:
    rules = tuple(NotificationRule(id=i, kind="HIGH", method=m) for i, m in enumerate(("SMS", "VOICE"), 1))
    assert judged(carried=("EMAIL", "SMS", "VOICE"), rules=rules).kinds == ("TELEPHONE",)


@pytest.mark.parametrize(
    ("result", "finding"),
    [
        (judged(carried=("EMAIL",)), "NO_PROVIDER"),
        (judged(carried=("EMAIL",)), "ONE_KIND"),
        (judged(carried=()), "UNREACHABLE"),
        (judged(contacts=(contact(1, "BOUNCED"),)), "UNREACHABLE"),
        (judged(contacts=(contact(1, "UNVERIFIED"), PHONE_OF)), "UNPROVEN"),
        (judged(muted_until=NOON + timedelta(hours=1)), "MUTED"),
        (judged(contacts=(replace(PHONE_OF, id=8),)), "NEVER_DELIVERED"),
        (judged(Trial(sent_at=NOON - timedelta(days=2))), "TEST_UNANSWERED"),
    ],
)
def test_what_is_missing_is_named(result: Readiness, finding: str) -> None:
    assert finding in result.findings
    assert not result.ready


def test_a_test_may_stay_unanswered_for_a_day_and_muting_hides_no_way() -> None:
    assert judged(Trial(sent_at=NOON - timedelta(hours=23))).ready
    assert judged(muted_until=NOON + timedelta(hours=1)).reachable

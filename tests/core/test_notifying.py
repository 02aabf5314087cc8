"""A person's rules become pages, or a written reason."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.people_and_policies import NOON, contact, person, rule, some_people
from tocsin.core.notifying import plan
from tocsin.core.people import Person, RuleKind


def due(someone: Person, kind: RuleKind = "HIGH") -> list[tuple[int, int]]:
    """(contact, minutes) of the pages."""
    pages = plan(someone, kind, NOON).pages
    return [(p.contact_id, (p.due_at - NOON) // timedelta(minutes=1)) for p in pages]


def silences(someone: Person, kind: RuleKind = "HIGH") -> list[str]:
    return [s.reason for s in plan(someone, kind, NOON).silences]


def test_each_rule_is_a_page_after_its_delay() -> None:
    assert due(person(1, [contact(1), contact(2)], [rule(5, delay=10, contact_id=2), rule(6)])) == [
        (1, 0),
        (2, 10),
    ]


def test_a_rule_without_an_address_takes_the_first_that_works() -> None:
    assert due(person(1, [contact(1, "BOUNCED"), contact(2, "UNVERIFIED")], [rule(5)])) == [(2, 0)]


def test_rules_for_the_same_address_at_the_same_instant_are_one_page() -> None:
    assert due(person(1, [contact(1)], [rule(5), rule(6, contact_id=1), rule(7, delay=1)])) == [
        (1, 0),
        (1, 1),
    ]


def test_rules_that_all_lead_nowhere_fall_back_to_every_address() -> None:
    someone = person(1, [contact(1, "BOUNCED"), contact(2), contact(3)], [rule(5, delay=30, contact_id=1)])
    assert due(someone) == [(2, 0), (3, 0)]
    assert silences(someone) == ["CONTACT_UNUSABLE"]


def test_one_dead_rule_does_not_hurry_the_others() -> None:
    someone = person(
        1, [contact(1, "BOUNCED"), contact(2)], [rule(5, contact_id=1), rule(6, delay=9, contact_id=2)]
    )
    assert due(someone) == [(2, 9)]
    assert silences(someone) == ["CONTACT_UNUSABLE"]


def test_no_rules_for_high_priority_mean_everywhere_at_once() -> None:
    assert due(person(1, [contact(1), contact(2)], [])) == [(1, 0), (2, 0)]


def test_no_rules_for_low_priority_are_a_choice() -> None:
    planned = plan(person(1, rules=[rule(1)]), "LOW", NOON)
    assert planned.chosen_silence
    assert not planned.pages


def test_nobody_chooses_silence_by_having_no_address() -> None:
    planned = plan(person(1, [], [rule(1, "LOW")]), "LOW", NOON)
    assert [s.reason for s in planned.silences] == ["NO_CONTACT"]
    assert not planned.chosen_silence


@settings(deadline=None)
@given(some_people(), st.sampled_from(["HIGH", "LOW"]))
def test_a_page_or_a_reason_and_only_to_addresses_that_work(
    people: dict[int, Person], kind: RuleKind
) -> None:
    for someone in people.values():
        planned = plan(someone, kind, NOON)
        assert planned.pages or planned.silences
        usable = {c.id for c in someone.contacts if c.state in {"OK", "UNVERIFIED"}}
        assert {p.contact_id for p in planned.pages} <= usable
        if kind == "HIGH":
            assert bool(planned.pages) == bool(usable)
        assert len({p.rule for p in planned.pages}) == len(planned.pages)
        assert len({(p.contact_id, p.due_at) for p in planned.pages}) == len(planned.pages)
        for page in planned.pages:
            wanted = next(c for c in someone.contacts if c.id == page.contact_id)
            assert (page.target, page.unverified) == (wanted.target, wanted.state == "UNVERIFIED")

"""The stored form of an escalation policy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.escalation import next_place
from tocsin.core.incidents import Escalation
from tocsin.core.policies import EscalationPolicy, EscalationRule, UserRef, normalised
from tocsin.kit.errors import BadInput
from tocsin.kit.value import decode, encode, replace

refs = st.builds(UserRef, id=st.integers(1, 4), email=st.none() | st.just("x@example.com"))
rules = st.builds(
    EscalationRule,
    user=st.none() | refs,
    users=st.lists(refs, max_size=4).map(tuple),
    escalation_timeout=st.integers(0, 60),
)
policies = st.builds(
    EscalationPolicy,
    id=st.just(1),
    name=st.just("p"),
    escalation_rules=st.lists(rules, min_size=1, max_size=4).map(tuple),
    repeating=st.booleans(),
    frequency=st.integers(1, 9),
    delay_min=st.integers(0, 60),
    routing_key=st.none() | st.just("db"),
)


@given(policies)
def test_the_stored_form_names_the_same_people_and_nothing_else(policy: EscalationPolicy) -> None:
    stored = normalised(policy)
    assert [r.user_ids for r in stored.escalation_rules] == [r.user_ids for r in policy.escalation_rules]
    for rule, given_ in zip(stored.escalation_rules, policy.escalation_rules, strict=True):
        assert rule.user is None
        assert all(ref == UserRef(id=ref.id) for ref in rule.users)
        assert len({ref.id for ref in rule.users}) == len(rule.users)
        assert rule.escalation_timeout == given_.escalation_timeout
    assert normalised(stored) == stored
    assert replace(stored, escalation_rules=()) == replace(policy, escalation_rules=())


@given(policies)
def test_the_places_of_a_policy_are_its_passes_over_its_rules(policy: EscalationPolicy) -> None:
    place: Escalation | None = Escalation(policy_id=1, policy_version=1)
    walked = []
    while place and (following := next_place(place, policy)):
        walked.append(following)
        place = replace(place, cycle=following[0], level=following[1])
    passes = 1 + policy.frequency if policy.repeating else 1
    assert walked == [(c, n) for c in range(passes) for n in range(len(policy.escalation_rules))]


@given(policies)
def test_a_policy_survives_the_wire(policy: EscalationPolicy) -> None:
    assert decode(EscalationPolicy, encode(EscalationPolicy, policy)) == policy


@pytest.mark.parametrize(
    "change, path",
    [
        ({"escalationRules": []}, "escalationRules"),
        ({"frequency": 0}, "frequency"),
        ({"frequency": 10}, "frequency"),
        ({"delayMin": 61}, "delayMin"),
        ({"name": ""}, "name"),
        ({"escalationRules": [{"escalationTimeout": -1}]}, "escalationRules.0.escalationTimeout"),
        ({"escalationRules": [{"users": [{"id": "x"}]}]}, "escalationRules.0.users.0.id"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(change: dict[str, object], path: str) -> None:
    good = {"name": "p", "escalationRules": [{"users": [{"id": 1}], "escalationTimeout": 5}]}
    assert decode(EscalationPolicy, good).escalation_rules[0].user_ids == (1,)
    with pytest.raises(BadInput) as refused:
        decode(EscalationPolicy, {**good, **change})
    assert refused.value.problems[0].path == path

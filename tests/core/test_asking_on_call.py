"""Levels that ask schedules: who is on call at that moment, and what happens when nobody is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.core.people_and_policies import NOON, around, incident, person, team, unreachable
from tests.core.rotas import absence, layer, rota
from tocsin.core.escalation import decide
from tocsin.core.explain import explain
from tocsin.core.incidents import Decision, Fire, Log, Send, Surroundings
from tocsin.core.levels import user_ids
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef, normalised
from tocsin.core.schedules import Rota
from tocsin.core.sentences import next_step
from tocsin.core.teams import Team
from tocsin.core.words import log_text
from tocsin.kit.value import replace

MINUTE = timedelta(minutes=1)
ANN, BO, CY = person(1), person(2), person(3)
TURNS = rota(layer(1, 2, starts=NOON - 55 * MINUTE, rotation="PT1H"))
"""Ann until five past noon, then Bo for an hour."""
ENDED = rota(layer(1, starts=NOON - 55 * MINUTE, rotation="PT1H", ends_on=NOON))


def asks(*users: int, schedules: tuple[int, ...] = (), **more: Any) -> EscalationRule:
    return EscalationRule(
        users=tuple(UserRef(id=i) for i in users),
        schedules=tuple(Ref(id=i) for i in schedules),
        escalation_timeout=10,
        **more,
    )


def policy(*rules: EscalationRule, **more: Any) -> EscalationPolicy:
    return EscalationPolicy(id=1, name="p", escalation_rules=rules, **more)


def given(rules: EscalationPolicy, rotas: dict[int, Rota] | None = None, **more: Any) -> Surroundings:
    return replace(around(rules, ANN, BO, CY), rotas=rotas or {}, **more)


def fired(found: Surroundings, minutes: int = 0) -> Decision:
    return decide(incident(), Fire(), NOON + minutes * MINUTE, found)


def told(decision: Decision) -> list[tuple[int, int]]:
    """(level, user) of the pages."""
    return [(e.level, e.page.user_id) for e in decision.effects if isinstance(e, Send)]


def logs(decision: Decision) -> list[str]:
    names = {1: "Ann", 2: "Bo", 3: "Cy"}
    return [log_text(e.type, e.by, e.vars, names) for e in decision.effects if isinstance(e, Log)]


@pytest.mark.parametrize(("minutes", "user"), [(0, 1), (4, 1), (5, 2)])
def test_a_schedule_is_asked_for_who_is_on_call_at_that_moment(minutes: int, user: int) -> None:
    decision = fired(given(policy(asks(schedules=(7,))), {7: TURNS}), minutes)
    assert told(decision) == [(0, user)]
    (assigned,) = [e for e in decision.effects if isinstance(e, Log)]
    assert assigned.vars["schedules"] == {str(user): "s"}


def test_everybody_of_a_level_is_told_at_once_and_each_once() -> None:
    decision = fired(given(policy(asks(3, 1, schedules=(7, 8))), {7: TURNS, 8: TURNS}), 5)
    assert told(decision) == [(0, 3), (0, 1), (0, 2)]


def test_a_gap_is_passed_at_once_and_said() -> None:
    decision = fired(given(policy(asks(schedules=(7,)), asks(2)), {7: ENDED}))
    assert told(decision) == [(1, 2)]
    assert logs(decision) == [
        "Level 1: nobody is on call by s",
        "Level 1 reached nobody",
        "Level 2: assigned to Bo",
    ]
    assert decision.incident.escalation.due_at == NOON + 10 * MINUTE


def test_one_schedule_with_a_gap_does_not_stop_the_others() -> None:
    decision = fired(given(policy(asks(schedules=(7, 8))), {7: ENDED, 8: TURNS}))
    assert told(decision) == [(0, 1)]
    assert "Level 1: nobody is on call by s" in logs(decision)


def test_a_broken_and_a_deleted_schedule_are_gaps_with_a_reason() -> None:
    broken = replace(TURNS, schedule=replace(TURNS.schedule, name="nights", timezone="Mars/Olympus"))
    decision = fired(given(policy(asks(schedules=(7, 9)), asks(2)), {7: broken}))
    assert told(decision) == [(1, 2)]
    first, second = logs(decision)[:2]
    assert first.startswith("Level 1: nobody is on call by nights: the schedule cannot be read (")
    assert second == "Level 1: nobody is on call by #9: the schedule was deleted"


def test_somebody_absent_is_passed_over_by_name_and_by_schedule() -> None:
    away = (absence(1, NOON, NOON + 60 * MINUTE),)
    decision = fired(
        given(policy(asks(1, schedules=(7,)), asks(3)), {7: replace(TURNS, absences=away)}, absences=away)
    )
    assert told(decision) == [(1, 3)]
    assert logs(decision)[:3] == [
        "Ann was not told: is absent",
        "Ann was not told: is absent (s)",
        "Level 1: nobody is on call by s",
    ]


def test_when_nobody_is_on_call_anywhere_the_fallback_is_told() -> None:
    decision = fired(given(policy(asks(schedules=(7,))), {7: ENDED}, fallback=(3,)))
    assert told(decision) == [(0, 3)]
    assert logs(decision)[-1] == "Nobody of the policy could be told, so the fallback was: Cy"


# Round robin.


def test_with_round_robin_incidents_go_to_one_after_the_other() -> None:
    found = given(policy(asks(1, 2, schedules=(7,), round_robin=True)), {7: rota(layer(3, starts=NOON))})
    assert [told(fired(replace(found, turn=turn))) for turn in range(4)] == [
        [(0, 1)],
        [(0, 2)],
        [(0, 3)],
        [(0, 1)],
    ]


def test_whose_turn_it_is_but_who_cannot_be_told_is_passed_over() -> None:
    found = around(policy(asks(1, 3, 2, round_robin=True)), ANN, unreachable(3), BO)
    decision = fired(replace(found, turn=1))
    assert told(decision) == [(0, 2)]
    assert [e.vars["userId"] for e in decision.effects if isinstance(e, Log) and e.type == "NotTold"] == [3]


def test_a_second_pass_asks_the_next_one() -> None:
    found = given(policy(asks(1, 2, round_robin=True), repeating=True))
    pages = explain(replace(found, turn=5), NOON).pages
    assert [(page.cycle, page.user_id) for page in pages] == [(1, 2), (2, 1)]


# Teams.


def in_team(*teams: int, **more: Any) -> EscalationRule:
    return replace(asks(**more), teams=tuple(Ref(id=i) for i in teams))


def test_everybody_of_a_team_who_can_be_paged_is_told_at_once() -> None:
    onlooker = person(5)
    watching = replace(person(6), role="STAKEHOLDER")
    found = replace(
        around(policy(in_team(1), asks(3)), ANN, BO, CY, onlooker, watching),
        teams={1: team(1, 1, 2, 6, 99, watching=(5,))},
    )
    decision = fired(found)
    assert told(decision) == [(0, 1), (0, 2)]
    assert logs(decision) == ["Level 1: assigned to Ann, Bo"]
    assert [(p.user_id, p.team) for p in explain(found, NOON).pages] == [(1, "T1"), (2, "T1"), (3, None)]


def test_who_is_away_is_passed_over_and_said_and_told_once_though_named_twice() -> None:
    away = absence(2, NOON - MINUTE, NOON + MINUTE)
    rules = policy(replace(in_team(1), users=(UserRef(id=1),)))
    decision = fired(given(rules, teams={1: team(1, 1, 2)}, absences=(away,)))
    assert told(decision) == [(0, 1)]
    assert logs(decision) == ["Level 1: assigned to Ann", "Bo was not told: is absent"]


@pytest.mark.parametrize("members", [{}, {1: team(1)}, {1: team(1, 99, watching=(1,))}])
def test_a_team_in_which_nobody_can_be_asked_is_passed_like_a_gap(members: dict[int, Team]) -> None:
    found = given(policy(in_team(1), asks(2)), teams=members)
    decision = fired(found)
    assert told(decision) == [(1, 2)]
    name = "T1" if members else "#1"
    assert logs(decision)[:2] == [
        f"Level 1: the team {name} has nobody who can be asked",
        "Level 1 reached nobody",
    ]
    first = explain(found, NOON).silences[0]
    assert (first.level, first.team, first.reason) == (1, name, "NobodyInTeam")


def test_a_team_without_addresses_is_passed_too() -> None:
    found = replace(around(policy(in_team(1), asks(2)), unreachable(4), BO), teams={1: team(1, 4)})
    assert told(fired(found)) == [(1, 2)]


def test_members_of_a_team_take_turns_incident_by_incident() -> None:
    found = given(policy(in_team(1, round_robin=True)), teams={1: team(1, 1, 2, 3)})
    assert [user_ids(found.policy.escalation_rules[0], found, NOON, turn) for turn in range(4)] == [
        (1,),
        (2,),
        (3,),
        (1,),
    ]


# The end.


def test_the_last_resort_is_told_when_the_policy_ends_and_nobody_accepted() -> None:
    found = given(policy(asks(1), last_resort=(UserRef(id=1), UserRef(id=3))), fallback=(2,))
    last = decide(fired(found).incident, Fire(), NOON + 10 * MINUTE, replace(found, reached=True))
    assert told(last) == [(0, 1), (0, 3)]
    assert logs(last) == [
        "The escalation policy has ended and nobody accepted",
        "Nobody accepted, so the policy's last resort was told: Ann, Cy",
    ]


def test_a_last_resort_out_of_reach_leaves_it_to_the_fallback() -> None:
    rules = policy(asks(schedules=(7,)), last_resort=(UserRef(id=4),))
    found = replace(around(rules, unreachable(4), BO, fallback=[2]), rotas={7: ENDED})
    assert told(fired(found)) == [(0, 2)]


# What is foretold.


def test_a_later_level_is_explained_with_who_is_on_call_then() -> None:
    told_of = explain(given(policy(asks(schedules=(7,)), asks(schedules=(7, 8))), {7: TURNS, 8: ENDED}), NOON)
    assert [(p.level, p.user_id, p.schedule) for p in told_of.pages] == [(1, 1, "s"), (2, 2, "s")]
    assert [(s.level, s.schedule, s.reason) for s in told_of.silences] == [(2, "s", "NobodyOnCall")]


def test_the_sentence_about_what_comes_next_names_who_is_on_call_then() -> None:
    found = given(policy(asks(3), asks(schedules=(7,))), {7: TURNS})
    waiting = fired(found).incident
    assert "level 2 (P2)" in next_step(waiting, found, NOON)
    assert user_ids(found.policy.escalation_rules[1], found, NOON) == (1,)


def test_a_policy_is_stored_by_ids_with_both_forms_of_a_target_joined() -> None:
    sent = policy(
        EscalationRule(schedule=Ref(id=7, name="x"), schedules=(Ref(id=8), Ref(id=7)), round_robin=True),
        asks(1),
        last_resort=(UserRef(id=3, username="cy"), UserRef(id=3)),
    )
    stored = normalised(sent)
    assert stored.escalation_rules[0] == EscalationRule(schedules=(Ref(id=7), Ref(id=8)), round_robin=True)
    assert (stored.schedule_ids, stored.user_ids, stored.last_resort) == ((7, 8), (1, 3), (UserRef(id=3),))

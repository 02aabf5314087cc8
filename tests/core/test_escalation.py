"""How an incident climbs: which step every state allows, and that no step is ever silent."""

from __future__ import annotations

import copy
from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.people_and_policies import (
    NOON,
    TOOL,
    around,
    by,
    contact,
    incident,
    paged,
    person,
    policy,
    rule,
    some_surroundings,
    unreachable,
)
from tocsin.core.escalation import decide
from tocsin.core.incidents import (
    Accept,
    AskToo,
    AssignToPolicy,
    AssignToUser,
    Command,
    Decision,
    Escalate,
    Fire,
    HoursChanged,
    Incident,
    Log,
    Phase,
    Raise,
    Remark,
    Resolve,
    Send,
    Supersede,
    Surroundings,
    Unreached,
)
from tocsin.core.on_call import on_call
from tocsin.core.people import SYSTEM
from tocsin.core.policies import EscalationRule
from tocsin.core.schedules import BrokenSchedule
from tocsin.kit.errors import Refused
from tocsin.kit.value import replace

ANN, BO, CY = person(1), person(2), person(3)
TWO = around(policy([1], [2]), ANN, BO, CY)
PENDING = incident(phase="CLIMBING", level=0)
ENDED = incident(phase="ENDED", level=1, due_at=None)
ACCEPTED = replace(incident("ACCEPTED", "HELD", level=0, due_at=None), accepted_by=1, accepted_by_type="USER")
RESOLVED = incident("RESOLVED", "HELD", level=0, due_at=None)
LOW = incident(phase="LOW", level=0, priority="LOW", due_at=None)
LOW_ACCEPTED = replace(ACCEPTED, priority="LOW")
OTHER = replace(policy([3]), id=2)


def pages(decision: Decision, purpose: str = "ALERT") -> list[tuple[int, int]]:
    """(user, level) of the pages."""
    sent = [e for e in decision.effects if isinstance(e, Send)]
    return [(e.page.user_id, e.level) for e in sent if e.page.purpose == purpose]


def logged(decision: Decision) -> list[str]:
    return [e.type for e in decision.effects if isinstance(e, Log)]


# --- The table: a state, a command, and the status, phase and generations that follow ------------

TABLE: list[tuple[Incident, Command, tuple[str, Phase, int] | str]] = [
    (incident(), Fire(), ("PENDING", "CLIMBING", 0)),
    (PENDING, Fire(), ("PENDING", "CLIMBING", 0)),
    (incident(phase="CLIMBING", level=1), Fire(), ("PENDING", "ENDED", 0)),
    (ACCEPTED, Fire(), ("ACCEPTED", "HELD", 0)),
    (RESOLVED, Fire(), ("RESOLVED", "HELD", 0)),
    (incident(priority="LOW"), Fire(), ("PENDING", "LOW", 0)),
    (LOW, HoursChanged(), ("PENDING", "WAITING", 1)),
    (PENDING, HoursChanged(), ("PENDING", "CLIMBING", 0)),
    (LOW_ACCEPTED, HoursChanged(), ("ACCEPTED", "HELD", 0)),
    (RESOLVED, HoursChanged(), ("RESOLVED", "HELD", 0)),
    (PENDING, Accept(by=by(ANN)), ("ACCEPTED", "HELD", 0)),
    (PENDING, Accept(by=TOOL), ("ACCEPTED", "HELD", 0)),
    (ENDED, Accept(by=by(CY)), ("ACCEPTED", "HELD", 0)),
    (LOW, Accept(by=by(ANN)), ("ACCEPTED", "HELD", 0)),
    (ACCEPTED, Accept(by=by(BO)), "ALREADY_ACCEPTED"),
    (RESOLVED, Accept(by=by(BO)), "ALREADY_RESOLVED"),
    (PENDING, Resolve(by=by(ANN)), ("RESOLVED", "HELD", 0)),
    (ACCEPTED, Resolve(by=SYSTEM), ("RESOLVED", "HELD", 0)),
    (ENDED, Resolve(by=TOOL), ("RESOLVED", "HELD", 0)),
    (RESOLVED, Resolve(by=by(ANN)), "ALREADY_RESOLVED"),
    (PENDING, Escalate(by=by(ANN)), ("PENDING", "CLIMBING", 1)),
    (ACCEPTED, Escalate(by=by(ANN)), ("PENDING", "CLIMBING", 1)),
    (ENDED, Escalate(by=by(ANN)), ("PENDING", "CLIMBING", 1)),
    (PENDING, Escalate(by=by(ANN), level=0), ("PENDING", "CLIMBING", 1)),
    (PENDING, Escalate(by=by(ANN), level=2), "NO_SUCH_LEVEL"),
    (PENDING, Escalate(by=by(ANN), level=-1), "NO_SUCH_LEVEL"),
    (RESOLVED, Escalate(by=by(ANN)), "ALREADY_RESOLVED"),
    (PENDING, AssignToUser(by=by(ANN), user_id=3), ("PENDING", "ASSIGNED", 1)),
    (ACCEPTED, AssignToUser(by=by(ANN), user_id=3), ("PENDING", "ASSIGNED", 1)),
    (RESOLVED, AssignToUser(by=by(ANN), user_id=3), "ALREADY_RESOLVED"),
    (PENDING, AssignToPolicy(by=by(ANN), policy=OTHER), ("PENDING", "WAITING", 1)),
    (ACCEPTED, AssignToPolicy(by=TOOL, policy=OTHER), ("PENDING", "WAITING", 1)),
    (RESOLVED, AssignToPolicy(by=TOOL, policy=OTHER), "ALREADY_RESOLVED"),
    (PENDING, AskToo(by=by(ANN), user_id=3), ("PENDING", "CLIMBING", 0)),
    (RESOLVED, AskToo(by=by(ANN), user_id=3), "ALREADY_RESOLVED"),
    (LOW, Raise(by=by(ANN)), ("PENDING", "WAITING", 1)),
    (LOW_ACCEPTED, Raise(by=SYSTEM), ("ACCEPTED", "HELD", 0)),
    (PENDING, Raise(by=by(ANN)), "ALREADY_HIGH"),
    (RESOLVED, Raise(by=by(ANN)), "ALREADY_RESOLVED"),
    (PENDING, Unreached(reason="bounced"), ("PENDING", "CLIMBING", 0)),
    (ACCEPTED, Unreached(reason="bounced"), ("ACCEPTED", "HELD", 0)),
    (RESOLVED, Unreached(reason="bounced"), ("RESOLVED", "HELD", 0)),
    (LOW, Unreached(reason="bounced"), ("PENDING", "LOW", 0)),
    (ENDED, Unreached(reason="bounced"), ("PENDING", "ENDED", 0)),
    (RESOLVED, Remark(by=by(ANN), text="it was the fan"), ("RESOLVED", "HELD", 0)),
]


@pytest.mark.parametrize(
    "before, command, then", TABLE, ids=[f"{b.status}-{b.escalation.phase}-{c!r:.40}" for b, c, _ in TABLE]
)
def test_what_each_state_makes_of_each_command(
    before: Incident, command: Command, then: tuple[str, Phase, int] | str
) -> None:
    untouched = copy.deepcopy(before)
    if isinstance(then, str):
        with pytest.raises(Refused) as refused:
            decide(before, command, NOON, TWO)
        assert refused.value.code == then
    else:
        after = decide(before, command, NOON, TWO).incident
        assert (after.status, after.escalation.phase, after.escalation.generation) == then
        waits = after.escalation.phase in {"WAITING", "CLIMBING"}
        assert (after.escalation.due_at is not None) == waits
    assert before == untouched


def test_the_only_level_cannot_be_escalated_from() -> None:
    with pytest.raises(Refused) as refused:
        decide(PENDING, Escalate(by=by(ANN)), NOON, around(policy([1]), ANN))
    assert refused.value.code == "NO_NEXT_LEVEL"


# --- Climbing ------------------------------------------------------------------------------------


def climb(surroundings: Surroundings, priority: str = "HIGH") -> list[tuple[int, Decision]]:
    """(minutes since noon, decision) of every step of an incident that nobody answers."""
    steps: list[tuple[int, Decision]] = []
    current = incident(priority=priority)  # type: ignore[arg-type]
    told = False
    while (due := current.escalation.due_at) is not None:
        assert len(steps) < 500, "it climbs for ever"
        decision = decide(current, Fire(), due, replace(surroundings, reached=told))
        told = told or bool(pages(decision))
        steps.append(((due - NOON) // timedelta(minutes=1), decision))
        current = decision.incident
    return steps


def test_levels_are_asked_in_turn_each_with_its_time() -> None:
    asked = [(minute, pages(d)) for minute, d in climb(around(policy([1], [2, 3], minutes=10), ANN, BO, CY))]
    assert asked == [(0, [(1, 0)]), (10, [(2, 1), (3, 1)]), (20, [])]


@pytest.mark.parametrize("passes", [1, 2, 4])
def test_a_policy_is_run_once_and_then_as_often_as_it_repeats(passes: int) -> None:
    asked = [page for _, d in climb(around(policy([1], [2], passes=passes), ANN, BO)) for page in pages(d)]
    assert asked == [(1, 0), (2, 1)] * passes


def test_low_priority_asks_the_first_level_and_stays_there() -> None:
    steps = climb(TWO, "LOW")
    assert [pages(d) for _, d in steps] == [[(1, 0)]]
    assert steps[0][1].incident.escalation.phase == "LOW"


def test_a_level_that_reaches_nobody_is_passed_over_at_once_and_the_log_says_why() -> None:
    decision = decide(incident(), Fire(), NOON, around(policy([1], [2]), unreachable(1), BO))
    assert pages(decision) == [(2, 1)]
    why = [(e.type, e.vars.get("reason"), e.vars["level"]) for e in decision.effects if isinstance(e, Log)]
    assert why[:2] == [("NotTold", "CONTACT_UNUSABLE", 1), ("LevelReachedNobody", None, 1)]
    assert decision.incident.escalation.due_at == NOON + timedelta(minutes=5)


def test_a_user_who_was_deleted_is_passed_over_with_a_line_and_the_others_are_told() -> None:
    first = decide(incident(), Fire(), NOON, around(policy([99, 2], [99]), BO))
    assert pages(first) == [(2, 0)]
    assert [
        (e.vars["userId"], e.vars["reason"])
        for e in first.effects
        if isinstance(e, Log) and e.type == "NotTold"
    ] == [(99, "USER_MISSING")]
    onward = decide(
        first.incident, Escalate(by=by(BO)), NOON, around(policy([99, 2], [99]), BO, fallback=[2])
    )
    assert logged(onward)[-3:] == ["LevelReachedNobody", "EscalationEnded", "FallbackTold"]


def test_a_policy_that_reaches_nobody_tells_the_fallback_everywhere() -> None:
    fallback = person(3, contacts=[contact(30), contact(31, "UNVERIFIED"), contact(32, "BOUNCED")])
    decision = decide(
        incident(), Fire(), NOON, around(policy([1], [99]), unreachable(1), fallback, fallback=[3])
    )
    assert [e.page.contact_id for e in decision.effects if isinstance(e, Send)] == [30, 31]
    assert pages(decision, "FALLBACK") == [(3, 1), (3, 1)]
    assert logged(decision)[-2:] == ["EscalationEnded", "FallbackTold"]


def test_where_the_fallback_fails_too_the_log_says_that_nobody_was_told() -> None:
    decision = decide(incident(), Fire(), NOON, around(policy([1]), unreachable(1), fallback=[1]))
    assert logged(decision)[-2:] == ["EscalationEnded", "NobodyTold"]


def test_news_of_an_escalation_is_no_page_for_it() -> None:
    """Ann hears that it was escalated; the policy reaches nobody all the same, so the fallback is told."""
    ann = person(1, updates=("ESCALATED",))
    nobody = around(policy([2], [3]), ann, unreachable(2), unreachable(3), fallback=[1], paged=(paged(ann),))
    decision = decide(ENDED, Escalate(by=TOOL), NOON, nobody)
    assert [user for user, _ in pages(decision, "ESCALATED")] == [1]
    assert [user for user, _ in pages(decision, "FALLBACK")] == [1]


def test_all_pages_of_a_level_failed_the_next_is_asked_at_once() -> None:
    decision = decide(PENDING, Unreached(reason="550 unknown"), NOON, replace(TWO, reached=False))
    assert pages(decision) == [(2, 1)]
    first = decision.effects[0]
    assert isinstance(first, Log)
    assert (first.type, first.vars["reason"], first.vars["level"]) == ("LevelReachedNobody", "550 unknown", 1)


@pytest.mark.parametrize("reached, replaced", [(True, [(1, 2)]), (False, [])])
def test_asking_somebody_again_replaces_what_may_still_wait_for_them(
    reached: bool, replaced: list[tuple[int, ...]]
) -> None:
    before = replace(around(policy([1], [1, 2]), ANN, BO), reached=reached)
    decision = decide(PENDING, Fire(), NOON, before)
    assert [e.user_ids for e in decision.effects if isinstance(e, Supersede)] == replaced


def expected_of(asked: EscalationRule, surroundings: Surroundings, now: datetime) -> tuple[set[int], int]:
    """Everybody whom a level must tell or account for, and how many of its schedules and teams have nobody."""
    users, empty = set(asked.user_ids), 0
    for team_id in asked.team_ids:
        members = {
            member.user.id
            for member in surroundings.teams[team_id].members
            if member.role != "STAKEHOLDER" and member.user.id in surroundings.people
        }
        users |= members
        empty += not members
    for schedule_id in asked.schedule_ids:
        try:
            found = on_call(surroundings.rotas[schedule_id], now)
        except (KeyError, BrokenSchedule):
            empty += 1
        else:
            users |= {*found.absent, *([found.user.id] if found.user else [])}
            empty += found.user is None
    return users, empty


@settings(deadline=None, max_examples=70)
@given(some_surroundings(), st.sampled_from(["HIGH", "LOW"]))
def test_never_silent(surroundings: Surroundings, priority: str) -> None:
    """Everybody whom a level names is paged or named with a reason; if nobody is paged, that is said too."""
    steps = climb(surroundings, priority)
    told: set[int] = set()
    for minute, decision in steps:
        now = NOON + timedelta(minutes=minute)
        accounted: dict[tuple[int, int], set[int]] = {}
        gaps: Counter[int] = Counter()
        for e in decision.effects:
            if isinstance(e, Send) and e.page.purpose == "ALERT" and "last resort" not in e.page.rule:
                accounted.setdefault((e.cycle, e.level), set()).add(e.page.user_id)
            elif isinstance(e, Log) and e.type == "NotTold":
                assert e.vars["reason"]
                place = (int(e.vars["cycle"]) - 1, int(e.vars["level"]) - 1)
                accounted.setdefault(place, set()).add(int(e.vars["userId"]))
            elif isinstance(e, Log) and e.type in ("NobodyOnCall", "NobodyInTeam"):
                gaps[int(e.vars["level"]) - 1] += 1
        for (_, level), users in accounted.items():
            asked = surroundings.policy.escalation_rules[level]
            expected, empty = expected_of(asked, surroundings, now)
            if asked.round_robin:
                assert users
                assert users <= expected
            else:
                assert users == expected
                assert gaps[level] == empty
        told.update(user for purpose in ("ALERT", "FALLBACK") for user, _ in pages(decision, purpose))
    last = steps[-1][1]
    chosen = any(
        isinstance(e, Log) and e.vars.get("reason") == "NO_RULE_CHOSEN" for _, d in steps for e in d.effects
    )
    assert told or chosen or "NobodyTold" in logged(last)
    if not told and not chosen:
        reachable = [
            i for i in surroundings.fallback if any(c.usable for c in surroundings.people[i].contacts)
        ]
        assert not reachable


@settings(deadline=None, max_examples=50)
@given(some_surroundings())
def test_no_two_pages_have_the_same_key(surroundings: Surroundings) -> None:
    """The ledger's key is (generation, cycle, level, user, rule, purpose): a step would fail on a second one."""
    current, told, keys = incident(), False, []
    for _ in range(25):
        due = current.escalation.due_at
        command: Command = Fire() if due else Escalate(by=TOOL, level=0)
        decision = decide(current, command, due or NOON, replace(surroundings, reached=told))
        sends = [e for e in decision.effects if isinstance(e, Send)]
        keys += [(e.generation, e.cycle, e.level, e.page.user_id, e.page.rule, e.page.purpose) for e in sends]
        told = told or bool(sends)
        current = decision.incident
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("user_id", [1, 3])
def test_asking_somebody_too_who_was_asked_already(user_id: int) -> None:
    keys, current = [], incident()
    too = AskToo(by=TOOL, user_id=user_id)
    commands: tuple[Command, ...] = (Fire(), too, too)
    for seconds, command in enumerate(commands):
        decision = decide(current, command, NOON + timedelta(seconds=seconds), replace(TWO, reached=True))
        sends = [e for e in decision.effects if isinstance(e, Send)]
        keys += [(e.generation, e.cycle, e.level, e.page.user_id, e.page.rule, e.page.purpose) for e in sends]
        current = decision.incident
    assert len(keys) == len(set(keys))


# --- Answers -------------------------------------------------------------------------------------


def test_accepting_stops_what_waits_and_names_who_has_it() -> None:
    decision = decide(PENDING, Accept(by=by(CY)), NOON, TWO)
    after = decision.incident
    assert (after.accepted_by, after.accepted_by_type, after.assigned_to, after.accepted_at) == (
        3,
        "USER",
        3,
        NOON,
    )
    assert [e.user_ids for e in decision.effects if isinstance(e, Supersede)] == [None]


def test_a_tool_that_accepts_owns_nothing() -> None:
    before = replace(PENDING, assigned_to=1)
    after = decide(before, Accept(by=TOOL), NOON, TWO).incident
    assert (after.accepted_by, after.accepted_by_type, after.assigned_to) == (None, "SOURCE", 1)


def test_the_end_is_told_to_all_who_were_paged_but_for_who_brought_it() -> None:
    told = replace(TWO, paged=(paged(ANN), paged(BO), paged(CY)))
    assert [u for u, _ in pages(decide(PENDING, Resolve(by=by(BO)), NOON, told), "RESOLVED")] == [1, 3]
    assert [u for u, _ in pages(decide(PENDING, Resolve(by=SYSTEM), NOON, told), "RESOLVED")] == [1, 2, 3]


def test_acceptance_is_told_to_those_who_want_to_know() -> None:
    ann = person(1, updates=("ACCEPTED",))
    told = around(policy([1], [2]), ann, BO, paged=(paged(ann), paged(BO)))
    assert [u for u, _ in pages(decide(PENDING, Accept(by=TOOL), NOON, told), "ACCEPTED")] == [1]


def test_an_update_to_an_address_that_went_bad_leaves_a_reason() -> None:
    gone = unreachable(1)
    decision = decide(PENDING, Resolve(by=TOOL), NOON, around(policy([1]), gone, paged=(paged(gone),)))
    assert pages(decision, "RESOLVED") == []
    assert "NotTold" in logged(decision)


def test_assigning_by_hand_tells_that_person_and_nobody_else() -> None:
    decision = decide(PENDING, AssignToUser(by=by(ANN), user_id=3), NOON, TWO)
    assert [u for u, _ in pages(decision)] == [3]
    assert decision.incident.escalation.due_at is None


def test_assigning_to_somebody_who_cannot_be_told_tells_the_fallback() -> None:
    nobody = around(policy([1]), ANN, unreachable(2), fallback=[1], fallback_told=True)
    decision = decide(PENDING, AssignToUser(by=by(ANN), user_id=2), NOON, nobody)
    assert [u for u, _ in pages(decision, "FALLBACK")] == [1]


def test_escalating_past_the_end_begins_again() -> None:
    decision = decide(ENDED, Escalate(by=by(ANN)), NOON, TWO)
    assert pages(decision) == [(1, 0)]


def test_low_rules_are_used_for_low_priority() -> None:
    quiet = person(1, rules=[rule(1, "HIGH"), rule(2, "LOW", delay=30)])
    decision = decide(incident(priority="LOW"), Fire(), NOON, around(policy([1]), quiet))
    assert [e.page.due_at for e in decision.effects if isinstance(e, Send)] == [NOON + timedelta(minutes=30)]

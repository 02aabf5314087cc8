"""What is foretold is what happens: against a replay that keeps its own, simpler books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.people_and_policies import (
    NOON,
    around,
    contact,
    person,
    policy,
    rule,
    some_surroundings,
    unreachable,
)
from tocsin.core.escalation import decide
from tocsin.core.explain import explain
from tocsin.core.incidents import (
    Command,
    Escalation,
    Fire,
    HoursChanged,
    Incident,
    Log,
    Priority,
    Send,
    Supersede,
    Surroundings,
)
from tocsin.kit.value import replace


@dataclass
class Waiting:
    at: datetime
    target: str
    purpose: str
    user: int
    generation: int


def replay(
    surroundings: Surroundings, at: datetime, priority: Priority, raised: datetime | None
) -> tuple[list[tuple[datetime, str, str]], int]:
    """Minute by minute: the timer first, then the support hours, then the post. What was posted, and the number of reasons for silence."""
    current = Incident(
        id=1,
        source_id=1,
        summary="",
        key="",
        priority=priority,
        reported_at=at,
        raise_at=raised,
        escalation=Escalation(
            policy_id=1, policy_version=1, due_at=at + timedelta(minutes=surroundings.policy.delay_min)
        ),
    )
    waiting: list[Waiting] = []
    posted: list[tuple[datetime, str, str]] = []
    generations: set[int] = set()
    silences = 0
    now = at
    while current.escalation.due_at is not None or current.raise_at is not None or waiting:
        while (command := due(current, now)) is not None:
            reached = current.escalation.generation in generations.union(w.generation for w in waiting)
            decision = decide(current, command, now, replace(surroundings, reached=reached))
            current = decision.incident
            for e in decision.effects:
                match e:
                    case Supersede(user_ids=users):
                        waiting = [w for w in waiting if users is not None and w.user not in users]
                    case Send(page=page):
                        here = current.escalation.generation
                        waiting.append(Waiting(page.due_at, page.target, page.purpose, page.user_id, here))
                    case Log(type="NotTold"):
                        silences += 1
                    case _:
                        pass
        posted += [(w.at, w.target, w.purpose) for w in waiting if w.at <= now]
        generations.update(w.generation for w in waiting if w.at <= now)
        waiting = [w for w in waiting if w.at > now]
        now += timedelta(minutes=1)
    return sorted(posted), silences


def due(current: Incident, now: datetime) -> Command | None:
    if current.escalation.due_at is not None and current.escalation.due_at <= now:
        return Fire()
    return HoursChanged() if current.raise_at is not None and current.raise_at <= now else None


@settings(deadline=None, max_examples=70)
@given(
    some_surroundings(),
    st.sampled_from(["HIGH", "LOW"]),
    st.integers(0, 3),
    st.none() | st.integers(0, 20),
)
def test_explained_is_what_happens(
    surroundings: Surroundings, priority: Priority, delay: int, hours: int | None
) -> None:
    surroundings = replace(surroundings, policy=replace(surroundings.policy, delay_min=delay))
    raised = NOON + timedelta(minutes=hours) if hours is not None and priority == "LOW" else None
    told = explain(surroundings, NOON, priority, raised)
    posted, silences = replay(surroundings, NOON, priority, raised)
    assert sorted((p.at, p.target, p.purpose) for p in told.pages) == posted
    assert sum(s.user_id is not None for s in told.silences) == silences
    assert [p.at for p in told.pages] == sorted(p.at for p in told.pages)


def test_it_names_levels_and_passes_as_people_count() -> None:
    told = explain(around(policy([1], [2], minutes=10, passes=2), person(1), person(2)), NOON)
    assert [(p.user, p.cycle, p.level, (p.at - NOON) // timedelta(minutes=1)) for p in told.pages] == [
        ("P1", 1, 1, 0),
        ("P2", 1, 2, 10),
        ("P1", 2, 1, 20),
        ("P2", 2, 2, 30),
    ]
    assert told.ends_at == NOON + timedelta(minutes=40)


def test_a_page_that_a_later_level_replaces_is_not_foretold() -> None:
    slow = person(1, rules=[rule(1), rule(2, delay=7)])
    told = explain(around(policy([1], [1], minutes=5), slow), NOON)
    assert [(p.at - NOON) // timedelta(minutes=1) for p in told.pages] == [0, 5, 12]


def test_somebody_without_a_working_address_is_named_with_the_reason() -> None:
    told = explain(around(policy([1, 2]), unreachable(1), person(2)), NOON)
    assert [(s.user, s.reason) for s in told.silences] == [("P1", "CONTACT_UNUSABLE c10@example.com BOUNCED")]


def test_an_unverified_address_is_marked() -> None:
    told = explain(around(policy([1]), person(1, contacts=[contact(10, "UNVERIFIED")])), NOON)
    assert [p.unverified for p in told.pages] == [True]


def test_low_priority_has_no_end() -> None:
    assert explain(around(policy([1], [2]), person(1), person(2)), NOON, "LOW").ends_at is None

"""Made-up people, policies and incidents for the tests of the core: by hand, and by Hypothesis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tocsin.core.incidents import Escalation, Incident, Phase, Priority, Status, Surroundings
from tocsin.core.people import (
    Actor,
    Contact,
    ContactState,
    NotificationRule,
    Paged,
    Person,
    RuleKind,
    UpdateState,
)
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.core.schedules import Absence, Layer, Override, Rota, Schedule
from tocsin.core.teams import Team, TeamMember
from tocsin.kit.value import replace

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def contact(number: int, state: ContactState = "OK") -> Contact:
    return Contact(id=number, method="EMAIL", target=f"c{number}@example.com", state=state)


def rule(
    number: int, kind: RuleKind = "HIGH", delay: int = 0, contact_id: int | None = None
) -> NotificationRule:
    return NotificationRule(id=number, kind=kind, method="EMAIL", delay_min=delay, contact_id=contact_id)


def person(
    number: int,
    contacts: Iterable[Contact] | None = None,
    rules: Iterable[NotificationRule] | None = None,
    updates: tuple[UpdateState, ...] = (),
) -> Person:
    """Somebody whose address is c<number*10> and who is told at once, unless said otherwise."""
    return Person(
        id=number,
        first_name=f"P{number}",
        email=f"p{number}@example.com",
        update_states=updates,
        contacts=tuple(contacts) if contacts is not None else (contact(number * 10),),
        rules=tuple(rules) if rules is not None else (rule(number * 100), rule(number * 100 + 1, "LOW")),
    )


def unreachable(number: int) -> Person:
    return person(number, contacts=[contact(number * 10, "BOUNCED")])


def by(someone: Person) -> Actor:
    return Actor.of(someone, "API")


TOOL = Actor(kind="SOURCE", id=1, name="a tool", via="EVENT")


def policy(*levels: Iterable[int], minutes: int = 5, passes: int = 1) -> EscalationPolicy:
    rules = tuple(
        EscalationRule(users=tuple(UserRef(id=i) for i in users), escalation_timeout=minutes)
        for users in levels
    )
    return EscalationPolicy(
        id=1, name="p", version=1, escalation_rules=rules, repeating=passes > 1, frequency=max(passes - 1, 1)
    )


def around(
    rules: EscalationPolicy, *people: Person, fallback: Iterable[int] = (), **more: object
) -> Surroundings:
    everybody = {someone.id: someone for someone in people}
    return Surroundings(policy=rules, people=everybody, fallback=tuple(fallback), **more)  # type: ignore[arg-type]


def incident(
    status: Status = "PENDING",
    phase: Phase = "WAITING",
    level: int = -1,
    cycle: int = 0,
    priority: Priority = "HIGH",
    due_at: datetime | None = NOON,
    generation: int = 0,
) -> Incident:
    place = Escalation(
        policy_id=1,
        policy_version=1,
        phase=phase,
        level=level,
        cycle=cycle,
        generation=generation,
        due_at=due_at,
    )
    return Incident(
        id=7,
        source_id=1,
        summary="Disk full",
        key="disk",
        priority=priority,
        status=status,
        reported_at=NOON,
        escalation=place,
    )


def paged(someone: Person) -> Paged:
    address = someone.contacts[0]
    return Paged(user_id=someone.id, contact_id=address.id, method="EMAIL", target=address.target, since=NOON)


@st.composite
def some_people(draw: st.DrawFn) -> dict[int, Person]:
    """Up to four people with all kinds of addresses and rules."""
    found = {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        states: list[ContactState] = draw(
            st.lists(st.sampled_from(["OK", "OK", "UNVERIFIED", "BOUNCED", "UNSUBSCRIBED"]), max_size=2)
        )
        contacts = [contact(number * 10 + n, state) for n, state in enumerate(states)]
        rules = [
            rule(
                number * 100 + n,
                draw(st.sampled_from(["HIGH", "LOW"])),
                draw(st.sampled_from([0, 0, 3, 7])),
                draw(st.sampled_from([None, *(c.id for c in contacts)])),
            )
            for n in range(draw(st.integers(0, 4)))
        ]
        updates: set[UpdateState] = draw(st.sets(st.sampled_from(["ACCEPTED", "ESCALATED", "RESOLVED"])))
        found[number] = person(number, contacts, rules, tuple(sorted(updates)))
    return found


@st.composite
def some_surroundings(draw: st.DrawFn) -> Surroundings:
    """People, a policy that asks them (and, sometimes, somebody who was deleted), schedules, a fallback."""
    people = draw(some_people())
    levels = draw(st.lists(_levels([*people, 99]), min_size=1, max_size=4))
    passes = draw(st.integers(1, 3))
    rules = replace(
        policy([1], passes=passes),
        escalation_rules=tuple(levels),
        last_resort=tuple(UserRef(id=i) for i in draw(st.sampled_from([(), (), (1,), (99, *people)]))),
    )
    away = draw(st.lists(st.sampled_from(list(people)), max_size=2))
    absences = tuple(
        Absence(user=UserRef(id=user), start=_minute(times[0]), end=_minute(times[1]))
        for user, times in zip(away, ((-5, 6), (4, 30)), strict=False)
    )
    return around(
        rules,
        *people.values(),
        fallback=draw(st.lists(st.sampled_from(list(people)), max_size=2, unique=True)),
        rotas={n: replace(draw(st.sampled_from(ROTAS)), absences=absences) for n in (1, 2)},
        teams=TEAMS,
        absences=absences,
        turn=draw(st.integers(0, 3)),
    )


@st.composite
def _levels(draw: st.DrawFn, users: list[int]) -> EscalationRule:
    """Users, schedules (3 was deleted), teams (1 has somebody who was deleted, 3 has only a stakeholder)."""
    asked = draw(st.lists(st.sampled_from(users), max_size=3, unique=True))
    schedules = draw(
        st.lists(st.sampled_from([1, 2, 3]), min_size=0 if asked else 1, max_size=2, unique=True)
    )
    return EscalationRule(
        users=tuple(UserRef(id=i) for i in asked),
        schedules=tuple(Ref(id=i) for i in schedules),
        teams=tuple(Ref(id=i) for i in draw(st.sampled_from([(), (), (1,), (2, 1), (3,)]))),
        escalation_timeout=draw(st.sampled_from([1, 5, 20])),
        round_robin=draw(st.booleans()),
    )


def _minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def _rota(*users: int, begins: int, ends: int, zone: str = "UTC", override: int | None = None) -> Rota:
    """Hourly turns from a minute until another (0 is NOON), and somebody else from minute 3 until 17."""
    layer = Layer(
        users=tuple(UserRef(id=i) for i in users),
        starts_on=_minute(begins),
        ends_on=_minute(ends),
        rotation="PT1H",
    )
    schedule = Schedule(id=1, name="First line", timezone=zone, schedule_layers=(layer,))
    others = (
        [Override(id=1, user=UserRef(id=override), start=_minute(3), end=_minute(17))] if override else []
    )
    return Rota(schedule=schedule, overrides=tuple(others))


def team(number: int, *users: int, watching: tuple[int, ...] = ()) -> Team:
    members = [TeamMember(user=UserRef(id=i)) for i in users]
    watchers = [TeamMember(user=UserRef(id=i), role="STAKEHOLDER") for i in watching]
    return Team(id=number, name=f"T{number}", members=(*members, *watchers))


TEAMS = {1: team(1, 1, 99), 2: team(2, 1, 2, 3, 4), 3: team(3, watching=(1,))}
ROTAS = (
    _rota(1, begins=-53, ends=4_000),
    _rota(2, 1, 99, begins=-53, ends=4_000, override=2),
    _rota(1, 2, 3, 4, begins=-100, ends=40),
    _rota(3, 4, begins=4, ends=8, override=1),
    _rota(1, begins=-53, ends=4_000, zone="Mars/Olympus"),
)
"""Schedules with hand-overs and holes soon after NOON; the last one cannot be read."""

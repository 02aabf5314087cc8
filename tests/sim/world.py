"""What a seed makes up: people, policies, sources, and how badly the world behaves."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.sim import carriers
from tocsin.core.events import AlertSource, Heartbeat
from tocsin.core.people import ContactState, User
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.core.providers import ChannelProvider
from tocsin.core.schedule_edits import checked
from tocsin.core.schedules import Layer, Schedule
from tocsin.core.teams import Team, TeamMember
from tocsin.kit.chance import SeededChance
from tocsin.store import documents, facts, people, policies, schedules, sources, teams
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import USERS

START = datetime(2026, 3, 29, 0, 25, tzinfo=UTC)
"""Summer time begins in Berlin 35 minutes later, among the events: schedules hand over across it."""
BERLIN = ZoneInfo("Europe/Berlin")

# Delays of people's rules and timeouts of levels never add up to the same minute, so that no two
# things happen at one instant whose order nobody promised.
TIMEOUTS = (5, 5, 10, 15)
DELAYS = (0, 0, 0, 3, 7, 11)
FIRST_WITH_DUTIES = 30
"""From this seed on, two in five look at duties, which is dear; other tests lean on what the earlier ones do."""


@dataclass
class Temper:
    """How much goes wrong while faults last."""

    fault_minutes: int = 240
    calm: bool = False
    temporary: float = 0.0
    lost_answer: float = 0.0
    slow: float = 0.0
    crash_at_commit: float = 0.0
    crash_after_commit: float = 0.0
    crash_before_send: float = 0.0
    crash_after_send: float = 0.0
    kills: int = 0
    away: int = 0
    lag_seconds: float = 0.0
    answering: float = 0.5
    meddling: int = 0


@dataclass
class Address:
    contact_id: int
    target: str
    state: str
    health: str
    """GOOD, BOUNCES (permanently, and says the address is wrong) or REJECTS (permanently)."""


@dataclass
class Human:
    id: int
    name: str
    addresses: list[Address]
    high: list[tuple[int, int | None]]
    """(delay in minutes, contact or None for any)."""
    low: list[tuple[int, int | None]]
    duty: list[tuple[int, int | None]] = field(default_factory=list)
    """(minutes before a shift, contact or None for any)."""


@dataclass
class Watch:
    """An on-call schedule as the oracle knows it: people in turn, in hours of Berlin's walls.

    Who they are is in its revisions.
    """

    id: int
    anchor: datetime
    """The wall's reading at which the first turn begins."""
    hours: int
    ends: datetime


@dataclass
class Ladder:
    """An escalation policy as the oracle knows it."""

    id: int
    levels: list[list[int]]
    """The users that each level names."""
    watches: list[list[int]]
    """The schedules that each level asks."""
    timeouts: list[int]
    passes: int
    delay_min: int


@dataclass
class Tool:
    """An alert source as the oracle knows it."""

    id: int
    key: str
    policy_id: int
    one_open: bool
    low: bool
    auto_minutes: int | None
    beat_seconds: int | None = None


@dataclass
class World:
    seed: int
    nodes: int
    temper: Temper
    humans: dict[int, Human] = field(default_factory=dict)
    watches: dict[int, Watch] = field(default_factory=dict)
    ladders: dict[int, Ladder] = field(default_factory=dict)
    tools: dict[int, Tool] = field(default_factory=dict)
    fallback: list[int] = field(default_factory=list)
    duties: bool = False
    """Whether schedules are looked at: in some worlds only, for it costs a fifth more time."""
    providers: list[ChannelProvider] = field(default_factory=list)
    """Who carries texts, calls, push and chat."""

    def owner_of(self, target: str) -> Human:
        return next(h for h in self.humans.values() if any(a.target == target for a in h.addresses))

    def address(self, target: str) -> Address:
        return next(a for h in self.humans.values() for a in h.addresses if a.target == target)


def make(seed: int, db: Database, nodes: int) -> World:
    """Make up a world and store it."""
    rnd = random.Random(f"world {seed}")
    world = World(seed=seed, nodes=nodes, temper=_temper(rnd, seed))
    chance = SeededChance(seed)
    with db.write() as tx:
        for index in range(rnd.randint(3, 6)):
            human = _human(rnd, tx, index, healthy=world.temper.calm and rnd.random() < 0.7)
            world.humans[human.id] = human
        _more_ways(random.Random(f"ways {seed}"), tx, world)
        world.fallback = _fallback(rnd, tx, world)
        world.duties = seed >= FIRST_WITH_DUTIES and seed % 5 in (0, 2)
        _reminders(random.Random(f"reminders {seed}"), tx, world)
        for index in range(2):
            watch = _watch(random.Random(f"watch {seed} {index}"), tx, world, index)
            world.watches[watch.id] = watch
        for index in range(rnd.randint(1, 3)):
            ladder = _ladder(rnd, tx, world, index)
            world.ladders[ladder.id] = ladder
        for index in range(rnd.randint(2, 3)):
            tool = _tool(rnd, tx, world, index, chance)
            world.tools[tool.id] = tool
    return world


def _temper(rnd: random.Random, seed: int) -> Temper:
    """Every fourth seed is calm, every fourth crashes a lot, the others mix."""
    if seed % 4 == 0:
        return Temper(calm=True, answering=rnd.choice((0.0, 0.0, 0.4)), meddling=rnd.choice((0, 0, 0, 3)))
    wild = rnd.choice((0.3, 1.0, 2.0))
    return Temper(
        fault_minutes=rnd.choice((60, 120, 240)),
        temporary=rnd.choice((0.0, 0.2, 0.4)) * min(wild, 1.5),
        lost_answer=rnd.choice((0.0, 0.1, 0.3)),
        slow=rnd.choice((0.0, 0.05, 0.2)),
        crash_at_commit=rnd.choice((0.0, 0.03, 0.06)) * wild,
        crash_after_commit=rnd.choice((0.0, 0.02, 0.04)) * wild,
        crash_before_send=rnd.choice((0.0, 0.05, 0.1)) * wild,
        crash_after_send=rnd.choice((0.0, 0.05, 0.1)) * wild,
        kills=rnd.choice((0, 2, 6)),
        away=rnd.choice((0, 0, 1, 2)),
        lag_seconds=rnd.choice((0.0, 0.0, 3.0)),
        answering=rnd.choice((0.0, 0.3, 0.7)),
        meddling=rnd.choice((0, 3, 8)),
    )


def _human(rnd: random.Random, tx: Transaction, index: int, *, healthy: bool) -> Human:
    name = ("ann", "bo", "cy", "di", "ed", "flo")[index]
    user = documents.insert(
        tx,
        USERS,
        User(
            username=name,
            first_name=name.title(),
            email=f"{name}@example.com",
            role="OWNER" if index == 0 else "USER",
            update_states=tuple(s for s in ("ACCEPTED", "ESCALATED", "RESOLVED") if rnd.random() < 0.4),
        ),
    )
    human = Human(id=user.id, name=name, addresses=[], high=[], low=[])
    for number in range(rnd.choice((0, 1, 1, 1, 2, 2))):
        target = f"{name}{number}@example.com"
        state: ContactState = rnd.choice(("OK", "OK", "OK", "OK", "UNVERIFIED", "BOUNCED", "UNSUBSCRIBED"))
        health = rnd.choice(("GOOD", "GOOD", "GOOD", "GOOD", "BOUNCES", "REJECTS"))
        if healthy:
            health = "GOOD"
        contact = people.add_contact(tx, user.id, "EMAIL", target, state)
        human.addresses.append(Address(contact.id, target, state, health))
    for kind, count, rules in (
        ("HIGH", rnd.choice((0, 1, 1, 2, 3)), human.high),
        ("LOW", rnd.choice((0, 1, 1)), human.low),
    ):
        for _ in range(count):
            own = [a.contact_id for a in human.addresses]
            contact_id = rnd.choice([None, *own])
            delay = rnd.choice(DELAYS)
            people.add_rule(tx, user.id, kind=kind, method="EMAIL", delay_min=delay, contact_id=contact_id)
            rules.append((delay, contact_id))
    return human


def _more_ways(rnd: random.Random, tx: Transaction, world: World) -> None:
    """In many a world telephones, devices and chats; some take nothing."""
    if rnd.random() < 0.6:
        return
    world.providers = carriers.providers(tx)
    for human in world.humans.values():
        for contact in carriers.reach(rnd, tx, human, DELAYS):
            healthy = world.temper.calm or rnd.random() < 0.8
            health = "GOOD" if healthy else "REJECTS"
            human.addresses.append(Address(contact.id, contact.target, contact.state, health))


def _reminders(rnd: random.Random, tx: Transaction, world: World) -> None:
    """Most want to be told before their shifts, at the hand-over, or both."""
    for human in world.humans.values():
        mail = [a.contact_id for a in human.addresses if "@" in a.target]
        for delay in rnd.sample((0, 0, 13, 41), rnd.randint(0, 3)):
            contact_id = rnd.choice([None, *mail])
            people.add_rule(tx, human.id, kind="DUTY", method="EMAIL", delay_min=delay, contact_id=contact_id)
            human.duty.append((delay, contact_id))


def _fallback(rnd: random.Random, tx: Transaction, world: World) -> list[int]:
    ids = list(world.humans)
    if rnd.random() < 0.5:
        return ids[:1]
    chosen = rnd.sample(ids, rnd.randint(1, 2))
    facts.save_account(tx, facts.Account(fallback_user_ids=tuple(chosen)))
    return chosen


def _watch(rnd: random.Random, tx: Transaction, world: World, index: int) -> Watch:
    users = rnd.sample(list(world.humans), rnd.randint(1, 3))
    hours = rnd.choice((1, 1, 2, 3))
    # At an odd minute, so that no hand-over and no timeout fall on the same instant.
    anchor = START.astimezone(BERLIN).replace(tzinfo=None) - timedelta(hours=rnd.randint(0, 5), seconds=37)
    # All end some day: calendars see half a year ahead, and of hourly turns that is dear.
    ends = START + (timedelta(minutes=rnd.choice((70, 200))) if rnd.random() < 0.3 else timedelta(hours=9))
    layer = Layer(
        starts_on=anchor,
        ends_on=ends,
        users=tuple(UserRef(id=user_id) for user_id in users),
        rotation=f"PT{hours}H",
    )
    wanted = Schedule(name=f"watch {index}", timezone=BERLIN.key, schedule_layers=(layer,))
    return Watch(schedules.create(tx, checked(wanted)).id, anchor, hours, ends)


def _ladder(rnd: random.Random, tx: Transaction, world: World, index: int) -> Ladder:
    levels = [rnd.sample(list(world.humans), rnd.choice((1, 1, 1, 2, 3))) for _ in range(rnd.randint(1, 4))]
    timeouts = [rnd.choice(TIMEOUTS) for _ in levels]
    watches = _asked_too(random.Random(f"ladder {world.seed} {index}"), world, levels)
    repeating, frequency = rnd.random() < 0.5, rnd.randint(1, 3)
    policy = policies.create(
        tx,
        EscalationPolicy(
            name=f"policy {index}",
            escalation_rules=tuple(
                EscalationRule(
                    **_named(random.Random(f"team {world.seed} {index} {level}"), tx, world, users),
                    schedules=tuple(Ref(id=w) for w in asked),
                    escalation_timeout=minutes,
                )
                for level, (users, asked, minutes) in enumerate(zip(levels, watches, timeouts, strict=True))
            ),
            repeating=repeating,
            frequency=frequency,
            delay_min=rnd.choice((0, 0, 0, 2)),
        ),
    )
    passes = 1 + frequency if repeating else 1
    return Ladder(policy.id, levels, watches, timeouts, passes, policy.delay_min)


def _named(rnd: random.Random, tx: Transaction, world: World, users: list[int]) -> dict[str, Any]:
    """The users that a level names: one by one, or as a team, in which others may only look on."""
    if not users or rnd.random() < 0.7:
        return {"users": tuple(UserRef(id=user_id) for user_id in users)}
    users.sort()
    onlookers = [i for i in world.humans if i not in users and rnd.random() < 0.3]
    members = (
        *(TeamMember(user=UserRef(id=user_id)) for user_id in users),
        *(TeamMember(user=UserRef(id=user_id), role="STAKEHOLDER") for user_id in onlookers),
    )
    return {"teams": (Ref(id=teams.create(tx, Team(name="team", members=members)).id),)}


def _asked_too(rnd: random.Random, world: World, levels: list[list[int]]) -> list[list[int]]:
    """Which schedules each level asks; some levels ask nobody else."""
    watches: list[list[int]] = []
    for level in levels:
        asked = rnd.sample(list(world.watches), rnd.choice((0, 0, 1, 1, 2)))
        if asked and rnd.random() < 0.6:
            level.clear()
        watches.append(asked)
    return watches


def _tool(rnd: random.Random, tx: Transaction, world: World, index: int, chance: SeededChance) -> Tool:
    one_open, low = rnd.random() < 0.25, rnd.random() < 0.25
    auto = rnd.choice((None, None, 31, 92))
    beat = rnd.choice((60, 300)) if index == 1 and rnd.random() < 0.4 else None
    source = sources.create(
        tx,
        AlertSource(
            name=f"tool {index}",
            integration_type="HEARTBEAT" if beat else "API",
            policy_id=rnd.choice(list(world.ladders)),
            incident_creation="ONE_OPEN_INCIDENT_ALLOWED" if one_open else "ONE_INCIDENT_PER_EMAIL",
            incident_priority_rule="LOW" if low else "HIGH",
            auto_resolution_timeout=timedelta(minutes=auto) if auto else None,
            heartbeat=Heartbeat(summary="silent", interval_sec=beat) if beat else None,
        ),
        chance,
    )
    return Tool(source.id, source.integration_key, source.policy_id, one_open, low, auto, beat)

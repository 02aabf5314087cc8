"""Who is on call: per policy and level the person to find, and holes in red words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from tocsin.core.notifying import plan
from tocsin.core.people import Person
from tocsin.core.policies import EscalationPolicy
from tocsin.store import documents, people
from tocsin.store.kinds import POLICIES
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.targets import Target, Targets, keys_of, known, targets
from tocsin.web.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Somebody, or a schedule, that a level asks, as it stands now."""

    target: Target
    person: Person | None
    """Who is on call by it."""
    reachable: bool


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A policy with whom its levels ask now."""

    policy: EscalationPolicy
    levels: list[list[Asked]]
    mine: bool
    """Whether the visitor is among them."""


def show(visit: Visit) -> Response:
    """Every policy, those that ask the visitor first."""
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, POLICIES)
        every = targets(tx)
        everybody = people.load(tx, {i for policy in found for i in policy.user_ids})
        now = tx.now
    duties = [_duty(visit, policy, every, everybody, now) for policy in found]
    return page(visit, "on_call.html", duties=sorted(duties, key=lambda duty: not duty.mine))


def _duty(
    visit: Visit, policy: EscalationPolicy, every: Targets, everybody: Mapping[int, Person], now: datetime
) -> Duty:
    levels = [
        [_asked(target, everybody, now) for target in known(every, keys_of(rule))]
        for rule in policy.escalation_rules
    ]
    mine = any(one.person and one.person.id == visit.someone.id for level in levels for one in level)
    return Duty(policy=policy, levels=levels, mine=mine)


def _asked(target: Target, everybody: Mapping[int, Person], now: datetime) -> Asked:
    person = everybody.get(target.id) if target.kind == "user" else None
    return Asked(target=target, person=person, reachable=bool(person and plan(person, "HIGH", now).pages))


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/on-call", action="VIEW", get=show)]

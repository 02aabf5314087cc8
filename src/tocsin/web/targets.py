"""Whom a level can ask, as forms and pages name them: `user:3`, `team:2`, `schedule:7`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import EscalationRule
from tocsin.store import documents
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, TEAMS, USERS


@dataclass(frozen=True, kw_only=True)
class Target:
    """Somebody, or something that says who."""

    key: str
    """`user:3`"""
    name: str
    user: User | None = None

    @property
    def kind(self) -> str:
        """`user`, `team` or `schedule`."""
        return self.key.partition(":")[0]

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.key.partition(":")[2])

    @property
    def offered(self) -> bool:
        """Whether it can be chosen: who is only kept informed is not asked."""
        return self.user is None or self.user.role not in BYSTANDERS

    @property
    def path(self) -> str:
        """Its page."""
        return f"{_PAGES[self.kind]}/{self.id}"


_PAGES = {"user": "/people", "team": "/people/teams", "schedule": "/schedules"}
Targets = dict[str, Target]


def targets(tx: Transaction) -> Targets:
    """Everything that a level can ask, by key."""
    every = [
        *(Target(key=f"user:{user.id}", name=user.name, user=user) for user in documents.listing(tx, USERS)),
        *(Target(key=f"team:{one.id}", name=one.name) for one in documents.listing(tx, TEAMS)),
        *(Target(key=f"schedule:{one.id}", name=one.name) for one in documents.listing(tx, SCHEDULES)),
    ]
    return {target.key: target for target in every}


def keys_of(rule: EscalationRule) -> list[str]:
    """The targets of a rule, each once, in order."""
    asked = (("user", rule.user_ids), ("team", rule.team_ids), ("schedule", rule.schedule_ids))
    return [f"{kind}:{number}" for kind, ids in asked for number in ids]


def known(every: Targets, keys: Iterable[str]) -> list[Target]:
    """The targets of these keys; one that is gone is shown by its number."""
    return [every.get(key, Target(key=key, name=f"#{key.partition(':')[2]}")) for key in keys]

"""Whom a level can ask, as forms and pages name them: `user:3`, `schedule:7`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.core.people import User
from tocsin.core.policies import EscalationRule
from tocsin.store import documents
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS


@dataclass(frozen=True, kw_only=True)
class Target:
    """Somebody, or something that says who."""

    key: str
    """`user:3`"""
    name: str
    user: User | None = None

    @property
    def kind(self) -> str:
        """`user` or `schedule`."""
        return self.key.partition(":")[0]

    @property
    def id(self) -> int:
        """Its id."""
        return int(self.key.partition(":")[2])


Targets = dict[str, Target]


def targets(tx: Transaction) -> Targets:
    """Everything that a level can ask, by key."""
    every = [
        *(Target(key=f"user:{user.id}", name=user.name, user=user) for user in documents.listing(tx, USERS)),
        *(Target(key=f"schedule:{one.id}", name=one.name) for one in documents.listing(tx, SCHEDULES)),
    ]
    return {target.key: target for target in every}


def keys_of(rule: EscalationRule) -> list[str]:
    """The targets of a rule, each once, in order."""
    schedules = (f"schedule:{schedule_id}" for schedule_id in rule.schedule_ids)
    return [*(f"user:{user_id}" for user_id in rule.user_ids), *schedules]


def known(every: Targets, keys: Iterable[str]) -> list[Target]:
    """The targets of these keys; one that is gone is shown by its number."""
    return [every.get(key, Target(key=key, name=f"#{key.partition(':')[2]}")) for key in keys]

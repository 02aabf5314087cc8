"""The escalation policy: who is asked, in which order, and how long each has."""

from __future__ import annotations

from typing import Annotated

from tocsin.kit.value import Ge, Le, MaxLen, MinLen, replace, value


@value
class UserRef:
    """A user, named by id; the names are for readers and ignored when sent."""

    id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


@value
class Ref:
    """Another thing, named by id; the name is for readers and ignored when sent."""

    id: int
    name: str | None = None


@value
class EscalationRule:
    """One level: these users are told together and have `escalation_timeout` minutes."""

    user: UserRef | None = None
    """The only user of the rule (the form of 2020); kept beside `users` in answers."""
    users: tuple[UserRef, ...] = ()
    """Everybody the rule tells, all at once."""
    schedule: Ref | None = None
    schedules: tuple[Ref, ...] = ()
    escalation_timeout: Annotated[int, Ge(0), Le(10_080)] = 0
    """Minutes before the next level is asked, if nobody accepts."""

    @property
    def user_ids(self) -> tuple[int, ...]:
        """The users of the rule, each once, in order."""
        every = (*((self.user,) if self.user else ()), *self.users)
        return tuple(dict.fromkeys(u.id for u in every))


@value
class EscalationPolicy:
    """An ordered list of rules that is run until somebody accepts."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    escalation_rules: Annotated[tuple[EscalationRule, ...], MinLen(1), MaxLen(50)]
    repeating: bool = False
    """Whether the whole list is run again after the last rule."""
    frequency: Annotated[int, Ge(1), Le(9)] = 1
    """How many times the list is run again, when repeating: 1 means two passes in all."""
    delay_min: Annotated[int, Ge(0), Le(60)] = 0
    """Minutes before the first level is asked; resolved earlier means nobody is told."""
    routing_key: Annotated[str, MaxLen(255)] | None = None
    """Unique; events that carry it take this policy instead of their source's."""
    version: int = 0
    """Counts changes; an incident keeps the version it was opened with."""

    @property
    def passes(self) -> int:
        """How often the list is run in all (reference ES-5: repeated `frequency` times)."""
        return 1 + self.frequency if self.repeating else 1

    @property
    def user_ids(self) -> tuple[int, ...]:
        """Every user of every rule, each once."""
        return tuple(dict.fromkeys(i for rule in self.escalation_rules for i in rule.user_ids))


def normalised(policy: EscalationPolicy) -> EscalationPolicy:
    """The stored form: targets by id, each once, in the lists only."""
    rules = tuple(
        EscalationRule(
            users=tuple(UserRef(id=i) for i in rule.user_ids), escalation_timeout=rule.escalation_timeout
        )
        for rule in policy.escalation_rules
    )
    return replace(policy, escalation_rules=rules)

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
    """One level: users, schedules and teams, told together; they have `escalation_timeout` minutes."""

    user: UserRef | None = None
    """The only user of the rule (the form of 2020); kept beside `users` in answers."""
    users: tuple[UserRef, ...] = ()
    """Everybody the rule tells, all at once."""
    schedule: Ref | None = None
    """The only schedule of the rule (the form of 2020); kept beside `schedules` in answers."""
    schedules: tuple[Ref, ...] = ()
    """Whoever is on call by these schedules at that moment is told too."""
    team: Ref | None = None
    """The only team of the rule (the form of 2020); kept beside `teams` in answers."""
    teams: tuple[Ref, ...] = ()
    """Everybody of these teams who can be paged is told too."""
    escalation_timeout: Annotated[int, Ge(0), Le(10_080)] = 0
    """Minutes before the next level is asked, if nobody accepts."""
    round_robin: bool = False
    """Whether incidents go to the users, members of teams and schedules in turn, one each, instead of to all of
    them (ours)."""

    @property
    def user_ids(self) -> tuple[int, ...]:
        """The users of the rule, each once, in order."""
        every = (*((self.user,) if self.user else ()), *self.users)
        return tuple(dict.fromkeys(u.id for u in every))

    @property
    def schedule_ids(self) -> tuple[int, ...]:
        """The schedules of the rule, each once, in order."""
        every = (*((self.schedule,) if self.schedule else ()), *self.schedules)
        return tuple(dict.fromkeys(s.id for s in every))

    @property
    def team_ids(self) -> tuple[int, ...]:
        """The teams of the rule, each once, in order."""
        every = (*((self.team,) if self.team else ()), *self.teams)
        return tuple(dict.fromkeys(t.id for t in every))


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
    last_resort: Annotated[tuple[UserRef, ...], MaxLen(20)] = ()
    """Told on every address when the policy has ended and nobody accepted (ours)."""
    teams: tuple[Ref, ...] | None = None
    """Whose it is. `[]` clears them, leaving them out leaves them as they are."""
    version: int = 0
    """Counts changes; an incident keeps the version it was opened with."""

    @property
    def passes(self) -> int:
        """How often the list is run in all (reference ES-5: repeated `frequency` times)."""
        return 1 + self.frequency if self.repeating else 1

    @property
    def user_ids(self) -> tuple[int, ...]:
        """Every user whom the policy names, each once; those of its schedules and teams are not among them."""
        named = (i for rule in self.escalation_rules for i in rule.user_ids)
        return tuple(dict.fromkeys((*named, *(user.id for user in self.last_resort))))

    @property
    def schedule_ids(self) -> tuple[int, ...]:
        """Every schedule of every rule, each once."""
        return tuple(dict.fromkeys(i for rule in self.escalation_rules for i in rule.schedule_ids))

    @property
    def team_ids(self) -> tuple[int, ...]:
        """Every team of every rule, each once."""
        return tuple(dict.fromkeys(i for rule in self.escalation_rules for i in rule.team_ids))

    @property
    def in_turn(self) -> bool:
        """Whether any rule asks in turn."""
        return any(rule.round_robin for rule in self.escalation_rules)


def normalised(policy: EscalationPolicy) -> EscalationPolicy:
    """The stored form: targets by id, each once, in the lists only."""
    rules = tuple(
        EscalationRule(
            users=tuple(UserRef(id=i) for i in rule.user_ids),
            schedules=tuple(Ref(id=i) for i in rule.schedule_ids),
            teams=tuple(Ref(id=i) for i in rule.team_ids),
            escalation_timeout=rule.escalation_timeout,
            round_robin=rule.round_robin,
        )
        for rule in policy.escalation_rules
    )
    last = tuple(UserRef(id=i) for i in dict.fromkeys(user.id for user in policy.last_resort))
    return replace(policy, escalation_rules=rules, last_resort=last, teams=None)

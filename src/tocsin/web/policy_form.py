"""The policy editor's form: what was typed, changed by its buttons, and read as a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.core.policies import EscalationPolicy
from tocsin.kit.value import decode, replace
from tocsin.web.targets import keys_of
from tocsin.web.visit import Visit, id_in

MOST_STEPS = 50
MOST_TARGETS = 50
FIELDS = 2_000
"""A policy of fifty levels sends that many fields at most."""


@dataclass
class Step:
    """One level, as typed."""

    targets: list[str] = field(default_factory=list)
    minutes: str = "5"
    in_turn: bool = False
    """Whether incidents go to the targets in turn, one each."""


@dataclass
class Draft:
    """A policy, as typed."""

    name: str = ""
    delay: str = "0"
    repeating: bool = False
    frequency: str = "1"
    routing_key: str = ""
    steps: list[Step] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    """Who is told when all of it has ended and nobody accepted."""

    @classmethod
    def of(cls, policy: EscalationPolicy) -> Draft:
        """A policy as the form shows it."""
        return cls(
            name=policy.name,
            delay=str(policy.delay_min),
            repeating=policy.repeating,
            frequency=str(policy.frequency),
            routing_key=policy.routing_key or "",
            steps=[
                Step(targets=keys_of(rule), minutes=str(rule.escalation_timeout), in_turn=rule.round_robin)
                for rule in policy.escalation_rules
            ],
            last=[f"user:{user.id}" for user in policy.last_resort],
        )

    @classmethod
    def read(cls, visit: Visit) -> Draft:
        """What the form sent."""
        count = visit.said("steps", 3)
        number = min(int(count), MOST_STEPS) if count.isdecimal() else 0
        return cls(
            name=visit.said("name", 300),
            delay=visit.said("delayMin", 9),
            repeating=visit.said("repeating") == "on",
            frequency=visit.said("frequency", 9) or "1",
            routing_key=visit.said("routingKey", 300),
            steps=[_step(visit, index) for index in range(number)],
            last=[key for key in _targets(visit, "last") if key.startswith("user:")],
        )

    def change(self, what: str) -> None:
        """Do what a button of the form says: `add`, `remove:2`, `up:2`, `down:2`, `drop:2:user:3`, `spare:user:3`."""
        verb, _, rest = what.partition(":")
        if verb == "spare":
            self.last = [key for key in self.last if key != rest]
            return
        place, _, target = rest.partition(":")
        index = int(place) if place.isdecimal() else -1
        if verb == "add" and len(self.steps) < MOST_STEPS:
            self.steps.append(Step())
        elif 0 <= index < len(self.steps):
            self._change_step(verb, index, target)

    def _change_step(self, verb: str, index: int, target: str) -> None:
        match verb:
            case "remove":
                del self.steps[index]
            case "up" if index:
                self.steps.insert(index - 1, self.steps.pop(index))
            case "down":
                self.steps.insert(index + 1, self.steps.pop(index))
            case "drop":
                self.steps[index].targets = [t for t in self.steps[index].targets if t != target]
            case _:
                pass

    def policy(self, before: EscalationPolicy | None = None) -> EscalationPolicy:
        """The policy it describes. Raises BadInput with the paths of the fields."""
        said: dict[str, Any] = {
            "name": self.name,
            "delayMin": self.delay or 0,
            "repeating": self.repeating,
            "frequency": self.frequency or 1,
            "routingKey": self.routing_key or None,
            "escalationRules": [_rule(step) for step in self.steps],
            "lastResort": [{"id": int(key.partition(":")[2])} for key in self.last],
        }
        made = decode(EscalationPolicy, said)
        return replace(made, id=before.id, version=before.version) if before else made


def _step(visit: Visit, index: int) -> Step:
    return Step(
        targets=_targets(visit, f"steps.{index}"),
        minutes=visit.said(f"steps.{index}.minutes", 9),
        in_turn=visit.said(f"steps.{index}.turn") == "on",
    )


def _targets(visit: Visit, name: str) -> list[str]:
    """The targets of a level, and the one that is to be added."""
    kept = [*visit.chosen(f"{name}.target", MOST_TARGETS), visit.said(f"{name}.add", 40)]
    return [key for key in dict.fromkeys(kept) if _is_key(key)]


def _is_key(key: str) -> bool:
    kind, _, number = key.partition(":")
    return kind in ("user", "team", "schedule") and id_in(number) is not None


def _rule(step: Step) -> Mapping[str, Any]:
    def of(kind: str) -> list[dict[str, int]]:
        return [{"id": int(key.partition(":")[2])} for key in step.targets if key.startswith(f"{kind}:")]

    return {
        "users": of("user"),
        "teams": of("team"),
        "schedules": of("schedule"),
        "escalationTimeout": step.minutes or 0,
        "roundRobin": step.in_turn,
    }

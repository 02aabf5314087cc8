"""A condition as it is evaluated: a tree whose every node says what it is worth.

Nothing here raises for any context. What cannot be compared, and what is no truth value, counts as false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from tocsin.core.conditions.comparing import OPERATORS, equals, instant_of
from tocsin.core.conditions.counters import Counter, Tally, counted
from tocsin.core.paths import Step, look_up
from tocsin.kit.value import value

CalendarKind = Literal["SUPPORT_HOUR", "ON_CALL_SCHEDULE"]
Covers = Callable[[CalendarKind, int, datetime], bool]
"""Whether an instant lies within support hours, or somebody is on call by a schedule; False for an unknown id."""
MAX_ITEMS = 10_000
"""Items of lists that one evaluation looks at: a payload's lists may be long."""


@dataclass(slots=True)
class Run:
    """One evaluation."""

    context: Any
    now: datetime
    covers: Covers
    tallies: dict[str, Tally]
    asked: set[str] = field(default_factory=set)
    items_left: int = MAX_ITEMS

    def count(self, counter: Counter) -> int:
        """Ask a counter; however often a condition names it, one evaluation counts once."""
        if counter.text not in self.asked:
            self.asked.add(counter.text)
            self.tallies[counter.text] = counted(self.tallies.get(counter.text), counter, self.now)
        tally = self.tallies.get(counter.text)
        return tally.count if tally else 0

    def spend(self, things: Any) -> bool:
        """Whether a list may still be looked through."""
        if isinstance(things, list | tuple):
            self.items_left -= len(things)
        return self.items_left >= 0


class Node(Protocol):
    """A part of a condition."""

    def of(self, run: Run) -> Any:
        """What it is worth."""
        ...


@value
class Constant:
    """A text, number, list, object, truth value, or nil."""

    value: Any

    def of(self, run: Run) -> Any:
        """Itself."""
        del run
        return self.value


@value
class PathTo:
    """What lies in the context at a path."""

    steps: tuple[Step, ...]

    def of(self, run: Run) -> Any:
        """What is there, or None."""
        return look_up(run.context, self.steps)


@value
class Now:
    """The time of the evaluation."""

    def of(self, run: Run) -> Any:
        """The instant."""
        return run.now


@value
class Count:
    """A counter."""

    counter: Counter

    def of(self, run: Run) -> Any:
        """How often it was asked, this time included."""
        return run.count(self.counter)


@value
class Not:
    """The opposite."""

    node: Node

    def of(self, run: Run) -> Any:
        """True unless the node is true."""
        return self.node.of(run) is not True


@value
class And:
    """All of them; the first that is not true ends the evaluation."""

    nodes: tuple[Node, ...]

    def of(self, run: Run) -> Any:
        """Whether every node is true."""
        return all(node.of(run) is True for node in self.nodes)


@value
class Or:
    """One of them at least; the first that is true ends the evaluation."""

    nodes: tuple[Node, ...]

    def of(self, run: Run) -> Any:
        """Whether a node is true."""
        return any(node.of(run) is True for node in self.nodes)


@value
class Compare:
    """Two things and an operator."""

    operator: str
    negated: bool
    left: Node
    right: Node

    def of(self, run: Run) -> Any:
        """Whether it is so; False, negated or not, for what cannot be compared."""
        left, right = self.left.of(run), self.right.of(run)
        if not (run.spend(left) and run.spend(right)):
            return False
        answer = self._answer(left, right, run)
        if isinstance(self.left, Count) and self.left.counter.resetting and self._reached(left, right):
            run.tallies.pop(self.left.counter.text, None)
        return False if answer is None else answer is not self.negated

    def _answer(self, left: Any, right: Any, run: Run) -> bool | None:
        if self.operator in ("in", "is_in"):
            calendars = list(_calendars(right))
            if calendars:
                at = instant_of(left)
                return None if at is None else any(run.covers(kind, id_, at) for kind, id_ in calendars)
        return OPERATORS[self.operator](left, right)

    def _reached(self, count: Any, limit: Any) -> bool:
        """Whether a resetting counter has come to what its comparison waits for."""
        wanted = ">" if self.operator in (">", "<=") else ">="
        return bool(OPERATORS[wanted](count, limit)) or (self.operator == "==" and bool(equals(count, limit)))


def _calendars(thing: Any) -> Iterator[tuple[CalendarKind, int]]:
    """The support hours and schedules that `is_in` names: one object, or a list of such."""
    for each in thing if isinstance(thing, list | tuple) else (thing,):
        match each:
            case {"id": int(number), "type": "SUPPORT_HOUR" | "ON_CALL_SCHEDULE" as kind}:
                yield kind, number
            case _:
                return

"""ICL, the condition language: `event.priority == HIGH and event.summary not contains 'test'`.

`parse` reads a text once; the condition then answers for any context, and never raises. Everything is limited: the
text's length, its depth, the time of a pattern and the items of lists that are looked at.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from tocsin.core.conditions.counters import Counters, Tally
from tocsin.core.conditions.lexing import MAX_LENGTH
from tocsin.core.conditions.nodes import CalendarKind, Covers, Node, Run
from tocsin.core.conditions.parsing import parse_tree
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import value

__all__ = [
    "MAX_LENGTH",
    "CalendarKind",
    "Condition",
    "Counters",
    "Covers",
    "Judgement",
    "Tally",
    "parse",
    "parse_tree",
]

_NONE = Counters()


def _nothing(kind: CalendarKind, number: int, at: datetime) -> bool:
    del kind, number, at
    return False


@value
class Judgement:
    """Whether a condition holds, and its counters from now on."""

    holds: bool
    counters: Counters


class Condition:
    """A condition that was read."""

    __slots__ = ("_node", "text")

    def __init__(self, text: str, node: Node) -> None:
        self.text = text
        self._node = node

    @property
    def counts(self) -> bool:
        """Whether it asks for a counter, so that counters must be kept."""
        return "trigger_count." in self.text

    def judge(
        self, context: Any, now: datetime, counters: Counters = _NONE, covers: Covers = _nothing
    ) -> Judgement:
        """Whether it holds for a context (parsed JSON by root: `{"event": ...}`), with its counters afterwards."""
        run = Run(context=context, now=now, covers=covers, tallies=dict(counters.tallies))
        holds = self._node.of(run) is True
        return Judgement(holds=holds, counters=Counters(tallies=run.tallies) if run.asked else counters)

    def holds(
        self, context: Any, now: datetime, counters: Counters = _NONE, covers: Covers = _nothing
    ) -> bool:
        """As `judge`, for conditions whose counters nobody keeps."""
        return self.judge(context, now, counters, covers).holds


def parse(text: str, field: str = "") -> Condition:
    """Read a condition. Raises BadInput at `field` with the position and what to mend."""
    try:
        return _parsed(text)
    except BadInput as refused:
        raise BadInput(*(Problem(field, problem.message) for problem in refused.problems)) from None


@lru_cache(maxsize=2_048)
def _parsed(text: str) -> Condition:
    return Condition(text, parse_tree(text))

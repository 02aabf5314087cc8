"""What the operators mean. An answer is True, False, or None where the two cannot be compared.

Texts are compared without case, except by `exact_...`. A number and a text that reads as a number are equal
(`'1' == 1`); whole and broken numbers are compared as broken ones, with the known effects beyond 2**53.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.core.patterns import Pattern
from tocsin.kit.clock import EPOCH, parse_instant

Answer = bool | None

_MILLISECONDS_FROM = 100_000_000_000
"""An epoch number this large is meant in milliseconds (in seconds it would be the year 5138)."""
_LONGEST_NUMBER = 40
_MOST_BITS = 4_096
_NUMERAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def equals(left: Any, right: Any) -> Answer:
    """`==` and `matches`."""
    return _equal(left, right, exact=False)


def exact_matches(left: Any, right: Any) -> Answer:
    """As `==`, with case."""
    return _equal(left, right, exact=True)


def _equal(left: Any, right: Any, *, exact: bool) -> Answer:
    if left is None or right is None:
        return left is right
    if isinstance(left, str) and isinstance(right, str):
        return left == right if exact else left.casefold() == right.casefold()
    if isinstance(left, bool) or isinstance(right, bool):
        # A truth value equals itself and its name, but no number.
        return _named(left) is not None and _named(left) == _named(right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        pair = _instants(left, right)
        return pair is not None and pair[0] == pair[1]
    if isinstance(left, int | float | str) and isinstance(right, int | float | str):
        numbers = _numbers(left, right)
        return numbers is not None and numbers[0] == numbers[1]
    return bool(left == right)


def _named(thing: Any) -> str | None:
    if isinstance(thing, bool):
        return "true" if thing else "false"
    return thing.casefold() if isinstance(thing, str) else None


def ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Answer]:
    """`>`, `>=`, `<`, `<=`: of numbers and of instants."""

    def answer(left: Any, right: Any) -> Answer:
        if isinstance(left, datetime) or isinstance(right, datetime):
            instants = _instants(left, right)
            return None if instants is None else compare(*instants)
        numbers = _numbers(left, right)
        return None if numbers is None else compare(*numbers)

    return answer


def text_test(test: Callable[[str, str], bool], *, exact: bool = False) -> Callable[[Any, Any], Answer]:
    """`starts_with`, `ends_with` and, of texts, `contains`."""

    def answer(left: Any, right: Any) -> Answer:
        if left is None:
            return False
        whole, part = _as_text(left), _as_text(right)
        if whole is None or part is None:
            return None
        return test(whole, part) if exact else test(whole.casefold(), part.casefold())

    return answer


def contains(*, exact: bool = False) -> Callable[[Any, Any], Answer]:
    """A text contains a part, a list an item."""
    of_text = text_test(operator.contains, exact=exact)

    def answer(left: Any, right: Any) -> Answer:
        if isinstance(left, list | tuple):
            return any(_equal(item, right, exact=exact) for item in left)
        return of_text(left, right)

    return answer


def any_of(test: Callable[[Any, Any], Answer]) -> Callable[[Any, Any], Answer]:
    """`contains_any` and its like: whether `test` says yes to one of a list."""

    def answer(left: Any, right: Any) -> Answer:
        if not isinstance(right, list | tuple):
            return None
        return any(test(left, item) for item in right)

    return answer


def is_in(left: Any, right: Any) -> Answer:
    """Whether a list holds a value."""
    return None if not isinstance(right, list | tuple) else any(equals(left, item) for item in right)


def searched(left: Any, right: Any) -> Answer:
    """`regex`: whether the pattern is found anywhere in the text."""
    text = _as_text(left)
    if left is None or not isinstance(right, Pattern):
        return False
    return None if text is None else right.search(text) is not None


OPERATORS: dict[str, Callable[[Any, Any], Answer]] = {
    "==": equals,
    "matches": equals,
    "exact_matches": exact_matches,
    ">": ordered(operator.gt),
    ">=": ordered(operator.ge),
    "<": ordered(operator.lt),
    "<=": ordered(operator.le),
    "contains": contains(),
    "exact_contains": contains(exact=True),
    "regex": searched,
    "starts_with": text_test(str.startswith),
    "ends_with": text_test(str.endswith),
    "contains_any": any_of(contains()),
    "starts_with_any": any_of(text_test(str.startswith)),
    "ends_with_any": any_of(text_test(str.endswith)),
    "in": is_in,
    "is_in": is_in,
}
"""By their names; `!=` is `not ==`."""


def instant_of(thing: Any) -> datetime | None:
    """A time given as such, as ISO text, or as seconds or milliseconds since 1970."""
    if isinstance(thing, datetime):
        return thing
    if isinstance(thing, str) and len(thing) <= _LONGEST_NUMBER:
        try:
            return parse_instant(thing)
        except (ValueError, OverflowError):
            thing = _number(thing)
    if isinstance(thing, bool) or not isinstance(thing, int | float):
        return None
    try:
        seconds = thing / 1_000 if abs(thing) >= _MILLISECONDS_FROM else thing
        return (EPOCH + timedelta(seconds=seconds)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _instants(left: Any, right: Any) -> tuple[datetime, datetime] | None:
    first, second = instant_of(left), instant_of(right)
    return None if first is None or second is None else (first, second)


def _numbers(left: Any, right: Any) -> tuple[int | float, int | float] | None:
    first, second = _number(left), _number(right)
    if first is None or second is None:
        return None
    if isinstance(first, float) or isinstance(second, float):
        return _broken(first), _broken(second)
    return first, second


def _broken(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _number(thing: Any) -> int | float | None:
    if isinstance(thing, bool):
        return None
    if isinstance(thing, int | float):
        return thing
    if not isinstance(thing, str) or len(thing) > _LONGEST_NUMBER:
        return None
    text = thing.strip()
    if not _NUMERAL.fullmatch(text):
        return None
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _as_text(thing: Any) -> str | None:
    """A text, number or truth value as a text; None for what has parts."""
    match thing:
        case str():
            return thing
        case bool():
            return "true" if thing else "false"
        case int() if thing.bit_length() > _MOST_BITS:
            return None
        case int() | float():
            return repr(thing)
        case _:
            return None

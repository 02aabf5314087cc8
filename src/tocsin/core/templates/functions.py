"""The functions of the template language: `{{ path.lowerCase() }}`. None raises, whatever it is given.

Where the product's own documentation contradicts itself we chose: `substring(5,7)` takes both ends,
`substring(3)` goes to the end. Texts are compared with case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.core.patterns import Pattern, pattern
from tocsin.core.templates.texts import text_of
from tocsin.kit.clock import EPOCH, parse_instant
from tocsin.kit.errors import BadInput
from tocsin.kit.value import field, value

Argument = str | int
MAX_RESULT = 262_144
"""Characters of a function's result: replacing can multiply."""


@value
class Function:
    """One function: how many arguments it takes, and what it does with a value."""

    least: int
    most: int
    apply: Callable[..., str]
    kinds: str = "S" * 3
    """Of each argument: S a text, N a number, P a pattern."""


@value
class Call:
    """A function with its arguments, checked."""

    name: str
    arguments: tuple[Argument, ...] = ()
    ready: tuple[str | int | Pattern, ...] = field(default=(), compare=False)
    """The arguments as `apply` takes them."""

    def apply(self, thing: Any) -> str:
        """What the function makes of a value; "" of one that is not there."""
        return "" if thing is None else FUNCTIONS[self.name].apply(thing, *self.ready)[:MAX_RESULT]


def call(name: str, arguments: tuple[Argument, ...]) -> Call:
    """A checked call. Raises BadInput for an unknown function or wrong arguments."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise BadInput.at("", f"there is no function {name}; there are {', '.join(FUNCTIONS)}")
    if not function.least <= len(arguments) <= function.most:
        wanted = " or ".join(str(count) for count in range(function.least, function.most + 1))
        raise BadInput.at("", f"{name} takes {wanted} arguments, not {len(arguments)}")
    pairs = zip(arguments, function.kinds, strict=False)
    ready = tuple(_ready(name, argument, kind) for argument, kind in pairs)
    if name in _FORMATS and ready and ready[0] not in _STYLES:
        raise BadInput.at("", f"{name} takes one of S, M, L, F")
    return Call(name=name, arguments=arguments, ready=ready)


def _ready(name: str, argument: Argument, kind: str) -> str | int | Pattern:
    if kind == "P":
        return pattern(str(argument))
    if kind == "S":
        return str(argument)
    try:
        return int(argument) if isinstance(argument, int) or len(argument) <= 9 else _refuse(name)
    except ValueError:
        return _refuse(name)


def _refuse(name: str) -> int:
    raise BadInput.at("", f"{name} takes a whole number here")


# Texts.


def _substring(thing: Any, start: int, end: int | None = None) -> str:
    first = max(start, 0)
    return text_of(thing)[first:] if end is None else text_of(thing)[first : max(end, -1) + 1]


def _replace_all(thing: Any, old: str, new: str) -> str:
    text = text_of(thing)
    if not old or len(text) + text.count(old) * (len(new) - len(old)) > MAX_RESULT:
        return text
    return text.replace(old, new)


def _split_take_at(thing: Any, separator: str, place: int) -> str:
    parts = text_of(thing).split(separator) if separator else [text_of(thing)]
    return parts[place] if 0 <= place < len(parts) else ""


_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "startsWith": str.startswith,
    "equals": str.__eq__,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}


def _choices() -> dict[str, Function]:
    """`startsWithTake`, `equalsElseOrDrop` and so on: sixteen in all."""
    return {
        f"{name}{ending}": Function(least=2, most=2, apply=_choice(test, when=when, drop=drop))
        for name, test in _TESTS.items()
        for ending, when, drop in (
            ("Take", True, False),
            ("TakeOrDrop", True, True),
            ("Else", False, False),
            ("ElseOrDrop", False, True),
        )
    }


def _choice(test: Callable[[str, str], bool], *, when: bool, drop: bool) -> Callable[..., str]:
    def choose(thing: Any, wanted: str, instead: str) -> str:
        text = text_of(thing)
        if test(text, wanted) is when:
            return instead
        return "" if drop else text

    return choose


# Times, as the product writes them: English, in UTC.

_MONTHS = (
    "",
    *[
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_STYLES: Mapping[str, Callable[[datetime], str]] = {
    "S": lambda at: f"{at.month}/{at.day}/{at.year % 100:02}, {_hour(at)}:{at:%M} {_half(at)}",
    "M": lambda at: f"{_MONTHS[at.month][:3]} {at.day}, {at.year}, {_time(at)}",
    "L": lambda at: f"{_MONTHS[at.month]} {at.day}, {at.year} at {_time(at)} UTC",
    "F": lambda at: (
        f"{_DAYS[at.weekday()]}, {_MONTHS[at.month]} {at.day}, {at.year} at {_time(at)} Coordinated Universal Time"
    ),
}
_FORMATS = frozenset({"formatUnixMs", "formatUnixSec", "formatDateString"})


def _hour(at: datetime) -> int:
    return at.hour % 12 or 12


def _half(at: datetime) -> str:
    return "AM" if at.hour < 12 else "PM"


def _time(at: datetime) -> str:
    return f"{_hour(at)}:{at:%M:%S} {_half(at)}"


def _format_unix(per_second: int) -> Callable[..., str]:
    def write(thing: Any, style: str = "M") -> str:
        try:
            at = EPOCH + timedelta(seconds=float(text_of(thing)) / per_second)
        except (ValueError, OverflowError):
            return text_of(thing)
        return _STYLES[style](at.astimezone(UTC))

    return write


def _format_date(thing: Any, style: str = "M") -> str:
    try:
        at = parse_instant(text_of(thing)[:64])
    except (ValueError, OverflowError):
        return text_of(thing)
    return _STYLES[style](at)


# Lists and patterns.


def _join(thing: Any, separator: str = ", ") -> str:
    return separator.join(map(text_of, thing)) if isinstance(thing, list | tuple) else text_of(thing)


def _join_from_objects(thing: Any, name: str, separator: str = "\n") -> str:
    items = thing if isinstance(thing, list | tuple) else [thing]
    picked = [item.get(name) for item in items if isinstance(item, dict)]
    return separator.join(text_of(each) for each in picked if each is not None)


def _extract(thing: Any, wanted: Pattern) -> str:
    found = wanted.search(text_of(thing))
    return found[0] if found else ""


def _extract_groups(thing: Any, wanted: Pattern) -> str:
    found = wanted.search(text_of(thing))
    return "".join(group for group in found.groups() if group) if found else ""


FUNCTIONS: dict[str, Function] = {
    "substring": Function(least=1, most=2, apply=_substring, kinds="NN"),
    "lowerCase": Function(least=0, most=0, apply=lambda thing: text_of(thing).lower()),
    "upperCase": Function(least=0, most=0, apply=lambda thing: text_of(thing).upper()),
    "replaceAll": Function(least=2, most=2, apply=_replace_all),
    "splitTakeAt": Function(least=2, most=2, apply=_split_take_at, kinds="SN"),
    **_choices(),
    "formatUnixMs": Function(least=0, most=1, apply=_format_unix(1_000)),
    "formatUnixSec": Function(least=0, most=1, apply=_format_unix(1)),
    "formatDateString": Function(least=0, most=1, apply=_format_date),
    "join": Function(least=0, most=1, apply=_join),
    "joinFromObjectArr": Function(least=1, most=2, apply=_join_from_objects),
    "extractRegex": Function(least=1, most=1, apply=_extract, kinds="P"),
    "extractRegexGroups": Function(least=1, most=1, apply=_extract_groups, kinds="P"),
}
"""By name."""

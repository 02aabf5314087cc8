"""What the schema library finds wrong, in our words: one complaint for each fault, that says what to mend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tocsin.kit.errors import BadInput, Problem
from tocsin.languages import Filled, Texts, msgid

FILL_IN = msgid("fill this in")
_WORDS: Texts = {
    "missing": FILL_IN,
    "string_too_short": "write at least {min_length} characters",
    "string_too_long": "write at most {max_length} characters",
    "string": "write a text",
    "too_short": "name at least {min_length}",
    "too_long": "name at most {max_length}",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "int": "write a whole number",
    "float": "write a number",
    "finite_number": "write a number",
    "bool": "write true or false",
    "literal_error": "use one of {expected}",
    "datetime": "write an instant, as in 2026-03-02T12:00:00Z",
    "date": "write a day, as in 2026-03-02",
    "list": "write a list",
    "tuple": "write a list",
    "dict": "write an object",
    "dataclass": "write an object",
    "json_invalid": "not valid JSON: {error}",
}
"""By the library's name for the fault, or the first word of it."""

Path = tuple[int | str, ...]


def problems(found: Iterable[Mapping[str, Any]], skip: int = 0) -> list[Problem]:
    """Where, without the first `skip` steps, and what to mend."""
    placed = [(tuple(fault["loc"])[skip:], fault) for fault in found]
    paths = [path for path, _ in placed]
    return [
        Problem(".".join(map(str, path)), _in_words(fault))
        for path, fault in placed
        # A list counts as too short only because what was in it is wrong.
        if fault["type"] != "too_short" or not any(_below(other, path) for other in paths)
    ]


def demand(fields: Mapping[str, str]) -> None:
    """Raise BadInput for those of these fields, by path, that are empty: where one is needed because of another."""
    empty = [Problem(path, FILL_IN) for path, text in fields.items() if not text]
    if empty:
        raise BadInput(*empty)


def _below(path: Path, other: Path) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _in_words(fault: Mapping[str, Any]) -> str:
    kind, blanks = str(fault["type"]), fault.get("ctx", {})
    if kind == "value_error":
        return str(blanks["error"])
    if kind == "string_too_short" and blanks["min_length"] == 1:
        kind = "missing"
    words = _WORDS.get(kind) or _WORDS.get(kind.partition("_")[0])
    return Filled(words, **blanks) if words else str(fault["msg"])

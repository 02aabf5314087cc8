"""Paths into JSON: `event.customDetails.hosts[0]['display name']`.

A step is a name or a place in a list. A name that holds other characters than letters, digits, `_` and `-` stands in
brackets, in quotes or with a backslash before it. What is not there is `None`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tocsin.kit.errors import BadInput

Step = str | int
MAX_STEPS = 50
_MOST_DIGITS = 9


def look_up(data: Any, steps: Iterable[Step]) -> Any:
    """What lies at the end of a path, or None."""
    for step in steps:
        if isinstance(data, dict):
            data = data.get(step if isinstance(step, str) else str(step))
        elif isinstance(data, list | tuple):
            data = _item(data, step)
        else:
            return None
    return data


def _item(items: list[Any] | tuple[Any, ...], step: Step) -> Any:
    if isinstance(step, str):
        if not (step.isascii() and step.isdigit() and len(step) <= _MOST_DIGITS):
            return None
        step = int(step)
    return items[step] if step < len(items) else None


def is_name_start(character: str) -> bool:
    """Whether a name may begin with this character without brackets."""
    return character.isalpha() or character == "_"


def is_name(character: str) -> bool:
    """Whether a name may go on with this character without brackets."""
    return character.isalnum() or character in "_-"


def name_end(text: str, at: int) -> int:
    """Where the name that starts at `at` ends."""
    while at < len(text) and is_name(text[at]):
        at += 1
    return at


def scan(text: str, at: int) -> tuple[tuple[Step, ...], int]:
    """Read the path that starts at `at`: its steps, and where it ends. Raises BadInput."""
    end = name_end(text, at)
    steps: list[Step] = [text[at:end]]
    while end < len(text):
        if text[end] == "[":
            step, end = bracketed(text, end)
            steps.append(step)
        elif text[end] == "." and end + 1 < len(text) and is_name(text[end + 1]):
            start = end + 1
            end = name_end(text, start)
            steps.append(text[start:end])
        else:
            break
        if len(steps) > MAX_STEPS:
            raise BadInput.at("", f"position {at + 1}: a path has {MAX_STEPS} steps at the most")
    return tuple(steps), end


def bracketed(text: str, at: int) -> tuple[Step, int]:
    """Read what stands in brackets at `at`: a number, or a name, quoted or escaped. Raises BadInput."""
    start = at + 1
    if text[start : start + 1] in ("'", '"'):
        name, end = quoted(text, start)
    else:
        name, end = unescaped(text, start, "]")
    if text[end : end + 1] != "]":
        raise BadInput.at("", f"position {at + 1}: the bracket is never closed")
    plain = text[start:end]
    if plain.isascii() and plain.isdigit() and len(plain) <= _MOST_DIGITS:
        return int(plain), end + 1
    if not name:
        raise BadInput.at("", f"position {at + 1}: put a name or a number into the brackets")
    return name, end + 1


def quoted(text: str, at: int) -> tuple[str, int]:
    """Read the quoted text that starts at `at`: what it says, and where it ends. Raises BadInput.

    Only a backslash and the quotation marks are escaped: before anything else a backslash stays, for patterns.
    """
    said, end = unescaped(text, at + 1, text[at], "\\'\"")
    if end >= len(text):
        raise BadInput.at("", f"position {at + 1}: the quotation mark is never closed")
    return said, end + 1


def unescaped(text: str, at: int, until: str, escapable: str = "\\'\" [].:") -> tuple[str, int]:
    """The characters up to one of `until`, and where that one stands; a backslash before an escapable one is left out."""
    said: list[str] = []
    while at < len(text) and text[at] not in until:
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in escapable:
            at += 1
        said.append(text[at])
        at += 1
    return "".join(said), at

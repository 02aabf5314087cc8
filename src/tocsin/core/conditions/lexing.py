"""From the text of a condition to its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from tocsin.core import paths
from tocsin.core.conditions.counters import Counter, counter
from tocsin.kit.clock import parse_instant
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value

MAX_LENGTH = 10_000
ROOTS = frozenset({"event", "alert", "incident", "context"})
"""With what a path begins: elsewhere a word is a text."""

Kind = Literal["WORD", "PATH", "TEXT", "NUMBER", "INSTANT", "COUNTER", "SYMBOL", "END"]

_SYMBOLS = ("==", "!=", ">=", "<=", ">", "<", "(", ")", "[", "]", "{", "}", ",", ":")
_HINTS = {"=": "write == to compare", "&&": "write and", "||": "write or", "!": "write not"}
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?(?![\w.])", re.ASCII)
_COUNTER = re.compile(r"(trigger_count|resetting_trigger_count)\.(\w{1,30})", re.ASCII)
_LARGEST = 2**63


@value
class Token:
    """One word of a condition."""

    kind: Kind
    text: str
    at: int
    """Where it stands, from 0."""
    value: Any = None
    """For a path its steps; else the text, number, instant or counter."""


def tokens(text: str) -> Iterator[Token]:
    """The words of a condition, END at last. Raises BadInput with the position of what is none."""
    if len(text) > MAX_LENGTH:
        raise BadInput.at("", f"a condition has {MAX_LENGTH} characters at the most")
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = _token(text, at)
        yield token
    yield Token(kind="END", text="the end", at=len(text))


def _token(text: str, at: int) -> tuple[Token, int]:
    first = text[at]
    if first in "'\"":
        said, end = paths.quoted(text, at)
        return Token(kind="TEXT", text=text[at:end], at=at, value=said), end
    if first.isascii() and (first.isdigit() or (first == "-" and text[at + 1 : at + 2].isdigit())):
        return _number(text, at)
    if paths.is_name_start(first):
        return _word(text, at)
    for symbol in _SYMBOLS:
        if text.startswith(symbol, at):
            return Token(kind="SYMBOL", text=symbol, at=at), at + len(symbol)
    hint = next((hint for symbol, hint in _HINTS.items() if text.startswith(symbol, at)), "")
    raise wrong(at, hint or f"{first!r} has no meaning here; a text with such characters stands in quotes")


def _number(text: str, at: int) -> tuple[Token, int]:
    if found := _INSTANT.match(text, at):
        return Token(kind="INSTANT", text=found[0], at=at, value=_instant(found[0], at)), found.end()
    found = _NUMBER.match(text, at)
    if found is None:
        raise wrong(at, "this is no number; a text that begins with a digit stands in quotes")
    said = found[0]
    number: int | float = float(said)
    if said.lstrip("-").isdigit() and -_LARGEST <= int(said) < _LARGEST:
        number = int(said)
    return Token(kind="NUMBER", text=said, at=at, value=number), found.end()


def _instant(text: str, at: int) -> datetime:
    try:
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise wrong(at, f"{text} is no date and time; write 2026-01-31T08:00:00Z") from None


def _word(text: str, at: int) -> tuple[Token, int]:
    if found := _COUNTER.match(text, at):
        return Token(kind="COUNTER", text=found[0], at=at, value=_counter(found, at)), found.end()
    end = paths.name_end(text, at)
    word = text[at:end]
    if word in ROOTS:
        steps, end = paths.scan(text, at)
        return Token(kind="PATH", text=text[at:end], at=at, value=steps), end
    if text[end : end + 1] == "." and text[end + 1 : end + 2].strip():
        known = ", ".join(sorted(ROOTS))
        raise wrong(
            at, f"{word!r} is not known: a path begins with {known}; a text with a dot stands in quotes"
        )
    return Token(kind="WORD", text=word, at=at, value=word), end


def _counter(found: re.Match[str], at: int) -> Counter:
    try:
        return counter(found[1], found[2])
    except BadInput as refused:
        raise wrong(at, refused.problems[0].message) from None


def wrong(at: int, message: str) -> BadInput:
    """What is wrong at a position, counted from 1 for people."""
    return BadInput.at("", f"position {at + 1}: {message}")

"""What others send us, read without trusting it: JSON of any shape, and what a plugin stumbles over.

Rule: bytes from outside never raise anything but BadInput and Forbidden.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tocsin.kit.errors import BadInput
from tocsin.kit.value import loads
from tocsin.plugins.network import HttpAnswer

LONGEST_PAUSE_SECONDS = 3600.0

Said = Mapping[str, Any]


def fields_of(body: bytes | str) -> Said:
    """The JSON object in a body; empty for anything else. Never raises."""
    try:
        found = loads(body)
    except (BadInput, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}


def within(said: Any, *path: str | int) -> Any:
    """The value at a path of JSON; None where there is none."""
    for step in path:
        if isinstance(step, int):
            said = said[step] if isinstance(said, list) and -len(said) <= step < len(said) else None
        else:
            said = said.get(step) if isinstance(said, dict) else None
    return said


def text_at(said: Any, *path: str | int) -> str:
    """The text or number at a path of JSON, without NUL, which no database keeps; "" where there is none."""
    found = within(said, *path)
    return (
        str(found).replace("\0", "") if isinstance(found, str | int) and not isinstance(found, bool) else ""
    )


def retry_after(answer: HttpAnswer) -> float | None:
    """The seconds of a `Retry-After`, an hour at most; None where there is none, or a date."""
    asked = answer.headers.get("retry-after", "").strip()
    return min(float(asked), LONGEST_PAUSE_SECONDS) if asked.isascii() and asked.isdigit() else None


@contextmanager
def hearing(name: str) -> Iterator[None]:
    """Around a plugin's `hear`. Raises BadInput for what it stumbles over: that is not what `name` sends."""
    try:
        yield
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as wrong:
        raise BadInput.at("", f"not what {name} sends: {wrong}") from None

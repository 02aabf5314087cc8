"""How a value of JSON reads in a text."""

from __future__ import annotations

import json
from typing import Any

_MOST_BITS = 4_096


def text_of(thing: Any) -> str:
    """A text as it is, nothing for nil, everything else as JSON writes it."""
    match thing:
        case None:
            return ""
        case str():
            return thing
        case bool():
            return "true" if thing else "false"
        case int() if thing.bit_length() > _MOST_BITS:
            return "a number too long to be written"
        case int():
            return str(thing)
        case _:
            return _json(thing)


def _json(thing: Any) -> str:
    try:
        return json.dumps(thing, ensure_ascii=False, default=str)
    except (ValueError, TypeError, RecursionError):
        return "a value too large to be written"

"""How alike two summaries are, from 0 to 1. Local and deterministic: the same texts always score the same.

Measured is the share of common groups of three letters (Dice's coefficient), after case, blanks and numbers were
evened out: "disk 91 % full on web01" and "Disk 97% full on web02" are the same text but for their spelling.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

MAX_COMPARED = 500
"""Letters of a summary that are looked at."""
DEFAULT_THRESHOLD = 0.8

_NUMBERS = re.compile(r"[0-9a-f]*[0-9][0-9a-f]*")
_BLANKS = re.compile(r"[\W_]+")


def likeness(one: str, other: str) -> float:
    """How alike two texts are: 1 for texts that differ in numbers, case and blanks only."""
    first, second = _evened(one), _evened(other)
    if first == second:
        return 1.0
    left, right = _groups(first), _groups(second)
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0


@lru_cache(maxsize=4_096)
def _evened(text: str) -> str:
    """Without case, every number (also a hexadecimal one) as 0, everything between words as one blank."""
    text = _NUMBERS.sub("0", text[:MAX_COMPARED].casefold())
    return f" {_BLANKS.sub(' ', text).strip()} "


@lru_cache(maxsize=4_096)
def _groups(text: str) -> Counter[str]:
    return Counter(text[place : place + 3] for place in range(len(text) - 2))

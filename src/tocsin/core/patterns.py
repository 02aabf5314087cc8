"""Regular expressions that people write and strangers' texts are searched with.

A pattern can be made to take for ever by the text it meets, so a search has a time limit, and a pattern and
a text have a size limit. What runs out of time is not found: the caller goes on with "no match". Look-behind
of any width and possessive repeats work as they do in Java, where the product's users know them from.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from tocsin.kit.errors import BadInput

MAX_PATTERN = 1_000
MAX_TEXT = 65_536
"""Characters of a text that are searched; what lies beyond is not seen."""
MAX_PATTERNS = 20
"""In one condition or template: each may take its time."""
TIMEOUT_SECONDS = 0.02
"""A sound pattern needs microseconds; a batch of events must not wait for an unsound one."""


class Pattern:
    """A regular expression; `search` answers within `TIMEOUT_SECONDS`."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str, compiled: regex.Pattern[str]) -> None:
        self.text = text
        self._compiled = compiled

    def search(self, text: str) -> regex.Match[str] | None:
        """The first match anywhere in `text`, or None: also when the time ran out."""
        try:
            return self._compiled.search(text[:MAX_TEXT], timeout=TIMEOUT_SECONDS)
        except (TimeoutError, RecursionError, MemoryError):
            return None


@lru_cache(maxsize=1_024)
def pattern(text: str) -> Pattern:
    """Compile a pattern. Raises BadInput that says what is wrong with it."""
    if len(text) > MAX_PATTERN:
        raise BadInput.at("", f"the pattern has {len(text)} characters, {MAX_PATTERN} are allowed")
    try:
        return Pattern(text, regex.compile(text, regex.VERSION0))
    except RecursionError:
        raise BadInput.at("", "the pattern is nested too deeply") from None
    except (regex.error, ValueError, OverflowError, KeyError, IndexError) as wrong:
        raise BadInput.at("", f"the pattern is not a regular expression: {wrong}") from None

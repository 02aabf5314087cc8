"""What people mean when they answer by text message, keypad, button or chat. Pure grammar.

Rule: be forgiving, and never guess. `1`, `ack`, “Übernehmen!” and `'ack 17'` are answers, with or
without the short code of the incident; what fits nothing is not understood, and that is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Literal

from tocsin.kit.value import value
from tocsin.languages import in_every_language, msgid

Meaning = Literal["ACCEPT", "RESOLVE", "ESCALATE", "REPEAT", "STOP", "START", "HELP", "NOT_UNDERSTOOD"]
ACTIONS: tuple[Meaning, ...] = ("ACCEPT", "RESOLVE", "ESCALATE")

LONGEST_READ = 200
"""Characters of an answer that are looked at."""
_LARGEST_CODE = 10**9


@value
class Said:
    """An answer, understood."""

    meaning: Meaning
    code: int | None = None
    """The short code, or the number, of the incident that is meant; None: the one asked about last."""


def understand(text: str) -> Said:
    """What an answer means."""
    words = _words(text)
    if not words:
        return Said(meaning="NOT_UNDERSTOOD")
    if len(words) == 1:
        return _one(words[0])
    if len(words) == 2:
        return _two(*words)
    if words[0] in _meanings() and not any(word.isdigit() for word in words):
        # "ack, I am on it": the first word is the answer.
        return Said(meaning=_meanings()[words[0]])
    return Said(meaning="NOT_UNDERSTOOD")


def _one(word: str) -> Said:
    meaning = _DIGITS.get(word) or _meanings().get(word)
    return Said(meaning=meaning) if meaning else Said(meaning="NOT_UNDERSTOOD")


def _two(first: str, second: str) -> Said:
    """An answer and a code, in either order; of two numbers the first is the answer."""
    if second.isdigit():
        meaning = _meanings().get(first) or _DIGITS.get(first)
        return _about(meaning, second)
    if first.isdigit():
        return _about(_meanings().get(second), first)
    meaning = _meanings().get(first)
    return Said(meaning=meaning) if meaning else Said(meaning="NOT_UNDERSTOOD")


def _about(meaning: Meaning | None, code: str) -> Said:
    if meaning not in ACTIONS or int(code) > _LARGEST_CODE:
        return Said(meaning="NOT_UNDERSTOOD")
    return Said(meaning=meaning, code=int(code))


def _words(text: str) -> list[str]:
    """The words and numbers of a text, without case, accents and punctuation; `ack17` are two."""
    plain = text[:LONGEST_READ].casefold()
    for written, spelled in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(written, spelled)
    plain = unicodedata.normalize("NFKD", plain)
    found = re.findall(r"[a-z]+|[0-9]{1,18}", "".join(c for c in plain if not unicodedata.combining(c)))
    return [word for word in found if word not in _ignored()]


_IGNORED = msgid("please incident alert alarm no number code", "said beside an answer")
_DIGITS: Mapping[str, Meaning] = {"0": "REPEAT", "1": "ACCEPT", "2": "RESOLVE", "3": "ESCALATE"}
_SPELLED: Mapping[Meaning, str] = {
    "ACCEPT": msgid(
        "a ack acks acked acknowledge acknowledged accept accepted take taken ok okay yes mine", "an answer"
    ),
    "RESOLVE": msgid("r c resolve resolved close closed done fixed solved", "an answer"),
    "ESCALATE": msgid("e esc escalate escalated next", "an answer"),
    "REPEAT": msgid("repeat again", "an answer"),
    "STOP": msgid("stop stopall unsubscribe end quit", "an answer"),
    "START": msgid("start unstop subscribe", "an answer"),
    "HELP": msgid("help info", "an answer"),
}
"""Without accents; ä, ö, ü and ß as ae, oe, ue and ss."""


@cache
def reply_words() -> Mapping[Meaning, tuple[str, ...]]:
    """Every word that is understood, in every language, whichever the person's is."""
    return {meaning: in_every_language(words) for meaning, words in _SPELLED.items()}


@cache
def _meanings() -> Mapping[str, Meaning]:
    return {word: meaning for meaning, words in reply_words().items() for word in words}


@cache
def _ignored() -> frozenset[str]:
    return frozenset(in_every_language(_IGNORED))

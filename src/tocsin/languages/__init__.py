"""What Tocsin says, in every language that it speaks. One file per language; the code speaks English.

A text is its own key. `say(language, "Accepted by {who}", who=name)` looks it up where it is said; one that
is said elsewhere is marked where it stands, by `msgid` or as a table of `Texts`. `make texts` gathers all of
them, and those of the templates, into the catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from tocsin.languages.catalogues import compiled, read

FOLDER = Path(__file__).parent
SOURCE = "en"
"""The language of the code, which needs no catalogue."""
OFFERED = (SOURCE, *sorted(file.stem for file in FOLDER.glob("*.po")))
"""The languages that people can choose from: those with a catalogue."""
if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[OFFERED]
    """One of those offered, by its ISO 639 code."""

_CONTEXT_ENDS = "\x04"
"""As gettext writes a text's context before it."""
Texts = dict[str, str]
"""Texts by code. A table that is declared as `Texts` is gathered into the catalogues."""


class Filled(str):
    """An English text with its {blanks} filled in, which `say` still says in any other language."""

    __slots__ = ("blanks", "text")
    text: str
    blanks: Mapping[str, object]

    def __new__(cls, text: str, /, **blanks: object) -> Self:
        """`text` is the key."""
        made = super().__new__(cls, text.format(**blanks))
        made.text, made.blanks = text, blanks
        return made


def msgid(text: str, context: str = "") -> str:
    """The key of a text that is said elsewhere. `context` tells apart what English has one word for."""
    return f"{context}{_CONTEXT_ENDS}{text}" if context else text


def say(language: str, text: str, /, **blanks: object) -> str:
    """A text in the language, or in English if it has none for it; with its {blanks} filled in, if any are given."""
    if isinstance(text, Filled):
        return say(language, text.text, **text.blanks)
    # The catalogue's own entry has the empty key.
    said = _catalogue(language).gettext(text).rpartition(_CONTEXT_ENDS)[2] if text else ""
    return said.format(**blanks) if blanks else said


def say_many(language: str, one: str, many: str, count: int, /, **blanks: object) -> str:
    """A text that depends on a number, by the plural forms of the language. The number fills in {count}."""
    said = _catalogue(language).ngettext(one, many, count).rpartition(_CONTEXT_ENDS)[2]
    return said.format(count=count, **blanks)


def in_every_language(words: str) -> tuple[str, ...]:
    """A text that is a list of words, for reading what people write in whichever language: each word once."""
    return tuple(dict.fromkeys(word for language in OFFERED for word in say(language, words).split()))


@cache
def own_names() -> dict[str, str]:
    """The languages that are offered, as those who speak them call them: `Deutsch`."""
    name = msgid("English", "the name of this language, in itself")
    return {language: say(language, name) for language in OFFERED}


def preferred(accept_language: str) -> str:
    """The first language of a browser's Accept-Language that is offered, else English."""
    wanted = (part.strip()[:2] for part in accept_language.lower().split(","))
    return next((language for language in wanted if language in OFFERED), SOURCE)


@cache
def _catalogue(language: str) -> NullTranslations:
    """Read when the language is first spoken. One that is unknown is English: no page is lost to it."""
    if language not in OFFERED or language == SOURCE:
        return NullTranslations()
    return GNUTranslations(BytesIO(compiled(read((FOLDER / f"{language}.po").read_text("utf-8")))))

"""What a call says, and what a digit means. How it is said (TwiML, NCCO) is each provider's affair.

Rule: only a digit answers. A voicemail, or somebody who hangs up, acknowledges nothing.
"""

from __future__ import annotations

from typing import Literal

from tocsin.channels.mail_mime import one_line
from tocsin.channels.short_words import SHORT, state_of
from tocsin.core.messages import Message
from tocsin.kit.value import value

Digit = Literal["ACCEPT", "RESOLVE", "ESCALATE", "REPEAT", "WRONG", "NONE"]

MOST_SPOKEN = 400
"""Characters of a summary that are read out: half a minute."""
TURNS = 3
"""How often the menu is said before the call ends."""

_DIGITS: dict[str, Digit] = {"1": "ACCEPT", "2": "RESOLVE", "3": "ESCALATE", "0": "REPEAT", "": "NONE"}


@value
class Call:
    """A call in words, ready to be put into a provider's script."""

    language: Literal["en", "de"]
    lines: tuple[str, ...]
    """What is said, one sentence or so each."""
    menu: str = ""
    """What can be pressed; "" when no answer is asked for."""
    nothing_pressed: str = ""
    """Said at the end of a call in which nobody pressed anything."""


def call(message: Message) -> Call:
    """What to say for a page, an update or a notice."""
    words = SHORT[message.language]
    about = message.subject
    if about is None or message.purpose in ("INVITATION", "NOTICE"):
        said = (one_line(message.headline), one_line(message.text)[:MOST_SPOKEN])
        return Call(language=message.language, lines=(words.greeting, *filter(None, said)))
    state = words.spoken_state[state_of(message, about)].format(id=about.id)
    summary = one_line(about.summary)[:MOST_SPOKEN] or words.no_summary
    source = one_line(about.source)
    lines = (
        words.greeting,
        f"{state}. {words.priority[about.priority]}.",
        summary,
        words.source.format(source=source) if source else "",
    )
    return Call(
        language=message.language,
        lines=tuple(filter(None, lines)),
        menu=words.menu if message.answers else "",
        nothing_pressed=words.nothing_pressed if message.answers else "",
    )


def digit(pressed: str) -> Digit:
    """What the first key pressed asks for; NONE when there was none."""
    return _DIGITS.get(pressed.strip()[:1], "WRONG")


def after(pressed: str, language: Literal["en", "de"]) -> str:
    """What is said before the menu is repeated: after a wrong digit that it was one."""
    return SHORT[language].wrong_digit if digit(pressed) == "WRONG" else ""


def spelt_out(code: str) -> str:
    """A code so that a voice reads its characters one by one: `4 7 1 1`."""
    return ", ".join(code)

"""What a call says, and what a digit means. How it is said (TwiML, NCCO) is each provider's affair.

Rule: only a digit answers. A voicemail, or somebody who hangs up, acknowledges nothing.
"""

from __future__ import annotations

from typing import Literal

from tocsin.channels.incident_words import state_of
from tocsin.channels.mail_mime import one_line
from tocsin.channels.short_words import ShortWords, short_words
from tocsin.core.messages import Message
from tocsin.core.notifying import PLAIN
from tocsin.kit.value import value
from tocsin.languages import Language
from tocsin.plugins import Answered

Digit = Literal["ACCEPT", "RESOLVE", "ESCALATE", "REPEAT", "WRONG", "NONE"]

MOST_SPOKEN = 400
"""Characters of a summary that are read out: half a minute."""
MOST_NAMED = 100
TURNS = 3
"""How often the menu is said, and how often everything is said again, before the call ends."""

_AGAIN = ("REPEAT", "NOT_UNDERSTOOD")
_DIGITS: dict[str, Digit] = {"1": "ACCEPT", "2": "RESOLVE", "3": "ESCALATE", "0": "REPEAT", "": "NONE"}


@value
class Call:
    """A call in words, ready to be put into a provider's script."""

    language: Language
    lines: tuple[str, ...]
    """What is said, one sentence or so each."""
    menu: str = ""
    """What can be pressed; "" when no answer is asked for."""
    nothing_pressed: str
    """Said at the end of a call in which nobody pressed anything."""
    goodbye: str


def call(message: Message) -> Call:
    """What to say for a page, an update or a notice."""
    words = short_words(message.language)
    return Call(
        language=message.language,
        lines=tuple(filter(None, (words.greeting, *_lines(message, words)))),
        menu=words.menu if message.answers else "",
        nothing_pressed=words.nothing_pressed,
        goodbye=words.goodbye,
    )


def _lines(message: Message, words: ShortWords) -> tuple[str, ...]:
    about = message.subject
    if message.purpose == "VERIFICATION" and message.code:
        code = words.code.format(code=", ".join(message.code))
        return code, code
    if about is None or message.purpose in PLAIN:
        return one_line(message.headline), one_line(message.text)[:MOST_SPOKEN]
    state = words.spoken_state[state_of(message, about)].format(id=about.id)
    summary = one_line(about.summary)[:MOST_SPOKEN] or words.no_summary
    source = one_line(about.source)[:MOST_NAMED]
    return (
        f"{state}. {words.priority[about.priority]}.",
        summary,
        words.source.format(source=source) if source else "",
    )


def digit(pressed: str) -> Digit:
    """What the first key pressed asks for; NONE when there was none."""
    return _DIGITS.get(pressed.strip()[:1], "WRONG")


def after(pressed: str, language: Language) -> str:
    """What is said before the menu is repeated: after a wrong digit that it was one."""
    return short_words(language).wrong_digit if digit(pressed) == "WRONG" else ""


def keys_url(callback_url: str, message: Message, turn: int) -> str:
    """Where the key that is pressed in a call is reported."""
    return f"{callback_url}/keys/{message.token}/{turn}"


def turn_of(key: str) -> int:
    """How often a call has said everything, by the key of a reply: `CA123/2`."""
    turn = key.rpartition("/")[2]
    return int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 3 else 1


def says_again(done: Answered) -> bool:
    """Whether a call says everything once more: asked for, or because nothing was understood."""
    again = done.outcome in _AGAIN and done.message is not None
    return again and turn_of(done.reply.key) < TURNS


def last_words(done: Answered) -> str:
    """How a call ends: what came of the key, or that there was none."""
    words = short_words(done.message.language if done.message else "en")
    said = words.nothing_pressed if done.outcome in _AGAIN else one_line(done.text)
    return f"{said} {words.goodbye}".strip()

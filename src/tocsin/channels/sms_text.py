"""What fits into a short message, and what a page says in one.

A short message is 160 characters of the GSM alphabet (3GPP TS 23.038), or 70 as soon as it holds one
that the alphabet lacks. Longer texts are several messages that the phone joins, each a little shorter
for the number that joins them. Rule: the state, the answers and their code are always there; first the
source is left out, then the summary is cut. A link is there only where no answer can be heard: carriers of
some countries stop texts that have one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal

from tocsin.channels.incident_words import state_of
from tocsin.channels.mail_mime import one_line
from tocsin.channels.short_words import ShortWords, short_words
from tocsin.core.messages import Message
from tocsin.core.notifying import PLAIN
from tocsin.kit.value import replace, value

Encoding = Literal["GSM7", "UCS2"]
Letters = Literal["AS_WRITTEN", "PUNCTUATION", "PLAIN"]
"""What is done to characters that the GSM alphabet lacks: nothing; typographic dashes, quotes and
spaces become plain ones; or every letter becomes its nearest, and what has none a question mark."""

MOST_SEGMENTS = 3
"""Of one page: what it costs at most."""
_MORE = "..."
"""Says that something was cut. An ellipsis is no character of the alphabet."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Each is an escape and a character, and takes the place of two."""

_ROOM: dict[Encoding, tuple[int, int]] = {"GSM7": (160, 153), "UCS2": (70, 67)}
"""Places in a message of its own, and in each of several that belong together."""

_PUNCTUATION = str.maketrans({
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\u2007", " "),
    **dict.fromkeys("•·‣", "*"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    "…": "...",
    "\t": " ",
    "→": "->",
    "←": "<-",
    "×": "x",
})  # fmt: skip
_LETTERS = str.maketrans({
    "ç": "c", "ı": "i", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "œ": "oe",
    "Œ": "OE", "ẞ": "SS", "°": "o", "™": "TM", "©": "(c)", "®": "(r)", "µ": "u", "²": "2", "³": "3",
    "½": "1/2", "≥": ">=", "≤": "<=", "≠": "!=", "±": "+-",
})  # fmt: skip


@value
class ShortText:
    """A text as it goes out, and what it costs."""

    text: str
    encoding: Encoding
    segments: int
    """How many messages are paid for."""
    places: int
    """Places taken, of those that `segments` have."""
    free: int
    """Places left before one more message is needed."""
    cut: bool = False
    """Whether something had to be left out."""
    foreign: str = ""
    """The characters that make it a UCS-2 message, each once."""


def encoding_of(text: str) -> Encoding:
    """The alphabet that a text needs."""
    return "GSM7" if all(char in _BASIC or char in _EXTENDED for char in text) else "UCS2"


def measure(text: str) -> ShortText:
    """What a text costs as it is."""
    encoding = encoding_of(text)
    single, joined = _ROOM[encoding]
    widths = [_width(char, encoding) for char in text]
    places = sum(widths)
    if places <= single:
        segments, room = 1, single - places
    else:
        segments, last = _packed(widths, joined)
        room = joined - last
    foreign = "".join(dict.fromkeys(c for c in text if c not in _BASIC and c not in _EXTENDED))
    return ShortText(
        text=text, encoding=encoding, segments=segments, places=places, free=room, foreign=foreign
    )


def spelt(text: str, letters: Letters = "PUNCTUATION") -> str:
    """The text in the letters that were chosen. Never lengthens a text that the alphabet holds."""
    composed = unicodedata.normalize("NFC", text)
    if letters == "AS_WRITTEN" or encoding_of(composed) == "GSM7":
        return composed
    plain = composed.translate(_PUNCTUATION)
    return "".join(_nearest(char) for char in plain) if letters == "PLAIN" else plain


def fit(
    text: str, segments: int = MOST_SEGMENTS, letters: Letters = "PUNCTUATION", *, end: str = ""
) -> ShortText:
    """The text in at most so many messages, cut if it must be; never what is to stand at its end."""
    return _longest(spelt(text, letters), lambda kept: kept + end, segments)


def page_text(
    message: Message,
    segments: int = MOST_SEGMENTS,
    letters: Letters = "PUNCTUATION",
    *,
    heard: bool = True,
) -> ShortText:
    """The short message for a page, an update or a notice. `heard`: whether it can be answered by another."""
    about = message.subject
    if about is None or message.purpose in PLAIN:
        # The code first, alone: telephones offer it for filling in.
        head = "" if message.purpose == "VERIFICATION" else one_line(message.headline)
        said = ": ".join(filter(None, (head, one_line(message.text)))) or "Tocsin"
        asks = message.answers if message.purpose == "TEST" else None
        return fit(said, segments, letters, end=f"\n{asks.accept}" if asks else "")
    words = short_words(message.language)
    head = spelt(f"{words.state[state_of(message, about)].upper()} #{about.id}: ", letters)
    tail = spelt(f"\n{_asked(message, words, heard=heard)}" if message.answers else "", letters)
    summary = spelt(one_line(about.summary) or words.no_summary, letters)
    source = spelt(one_line(about.source), letters)
    whole = measure(f"{head}{summary}\n{source}{tail}") if source else measure(head + summary + tail)
    if whole.segments <= segments:
        return whole
    without_source = _longest(summary, lambda kept: head + kept + tail, segments)
    return replace(without_source, cut=True)


def _asked(message: Message, words: ShortWords, *, heard: bool) -> str:
    """How to answer: by another text, else on the page that takes every answer."""
    if message.answers and not heard:
        return message.answers.accept
    answers = words.answer_by_code if message.reply_code else words.answer_by_text
    return answers.format(code=message.reply_code)


def _longest(text: str, shape: Callable[[str], str], segments: int) -> ShortText:
    """The shape with as much of the text as fits."""
    whole = measure(shape(text))
    if whole.segments <= segments:
        return whole
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if measure(shape(_cut(text, middle))).segments <= segments:
            fits = middle
        else:
            too_long = middle
    return replace(measure(shape(_cut(text, fits))), cut=True)


def _cut(text: str, length: int) -> str:
    return text[: max(length - len(_MORE), 0)].rstrip() + _MORE[:length]


def _width(char: str, encoding: Encoding) -> int:
    """Places that a character takes: two when it is escaped, or outside the first Unicode plane."""
    if encoding == "GSM7":
        return 2 if char in _EXTENDED else 1
    return 2 if ord(char) > 0xFFFF else 1


def _packed(widths: Sequence[int], room: int) -> tuple[int, int]:
    """How many messages, and the places taken in the last: a pair is never divided between two."""
    count, taken = 1, 0
    for width in widths:
        if taken + width > room:
            count, taken = count + 1, 0
        taken += width
    return count, taken


def _nearest(char: str) -> str:
    if char in _BASIC or char in _EXTENDED:
        return char
    near = char.translate(_LETTERS)
    near = near if near != char else unicodedata.normalize("NFKD", char)
    kept = "".join(c for c in near if c in _BASIC or c in _EXTENDED)
    return kept or ("" if unicodedata.combining(char) else "?")

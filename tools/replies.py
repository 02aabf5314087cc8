"""The reference of the words by which people answer, from the grammar itself."""

from __future__ import annotations

from tocsin.core.replies import Meaning, reply_words

_WHAT: dict[Meaning, tuple[str, str]] = {
    "ACCEPT": ("1", "acknowledges: you have it, nobody else is told"),
    "RESOLVE": ("2", "resolves: the problem is over"),
    "ESCALATE": ("3", "escalates: the next level is told at once"),
    "REPEAT": ("0", "in a call: says the message again"),
    "STOP": ("", "ends these messages to this number (calls still come)"),
    "START": ("", "allows them again"),
    "HELP": ("", "explains the answers"),
}

_TEXT = """\
# Answering by text message, call and chat

Answer a message with a digit or a word, in English or German. Case, quotation marks, punctuation and spaces do
not matter, and umlauts may be written as `ue` or left out.

| answer | does |
|---|---|
{rows}

**Which incident?** Every text message shows a short number. `ack 4`, `4 ack`, `1 4` and `ack4` mean incident
number 4 on *your* telephone; the incident's own number (`close 1234`) works as well. Without a number the answer is
about the incident you were told of last, and we say which others are open. A number is used again when
its incident is resolved.

**In a call** press 1, 2, 3 or 0. A call that is answered without a key pressed is no acknowledgement, and
every other key says the menu again.

Every answer is confirmed. What we do not understand we say five times in a row at the most; strangers, and
telephones that are not proven, are answered nothing. An answer that the provider delivers twice counts once.
"""


def replies_page() -> str:
    """The whole page."""
    rows = []
    for meaning, (digit, does) in _WHAT.items():
        words = [digit] if digit else []
        rows.append(f"| {', '.join(f'`{word}`' for word in (*words, *reply_words()[meaning]))} | {does} |")
    return _TEXT.format(rows="\n".join(rows))

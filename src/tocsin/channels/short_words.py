"""What short messages, calls and pushes say by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

from tocsin.channels.incident_words import State, priorities, states
from tocsin.languages import Language, msgid, say


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortWords:
    """Everything that a channel with little room says by itself, in one language."""

    state: Mapping[State, str]
    spoken_state: Mapping[State, str]
    """The state in a call, as the beginning of a sentence: `{id}`."""
    priority: Mapping[str, str]
    accept: str
    resolve: str
    escalate: str
    open: str
    no_summary: str
    answer_by_text: str
    """How a reply answers."""
    answer_by_code: str
    """The same, with the number of the incident on this telephone: `{code}`."""
    code: str
    """A proof of an address, spoken: `{code}` has its digits apart."""
    greeting: str
    source: str
    """Where an incident comes from, spoken: `{source}`."""
    menu: str
    wrong_digit: str
    nothing_pressed: str
    goodbye: str
    voice: str
    """The language of a call and its country: `en-US`."""


@cache
def short_words(language: Language) -> ShortWords:
    """The words of a language."""
    t = partial(say, language)
    return ShortWords(
        state=states(language),
        spoken_state={
            "PENDING": t("Incident {id} is open"),
            "ESCALATED": t("Incident {id} was escalated to you"),
            "ACCEPTED": t("Incident {id} was accepted"),
            "RESOLVED": t("Incident {id} was resolved"),
        },
        priority=priorities(language),
        accept=t("Acknowledge"),
        resolve=t("Resolve"),
        escalate=t("Escalate"),
        open=t("Open"),
        no_summary=t("no summary provided"),
        answer_by_text=t("Reply 1 ack, 2 resolve, 3 escalate"),
        answer_by_code=t("Reply ack {code}, resolve {code} or escalate {code}"),
        code=t("Your code is {code}."),
        greeting=t("This is Tocsin."),
        source=t("Reported by {source}."),
        menu=t(
            "To acknowledge, press 1. To resolve, press 2. To escalate, press 3. To hear this again, press 0."
        ),
        wrong_digit=t("That digit means nothing here."),
        nothing_pressed=t("Nothing was pressed, so nothing was changed."),
        goodbye=t("Goodbye."),
        voice=t(msgid("en-US", "voice of calls (BCP 47)")),
    )

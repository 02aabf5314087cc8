"""What short messages, calls and pushes say by themselves, in English and German."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tocsin.core.messages import Message, Subject

State = Literal["PENDING", "ESCALATED", "ACCEPTED", "RESOLVED"]


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


SHORT: Mapping[str, ShortWords] = {
    "en": ShortWords(
        state={
            "PENDING": "Pending",
            "ESCALATED": "Escalated",
            "ACCEPTED": "Accepted",
            "RESOLVED": "Resolved",
        },
        spoken_state={
            "PENDING": "Incident {id} is open",
            "ESCALATED": "Incident {id} was escalated to you",
            "ACCEPTED": "Incident {id} was accepted",
            "RESOLVED": "Incident {id} was resolved",
        },
        priority={"HIGH": "High priority", "LOW": "Low priority"},
        accept="Acknowledge",
        resolve="Resolve",
        escalate="Escalate",
        open="Open",
        no_summary="no summary provided",
        answer_by_text="Reply 1 ack, 2 resolve, 3 escalate",
        answer_by_code="Reply ack {code}, resolve {code} or escalate {code}",
        code="Your code is {code}.",
        greeting="This is Tocsin.",
        source="Reported by {source}.",
        menu="To acknowledge, press 1. To resolve, press 2. To escalate, press 3. To hear this again, press 0.",
        wrong_digit="That digit means nothing here.",
        nothing_pressed="Nothing was pressed, so nothing was changed.",
        goodbye="Goodbye.",
    ),
    "de": ShortWords(
        state={"PENDING": "Offen", "ESCALATED": "Eskaliert", "ACCEPTED": "Angenommen", "RESOLVED": "Gelöst"},
        spoken_state={
            "PENDING": "Vorfall {id} ist offen",
            "ESCALATED": "Vorfall {id} wurde an Sie eskaliert",
            "ACCEPTED": "Vorfall {id} wurde angenommen",
            "RESOLVED": "Vorfall {id} wurde gelöst",
        },
        priority={"HIGH": "Hohe Priorität", "LOW": "Niedrige Priorität"},
        accept="Annehmen",
        resolve="Lösen",
        escalate="Eskalieren",
        open="Öffnen",
        no_summary="keine Beschreibung",
        answer_by_text="Antwort: 1 annehmen, 2 lösen, 3 eskalieren",
        answer_by_code="Antwort: annehmen {code}, lösen {code} oder eskalieren {code}",
        code="Ihr Code lautet {code}.",
        greeting="Hier ist Tocsin.",
        source="Gemeldet von {source}.",
        menu="Zum Annehmen drücken Sie die 1. Zum Lösen die 2. Zum Eskalieren die 3. "
        "Um alles noch einmal zu hören, die 0.",
        wrong_digit="Diese Ziffer hat hier keine Bedeutung.",
        nothing_pressed="Es wurde nichts gedrückt, also wurde nichts geändert.",
        goodbye="Auf Wiederhören.",
    ),
}


def state_of(message: Message, about: Subject) -> State:
    """Which state a message is about: an update names its own, a page shows the incident's."""
    match message.purpose:
        case "ACCEPTED" | "ESCALATED" | "RESOLVED":
            return message.purpose
        case _:
            return about.status

"""How every channel calls the state and the priority of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tocsin.core.messages import Message, Subject
from tocsin.languages import Language, msgid, say

State = Literal["PENDING", "ESCALATED", "ACCEPTED", "RESOLVED"]


def state_of(message: Message, about: Subject) -> State:
    """Which state a message is about: an update names its own, a page shows the incident's."""
    match message.purpose:
        case "ACCEPTED" | "ESCALATED" | "RESOLVED":
            return message.purpose
        case _:
            return about.status


def states(language: Language) -> Mapping[State, str]:
    """Each state, by its name."""
    return {
        "PENDING": say(language, "Pending"),
        "ESCALATED": say(language, "Escalated"),
        "ACCEPTED": say(language, msgid("Accepted", "in a message")),
        "RESOLVED": say(language, "Resolved"),
    }


def priorities(language: Language) -> Mapping[str, str]:
    """Each priority, by its name."""
    return {"HIGH": say(language, "High priority"), "LOW": say(language, "Low priority")}

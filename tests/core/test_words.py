"""Words for every entry of a timeline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tocsin
from tocsin.core.people import SYSTEM, Actor
from tocsin.core.words import LOG_WORDS, log_text

BO = Actor(kind="USER", id=2, name="Bo Ruiz", via="API")
ROOT = Path(tocsin.__file__).parent


def test_every_type_that_is_written_has_words() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("core", "store", "engine")
        for path in (ROOT / folder).rglob("*.py")
    )
    written = set(re.findall(r"(?:Log|NewEntry)\([^)]*?type=\"(\w+)\"", sources))
    assert len(written) > 10
    assert written <= LOG_WORDS.keys()


@pytest.mark.parametrize(
    "kind, said, text",
    [
        ("NotTold", {"users": [2], "reason": "NO_CONTACT", "detail": "EMAIL"},
         "Bo Ruiz was not told: there is no address for it (EMAIL)"),
        ("LevelReachedNobody", {"level": 2}, "Level 2 reached nobody"),
        ("LevelReachedNobody", {"level": 2, "reason": "every mail bounced"}, "Level 2 reached nobody: every mail bounced"),
        ("UserResponse", {"answer": "ACCEPTED"}, "Accepted by Bo Ruiz"),
        ("IncidentAssignedBySystem", {"level": 1, "users": [2, 9]}, "Level 1: assigned to Bo Ruiz, #9"),
        ("CommentAdded", {"text": "{by} is {level}"}, "Bo Ruiz commented: {by} is {level}"),
        ("EscalatedToLevel", {}, "Escalated to level ? by Bo Ruiz"),
        ("SomethingNew", {}, "SomethingNew"),
    ],
)  # fmt: skip
def test_sentences(kind: str, said: dict[str, object], text: str) -> None:
    assert log_text(kind, BO, said, {2: "Bo Ruiz"}) == text


def test_a_nameless_actor() -> None:
    source = Actor(kind="SOURCE", name="", via="EVENT")
    assert log_text("AlertSourceResponse", source, {"answer": "RESOLVED"}, {}, "de") == (
        "Gelöst durch die Alarmquelle"
    )
    assert log_text("HeartbeatOverdue", SYSTEM, {}, {}) == "The heartbeat is overdue"

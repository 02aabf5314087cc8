"""The sentence that says what happens next."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.core.people_and_policies import NOON, around, incident, person, policy
from tocsin.core.incidents import Incident
from tocsin.core.sentences import clock_time, next_people, next_step
from tocsin.kit.value import replace

TWO = around(policy([1], [2, 99]), person(1), person(2))
SOON = NOON + timedelta(minutes=14)


def test_who_is_told_next_is_named_also_when_the_only_level_comes_again() -> None:
    again = around(policy([1], passes=2), person(1))
    assert next_people(incident(phase="CLIMBING", level=0, due_at=SOON), again, NOON) == "P1"
    assert next_people(incident(phase="CLIMBING", level=1, due_at=SOON), TWO, NOON) == ""


@pytest.mark.parametrize(
    "now_is, said, gesagt",
    [
        (
            incident(phase="CLIMBING", level=0, due_at=SOON),
            "If nobody accepts, level 2 (P2) is told at 12:14.",
            "Übernimmt niemand, wird um 12:14 Stufe 2 (P2) benachrichtigt.",
        ),
        (
            incident(phase="CLIMBING", level=1, due_at=SOON),
            "If nobody accepts by 12:14, the escalation ends.",
            "Übernimmt bis 12:14 niemand, endet die Eskalation.",
        ),
        (
            replace(incident("ACCEPTED", "HELD", due_at=None), accepted_by=2),
            "P2 has it. Nobody else will be told.",
            "P2 kümmert sich darum. Es wird niemand weiter benachrichtigt.",
        ),
        (
            incident("RESOLVED", "HELD", due_at=None),
            "Resolved by the alert source. Nothing more happens.",
            "Gelöst von der Alarmquelle. Es geschieht nichts mehr.",
        ),
        (
            incident(phase="LOW", level=0, priority="LOW", due_at=None),
            "Low priority: it does not escalate. Nobody else will be told.",
            "Niedrige Priorität: es wird nicht eskaliert und niemand weiter benachrichtigt.",
        ),
        (
            replace(incident(phase="ASSIGNED", due_at=None), assigned_to=1),
            "Assigned to P1 by hand. Nobody else will be told.",
            "Von Hand zugewiesen an P1. Es wird niemand weiter benachrichtigt.",
        ),
        (
            incident(phase="ENDED", level=1, due_at=None),
            "Nobody could be told: every way to every person failed.",
            "Niemand war erreichbar: jeder Weg zu jeder Person ist gescheitert.",
        ),
    ],
)
def test_what_happens_next(now_is: Incident, said: str, gesagt: str) -> None:
    assert next_step(now_is, TWO, NOON) == said
    assert next_step(now_is, TWO, NOON, "de") == gesagt


def test_the_end_differs_when_somebody_was_told() -> None:
    ended = incident(phase="ENDED", level=1, due_at=None)
    for told in (replace(TWO, reached=True), replace(TWO, fallback_told=True)):
        assert next_step(ended, told, NOON).startswith("The escalation policy has ended")


def test_the_last_level_of_a_pass_is_followed_by_the_first() -> None:
    repeating = around(policy([1], [2], passes=2), person(1), person(2))
    place = incident(phase="CLIMBING", level=1, cycle=0, due_at=SOON)
    assert "level 1 (P1)" in next_step(place, repeating, NOON)


def test_times_are_the_persons_own() -> None:
    place = incident(phase="CLIMBING", level=1, due_at=SOON)
    assert "by 13:14," in next_step(place, TWO, NOON, zone="Europe/Berlin")
    assert "by 12:14," in next_step(place, TWO, NOON, zone="Not/AZone")


def test_another_day_is_named_as_the_person_counts_days() -> None:
    night = NOON + timedelta(hours=11, minutes=30)
    assert clock_time(night, NOON, "UTC") == "23:30"
    assert clock_time(night, NOON, "Europe/Berlin") == "2026-03-03 00:30"
    assert clock_time(NOON + timedelta(seconds=30), NOON, "UTC") == "12:00:30"

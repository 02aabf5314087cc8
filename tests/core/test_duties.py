"""Reminders, hand-overs and what calendars are told, from shifts alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.core.duties import CalendarEvent, due, next_look, pages, publish
from tocsin.core.duty_words import reminder
from tocsin.core.people import Contact, NotificationRule, Person
from tocsin.core.policies import UserRef
from tocsin.core.schedules import Shift
from tocsin.kit.value import replace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def shift(user_id: int, start: float, end: float) -> Shift:
    return Shift(user=UserRef(id=user_id), start=NOW + start * HOUR, end=NOW + end * HOUR)


def rule(before: int, method: str = "EMAIL", kind: str = "DUTY") -> NotificationRule:
    return NotificationRule(id=before + 1, kind=kind, method=method, delay_min=before)  # type: ignore[arg-type]


def person(*rules: NotificationRule, number: int = 1) -> Person:
    contact = Contact(id=number, method="EMAIL", target=f"p{number}@example.org")
    return Person(id=number, email=contact.target, contacts=(contact,), rules=rules)


NOBODY: frozenset[tuple[int, datetime]] = frozenset()
ANN = person(rule(60), rule(0), rule(5, kind="HIGH"))


def test_a_reminder_falls_due_once() -> None:
    coming = [shift(1, 1, 5)]
    (one,) = due(coming, {1: ANN}, NOBODY, NOW - HOUR, NOW)
    assert (one.kind, [r.delay_min for r in one.rules]) == ("SOON", [60])
    assert due(coming, {1: ANN}, NOBODY, NOW, NOW + timedelta(minutes=59)) == ()
    (begins,) = due(coming, {1: ANN}, NOBODY, NOW, NOW + HOUR)
    assert (begins.kind, [r.delay_min for r in begins.rules]) == ("NOW", [0])
    assert [r.delay_min for r in begins.if_open] == [60, 0], "if something is handed over, by every rule"


def test_a_shift_that_appears_late_is_told_of_at_once() -> None:
    late = [shift(1, 0.5, 5)]
    assert due(late, {1: ANN}, NOBODY, NOW - timedelta(minutes=1), NOW) == ()
    (one,) = due(late, {1: ANN}, frozenset({(1, late[0].start)}), NOW - timedelta(minutes=1), NOW)
    assert one.kind == "SOON"
    running = [shift(1, -1, 5)]
    (one,) = due(running, {1: ANN}, frozenset({(1, running[0].start)}), NOW - timedelta(minutes=1), NOW)
    assert one.kind == "NOW"


def test_going_on_is_no_news_and_what_is_over_neither() -> None:
    own = [shift(1, -24, 0), shift(1, 0, 24)]
    assert due(own, {1: ANN}, NOBODY, NOW - HOUR, NOW) == ()
    assert due([shift(1, -2, -1)], {1: ANN}, NOBODY, NOW - 9 * HOUR, NOW) == ()
    assert due([shift(2, 0, 1)], {1: ANN}, NOBODY, NOW - HOUR, NOW) == (), "deleted since"


def test_the_next_look_is_when_something_falls_due() -> None:
    assert next_look([shift(1, 5, 9)], {1: ANN}, NOW) == NOW + 4 * HOUR
    assert next_look([shift(1, 0.5, 9)], {1: ANN}, NOW) == NOW + HOUR / 2
    assert next_look([shift(1, 50, 90)], {1: ANN}, NOW) == NOW + 24 * HOUR, "daily at the latest"


def test_rules_that_lead_nowhere_lead_everywhere_but_not_while_muted() -> None:
    assert [p.target for p in pages(ANN, (rule(60, "SMS"),), NOW)] == ["p1@example.org"]
    assert [p.target for p in pages(ANN, (rule(60), rule(0)), NOW)] == ["p1@example.org"], "once"
    assert pages(replace(ANN, muted_until=NOW + HOUR), (rule(60),), NOW) == ()
    assert pages(ANN, (), NOW) == ()


def event(user_id: int, start: float, end: float, sequence: int = 0, *, gone: bool = False) -> CalendarEvent:
    return CalendarEvent(
        user_id=user_id,
        start=NOW + start * HOUR,
        end=NOW + end * HOUR,
        sequence=sequence,
        changed_at=NOW,
        cancelled_at=NOW if gone else None,
    )


def test_calendars_are_told_of_changes_only() -> None:
    until = NOW + 100 * HOUR
    shifts = [shift(1, -1, 4), shift(2, 4, 8)]
    first = publish([], shifts, until, NOW)
    assert first.changed == (event(1, -1, 4), event(2, 4, 8))
    assert first.fresh == {(1, NOW - HOUR), (2, NOW + 4 * HOUR)}
    assert publish(first.changed, shifts, until, NOW).changed == ()
    longer = publish(first.changed, [shifts[0], shift(2, 4, 9)], until, NOW)
    assert longer.changed == (event(2, 4, 9, 1),)
    assert longer.fresh == NOBODY


def test_a_shift_that_goes_is_cancelled_and_one_that_is_cut_short_ends() -> None:
    until = NOW + 100 * HOUR
    known = [event(1, -1, 4), event(2, 4, 8), event(2, 200, 208)]
    gone = publish(known, [shift(3, 0, 8)], until, NOW)
    assert gone.changed == (event(3, 0, 8), event(1, -1, 0, 1), event(2, 4, 8, 1, gone=True))
    back = publish([event(2, 4, 8, 1, gone=True)], [shift(2, 4, 8)], until, NOW)
    assert back.changed == (event(2, 4, 8, 2),)
    assert back.fresh == {(2, NOW + 4 * HOUR)}
    assert publish([event(2, 4, 8, 1, gone=True)], [], until, NOW).changed == ()


def test_what_is_over_stays_as_it_was_told_unless_its_shift_goes_on() -> None:
    until, over = NOW + 100 * HOUR, event(1, -3, -1)
    assert publish([over], [shift(2, 0, 4)], until, NOW).changed == (event(2, 0, 4),)
    going_on = publish([over], [shift(1, -3, 4)], until, NOW)
    assert (going_on.changed, going_on.fresh) == ((event(1, -3, 4, 1),), NOBODY)


def test_words_are_in_the_persons_language_and_zone() -> None:
    bo = replace(ANN, language="de", timezone="Europe/Berlin")
    headline, text = reminder("Nacht", shift(1, 2, 10), NOW, bo)
    assert headline == "Bereitschaft in 2 Stunden: Nacht"
    assert "von 2026-03-02 12:00 bis 2026-03-02 20:00 (Europe/Berlin)" in text
    for minutes, words in ((1, "in 1 minute"), (45, "in 45 minutes"), (60, "in 1 hour"), (4320, "in 3 days")):
        assert words in reminder("x", shift(1, minutes / 60, 99), NOW, ANN)[0]

"""The calendar of shifts, read back by the library that others use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar

from tocsin.calendars.writing import Entry, write
from tocsin.kit.value import replace

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ENTRY = Entry(
    uid="shift.1@t.example",
    start=AT,
    end=datetime(2026, 3, 9, 7, 0, tzinfo=UTC),
    summary="Primary; on call, Bo",
    description="Ü" * 100,
    sequence=3,
    changed_at=AT,
)


def test_what_is_written_is_what_is_read() -> None:
    calendar = Calendar.from_ical(write("On call: Primary", [ENTRY]))
    assert (str(calendar["X-WR-CALNAME"]), str(calendar["METHOD"])) == ("On call: Primary", "PUBLISH")
    assert str(calendar["X-PUBLISHED-TTL"]) == "PT1H"
    event: Any
    (event,) = calendar.walk("VEVENT")
    assert (str(event["UID"]), event["SEQUENCE"], str(event["STATUS"])) == (ENTRY.uid, 3, "CONFIRMED")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (ENTRY.start, ENTRY.end)
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == (ENTRY.summary, ENTRY.description)
    assert all(len(line) <= 75 for line in write("x", [ENTRY]).split(b"\r\n"))


def test_a_cancelled_shift_says_so() -> None:
    event: Any
    (event,) = Calendar.from_ical(write("x", [replace(ENTRY, cancelled=True)])).walk("VEVENT")
    assert str(event["STATUS"]) == "CANCELLED"

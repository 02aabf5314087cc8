"""A calendar of shifts, for people's calendar programs.

A program knows an event by its UID and believes the greater SEQUENCE. So an event keeps its UID, and
one that goes away is sent on as CANCELLED: leaving it out would leave it standing in many programs.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from tocsin.kit.value import value

REFRESH = timedelta(hours=1)
"""How often a program should look again; most look when they like."""


@value
class Entry:
    """One shift as calendars know it."""

    uid: str
    start: datetime
    end: datetime
    summary: str
    description: str = ""
    sequence: int = 0
    changed_at: datetime
    cancelled: bool = False


def write(name: str, entries: Iterable[Entry]) -> bytes:
    """The calendar as a file. Deterministic."""
    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//On-call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("name", name)
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", f"PT{REFRESH // timedelta(hours=1)}H")
    for entry in entries:
        calendar.add_component(_event(entry))
    written: bytes = calendar.to_ical()
    return written


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("summary", entry.summary)
    if entry.description:
        event.add("description", entry.description)
    event.add("dtstart", entry.start)
    event.add("dtend", entry.end)
    # Being on call leaves one free to be invited elsewhere.
    event.add("transp", "TRANSPARENT")
    return event

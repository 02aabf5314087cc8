"""What people are told about their shifts, in their language and zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from tocsin.core.coverage import Coverage
from tocsin.core.incidents import Incident
from tocsin.core.people import Person
from tocsin.core.recurrence import Zone, local, zone
from tocsin.core.schedules import Shift
from tocsin.core.shift_requests import ShiftPart, ShiftRequest
from tocsin.kit.errors import BadInput
from tocsin.languages import Language, Texts, say, say_many

Said = tuple[str, str]
"""Headline and text."""
MOST_LISTED = 20
_HOUR, _DAY = 60, 1440


def reminder(schedule: str, shift: Shift, now: datetime, person: Person) -> Said:
    """Before a shift."""
    t = partial(say, person.language)
    words = _shift_words(schedule, shift, person)
    when = _span(max(int((shift.start - now).total_seconds() // 60), 0), person.language)
    return (
        t("On call {when}: {schedule}", **words, when=when),
        t("You are on call by {schedule} from {start} until {end} ({zone}).", **words),
    )


def hand_over(schedule: str, shift: Shift, open_incidents: Sequence[Incident], person: Person) -> Said:
    """When a shift begins: what is open goes along with it."""
    t = partial(say, person.language)
    words = _shift_words(schedule, shift, person)
    text = t("You are on call by {schedule} until {end} ({zone}).", **words)
    if open_incidents:
        lines = [f"#{i.id} {i.summary} ({t(_STATES[i.status])})" for i in open_incidents]
        handed = t("Open incidents that are handed over to you:")
        text = "\n".join([text, "", handed, *_listed(lines, person.language)])
    return t("On call now: {schedule}", **words), text


def request(
    asked: ShiftRequest, everybody: Mapping[int, Person], schedules: Mapping[int, str], reader: Person
) -> Said:
    """A request, or its answer, for the one who has to know."""
    t = partial(say, reader.language)
    words = {
        "requester": _name(everybody, asked.requester.id),
        "colleague": _name(everybody, asked.colleague.id),
    }
    lines = _parts(asked.shifts, schedules, reader)
    if asked.in_return:
        lines += [t("In return:"), *_parts(asked.in_return, schedules, reader)]
    if asked.message:
        lines += ["", asked.message]
    text = t(_REQUEST_TEXTS[asked.state], **words)
    return t(_REQUESTS[asked.state], **words), "\n".join([text, *lines])


def holes(found: Iterable[Coverage], reader: Person) -> Said:
    """Which policies have nobody to tell, and when."""
    t = partial(say, reader.language)
    in_zone = _zone(reader)
    lines = [
        t(
            "In these times an incident would reach nobody of its escalation policy ({zone}):",
            zone=reader.timezone,
        )
    ]
    for one in found:
        lines += ["", one.policy]
        spans = [f"{_clock(h.start, in_zone)} – {_clock(h.end, in_zone)}" for h in one.uncovered]
        spans += [t(part.problem) for part in one.broken]
        lines += [f"  {text}" for text in _listed(spans, reader.language)]
    return t("Nobody is on call at times in the next 14 days"), "\n".join(lines)


def broken(schedule: str, problem: str, reader: Person) -> Said:
    """A schedule cannot be computed."""
    t = partial(say, reader.language, schedule=schedule, problem=problem)
    return (
        t("The schedule {schedule} cannot be computed"),
        t(
            "Nobody is on call by {schedule} until this is mended; escalation policies that ask "
            "it go on to their next level. Why: {problem}"
        ),
    )


def calendar_unread(schedule: str, problem: str, reader: Person) -> Said:
    """The calendar of a schedule cannot be read any more."""
    t = partial(say, reader.language, schedule=schedule, problem=problem)
    return (
        t("The calendar of the schedule {schedule} cannot be read"),
        t("The shifts of {schedule} stay as they were read last. Why: {problem}"),
    )


def _shift_words(schedule: str, shift: Shift, person: Person) -> dict[str, str]:
    in_zone = _zone(person)
    return {
        "schedule": schedule,
        "start": _clock(shift.start, in_zone),
        "end": _clock(shift.end, in_zone),
        "zone": in_zone.name,
    }


def _parts(parts: Iterable[ShiftPart], schedules: Mapping[int, str], reader: Person) -> list[str]:
    in_zone = _zone(reader)
    lines = [
        f"  {schedules.get(p.schedule_id, '?')}: {_clock(p.start, in_zone)} – {_clock(p.end, in_zone)}"
        for p in parts
    ]
    return _listed(lines, reader.language)


def _listed(lines: list[str], language: Language) -> list[str]:
    more = len(lines) - MOST_LISTED
    return lines[:MOST_LISTED] + ([say(language, "... and {count} more", count=more)] if more > 0 else [])


def _span(minutes: int, language: Language) -> str:
    """“in 45 minutes”, “in 2 hours”, “in 3 days”."""
    if minutes >= 2 * _DAY or minutes == _DAY:
        return say_many(language, "in {count} day", "in {count} days", round(minutes / _DAY))
    if minutes >= 2 * _HOUR or minutes == _HOUR:
        return say_many(language, "in {count} hour", "in {count} hours", round(minutes / _HOUR))
    return say_many(language, "in {count} minute", "in {count} minutes", minutes)


def _clock(at: datetime, in_zone: Zone) -> str:
    return f"{local(at, in_zone):%Y-%m-%d %H:%M}"


def _zone(person: Person) -> Zone:
    try:
        return zone(person.timezone)
    except BadInput:
        return zone("UTC")


def _name(everybody: Mapping[int, Person], user_id: int) -> str:
    person = everybody.get(user_id)
    return person.name if person else f"#{user_id}"


_STATES: Texts = {"PENDING": "pending", "ACCEPTED": "accepted", "RESOLVED": "resolved"}
_REQUESTS: Texts = {
    "PENDING": "{requester} asks you to take shifts",
    "ACCEPTED": "{colleague} takes your shifts",
    "DECLINED": "{colleague} does not take your shifts",
    "CANCELLED": "{requester} no longer asks you to take shifts",
}
"""The headline, by the state of a request."""
_REQUEST_TEXTS: Texts = {
    "PENDING": "{requester} asks you to take over:",
    "ACCEPTED": "{colleague} has accepted your request and takes over:",
    "DECLINED": "{colleague} has declined your request. You are still on call:",
    "CANCELLED": "{requester} has withdrawn the request for:",
}
"""What stands before the shifts."""

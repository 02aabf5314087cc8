"""What people are told about their shifts, in their language and zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from tocsin.core.coverage import Coverage
from tocsin.core.incidents import Incident
from tocsin.core.people import Person
from tocsin.core.recurrence import Zone, local, zone
from tocsin.core.schedules import Shift
from tocsin.core.shift_requests import ShiftPart, ShiftRequest
from tocsin.kit.errors import BadInput

Language = Literal["en", "de"]
Said = tuple[str, str]
"""Headline and text."""
MOST_LISTED = 20


def reminder(schedule: str, shift: Shift, now: datetime, person: Person) -> Said:
    """Before a shift."""
    say = _SAY[person.language]
    words = _shift_words(schedule, shift, person)
    minutes = max(int((shift.start - now).total_seconds() // 60), 0)
    return say["soon"].format(**words, when=_span(minutes, person.language)), say["soon_text"].format(**words)


def hand_over(schedule: str, shift: Shift, open_incidents: Sequence[Incident], person: Person) -> Said:
    """When a shift begins: what is open goes along with it."""
    say = _SAY[person.language]
    words = _shift_words(schedule, shift, person)
    text = say["now_text"].format(**words)
    if open_incidents:
        lines = [f"#{i.id} {i.summary} ({_SAY[person.language][i.status]})" for i in open_incidents]
        text = "\n".join([text, "", say["handed"], *_listed(lines, person.language)])
    return say["now"].format(**words), text


def request(
    asked: ShiftRequest, everybody: Mapping[int, Person], schedules: Mapping[int, str], reader: Person
) -> Said:
    """A request, or its answer, for the one who has to know."""
    say = _SAY[reader.language]
    words = {
        "requester": _name(everybody, asked.requester.id),
        "colleague": _name(everybody, asked.colleague.id),
    }
    lines = _parts(asked.shifts, schedules, reader)
    if asked.in_return:
        lines += [say["in_return"], *_parts(asked.in_return, schedules, reader)]
    if asked.message:
        lines += ["", asked.message]
    headline = say[f"request_{asked.state}"].format(**words)
    return headline, "\n".join([say[f"request_text_{asked.state}"].format(**words), *lines])


def holes(found: Iterable[Coverage], reader: Person) -> Said:
    """Which policies have nobody to tell, and when."""
    say = _SAY[reader.language]
    in_zone = _zone(reader)
    lines: list[str] = []
    for one in found:
        lines += ["", one.policy]
        spans = [f"{_clock(h.start, in_zone)} – {_clock(h.end, in_zone)}" for h in one.uncovered]
        spans += [part.problem for part in one.broken]
        lines += [f"  {text}" for text in _listed(spans, reader.language)]
    return say["holes"], "\n".join([say["holes_text"].format(zone=reader.timezone), *lines])


def broken(schedule: str, problem: str, reader: Person) -> Said:
    """A schedule cannot be computed."""
    say = _SAY[reader.language]
    words = {"schedule": schedule, "problem": problem}
    return say["broken"].format(**words), say["broken_text"].format(**words)


def calendar_unread(schedule: str, problem: str, reader: Person) -> Said:
    """The calendar of a schedule cannot be read any more."""
    say = _SAY[reader.language]
    words = {"schedule": schedule, "problem": problem}
    return say["unread"].format(**words), say["unread_text"].format(**words)


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
    return lines[:MOST_LISTED] + ([_SAY[language]["more"].format(count=more)] if more > 0 else [])


def _span(minutes: int, language: Language) -> str:
    """“in 45 minutes”, “in 2 hours”, “in 3 days”."""
    say = _SAY[language]
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size or minutes == size:
            count = round(minutes / size)
            return say[unit if count > 1 else unit[:-1]].format(count=count)
    return say["minutes" if minutes != 1 else "minute"].format(count=minutes)


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


_SAY: dict[Language, dict[str, str]] = {
    "en": {
        "soon": "On call {when}: {schedule}",
        "soon_text": "You are on call by {schedule} from {start} until {end} ({zone}).",
        "now": "On call now: {schedule}",
        "now_text": "You are on call by {schedule} until {end} ({zone}).",
        "handed": "Open incidents that are handed over to you:",
        "PENDING": "pending",
        "ACCEPTED": "accepted",
        "RESOLVED": "resolved",
        "minute": "in {count} minute",
        "minutes": "in {count} minutes",
        "hour": "in {count} hour",
        "hours": "in {count} hours",
        "day": "in {count} day",
        "days": "in {count} days",
        "more": "... and {count} more",
        "in_return": "In return:",
        "request_PENDING": "{requester} asks you to take shifts",
        "request_text_PENDING": "{requester} asks you to take over:",
        "request_ACCEPTED": "{colleague} takes your shifts",
        "request_text_ACCEPTED": "{colleague} has accepted your request and takes over:",
        "request_DECLINED": "{colleague} does not take your shifts",
        "request_text_DECLINED": "{colleague} has declined your request. You are still on call:",
        "request_CANCELLED": "{requester} no longer asks you to take shifts",
        "request_text_CANCELLED": "{requester} has withdrawn the request for:",
        "holes": "Nobody is on call at times in the next 14 days",
        "holes_text": "In these times an incident would reach nobody of its escalation policy ({zone}):",
        "broken": "The schedule {schedule} cannot be computed",
        "broken_text": "Nobody is on call by {schedule} until this is mended; escalation policies that ask "
        "it go on to their next level. Why: {problem}",
        "unread": "The calendar of the schedule {schedule} cannot be read",
        "unread_text": "The shifts of {schedule} stay as they were read last. Why: {problem}",
    },
    "de": {
        "soon": "Bereitschaft {when}: {schedule}",
        "soon_text": "Sie haben nach {schedule} Bereitschaft von {start} bis {end} ({zone}).",
        "now": "Jetzt in Bereitschaft: {schedule}",
        "now_text": "Sie haben nach {schedule} Bereitschaft bis {end} ({zone}).",
        "handed": "Offene Vorfälle, die Ihnen übergeben werden:",
        "PENDING": "offen",
        "ACCEPTED": "übernommen",
        "RESOLVED": "gelöst",
        "minute": "in {count} Minute",
        "minutes": "in {count} Minuten",
        "hour": "in {count} Stunde",
        "hours": "in {count} Stunden",
        "day": "in {count} Tag",
        "days": "in {count} Tagen",
        "more": "... und {count} weitere",
        "in_return": "Im Gegenzug:",
        "request_PENDING": "{requester} bittet Sie, Schichten zu übernehmen",
        "request_text_PENDING": "{requester} bittet Sie, zu übernehmen:",
        "request_ACCEPTED": "{colleague} übernimmt Ihre Schichten",
        "request_text_ACCEPTED": "{colleague} hat Ihrer Bitte zugestimmt und übernimmt:",
        "request_DECLINED": "{colleague} übernimmt Ihre Schichten nicht",
        "request_text_DECLINED": "{colleague} hat Ihre Bitte abgelehnt. Sie haben weiterhin Bereitschaft:",
        "request_CANCELLED": "{requester} bittet Sie nicht mehr, Schichten zu übernehmen",
        "request_text_CANCELLED": "{requester} hat die Bitte zurückgezogen für:",
        "holes": "In den nächsten 14 Tagen hat zeitweise niemand Bereitschaft",
        "holes_text": "In diesen Zeiten erreicht ein Vorfall niemanden aus seiner Eskalation ({zone}):",
        "broken": "Der Dienstplan {schedule} lässt sich nicht berechnen",
        "broken_text": "Bis das behoben ist, hat nach {schedule} niemand Bereitschaft; Eskalationen, die ihn "
        "befragen, gehen zur nächsten Stufe über. Der Grund: {problem}",
        "unread": "Der Kalender des Dienstplans {schedule} lässt sich nicht lesen",
        "unread_text": "Die Schichten von {schedule} bleiben, wie sie zuletzt gelesen wurden. Der Grund: {problem}",
    },
}

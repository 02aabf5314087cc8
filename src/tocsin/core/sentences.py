"""What happens next and when, in a sentence, for mails, pages and the API alike."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from tocsin.core.escalation import next_place
from tocsin.core.incidents import Incident, Surroundings
from tocsin.core.levels import user_ids
from tocsin.languages import Language, msgid, say


def next_step(
    incident: Incident, around: Surroundings, now: datetime, language: Language = "en", zone: str = "UTC"
) -> str:
    """The sentence that says what happens to an incident if nobody acts."""
    t = partial(say, language)
    if incident.status == "RESOLVED":
        return t("Resolved by {who}. Nothing more happens.", who=_who(incident.resolved_by, around, language))
    if incident.status == "ACCEPTED":
        return t("{who} has it. Nobody else will be told.", who=_who(incident.accepted_by, around, language))
    place = incident.escalation
    match place.phase:
        case "ASSIGNED":
            who = _who(incident.assigned_to, around, language)
            return t("Assigned to {who} by hand. Nobody else will be told.", who=who)
        case "ENDED" if around.reached or around.fallback_told:
            return t("The escalation policy has ended and nobody accepted. Nobody else will be told.")
        case "ENDED":
            return t("Nobody could be told: every way to every person failed.")
        case "LOW":
            return t("Low priority: it does not escalate. Nobody else will be told.")
        case _:
            pass
    when = clock_time(place.due_at, now, zone) if place.due_at else t("once")
    following = next_place(place, around.policy)
    if following is None:
        return t("If nobody accepts by {when}, the escalation ends.", when=when)
    who = next_people(incident, around, now) or t("nobody")
    return t(
        "If nobody accepts, level {level} ({who}) is told at {when}.",
        who=who,
        level=following[1] + 1,
        when=when,
    )


def next_people(incident: Incident, around: Surroundings, now: datetime) -> str:
    """Who is told next if nobody acts, by name; empty when that is nobody, or the next step is the end."""
    following = next_place(incident.escalation, around.policy)
    if following is None:
        return ""
    rule = around.policy.escalation_rules[following[1]]
    asked = user_ids(rule, around, incident.escalation.due_at or now, around.turn + following[0])
    return ", ".join(around.people[i].name for i in asked if i in around.people)


def clock_time(at: datetime, now: datetime, zone: str) -> str:
    """`03:14` today, `Tue 24 Nov 03:14` on other days, always in the person's zone."""
    local, today = at.astimezone(_zone(zone)), now.astimezone(_zone(zone))
    if local.date() == today.date():
        return f"{local:%H:%M:%S}" if (at - now).total_seconds() < 120 else f"{local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def _who(user_id: int | None, around: Surroundings, language: Language) -> str:
    person = around.people.get(user_id) if user_id is not None else None
    return person.name if person else say(language, msgid("the alert source", "by whom, to whom"))

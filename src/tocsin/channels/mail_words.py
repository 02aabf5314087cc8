"""What mails say, in English and German, and how they write an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

State = Literal["PENDING", "ESCALATED", "ACCEPTED", "RESOLVED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything a mail says by itself, in one language."""

    state: Mapping[State, str]
    priority: Mapping[str, str]
    by: Mapping[State, str]
    """Who brought an incident into the state: `{who}`."""
    fallback: str
    """Why somebody is told who is not on the policy: `{policy}`."""
    accept: str
    resolve: str
    escalate: str
    confirm: str
    reply: str
    open_incident: str
    open_link: str
    join: str
    next: str
    details: str
    source: str
    policy: str
    reported: str
    labels: str
    links: str
    images: str
    image: str
    cut: str
    """Follows details that were cut at `{limit}` characters."""
    more: str
    """Follows a list that was cut: `{count}` more."""
    why: str
    """Why the person gets this mail."""
    unsubscribe: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    instant: str


WORDS: Mapping[str, Words] = {
    "en": Words(
        state={
            "PENDING": "Pending",
            "ESCALATED": "Escalated",
            "ACCEPTED": "Accepted",
            "RESOLVED": "Resolved",
        },
        priority={"HIGH": "High priority", "LOW": "Low priority"},
        by={
            "PENDING": "Reported by {who}",
            "ESCALATED": "Escalated by {who}",
            "ACCEPTED": "Accepted by {who}",
            "RESOLVED": "Resolved by {who}",
        },
        fallback="Nobody of the escalation policy “{policy}” could be reached, so you are told instead.",
        accept="Accept",
        resolve="Resolve",
        escalate="Escalate",
        confirm="Each link opens a page that asks you to confirm.",
        reply="Or reply to this mail with “ack”, “resolve” or “escalate” as the first line.",
        open_incident="Open incident",
        open_link="Open",
        join="Accept the invitation",
        next="What happens next",
        details="Details",
        source="Source",
        policy="Escalation policy",
        reported="Reported",
        labels="Labels",
        links="Links",
        images="Images",
        image="Image",
        cut="Cut after {limit} characters. The incident's page shows everything.",
        more="and {count} more",
        why="Tocsin sent this mail to {to} by your notification settings.",
        unsubscribe="Unsubscribe this address",
        weekdays=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        instant="{weekday} {day} {month} {year}, {hour:02}:{minute:02} {zone}",
    ),
    "de": Words(
        state={"PENDING": "Offen", "ESCALATED": "Eskaliert", "ACCEPTED": "Angenommen", "RESOLVED": "Gelöst"},
        priority={"HIGH": "Hohe Priorität", "LOW": "Niedrige Priorität"},
        by={
            "PENDING": "Gemeldet von {who}",
            "ESCALATED": "Eskaliert von {who}",
            "ACCEPTED": "Angenommen von {who}",
            "RESOLVED": "Gelöst von {who}",
        },
        fallback="Aus der Eskalationskette „{policy}“ war niemand erreichbar, deshalb erfahren Sie es.",
        accept="Annehmen",
        resolve="Lösen",
        escalate="Eskalieren",
        confirm="Jeder Link öffnet eine Seite, auf der Sie noch bestätigen.",
        reply="Oder antworten Sie auf diese Mail mit „annehmen“, „erledigt“ oder „eskalieren“ in der ersten "
        "Zeile.",
        open_incident="Vorfall öffnen",
        open_link="Öffnen",
        join="Einladung annehmen",
        next="Wie es weitergeht",
        details="Einzelheiten",
        source="Quelle",
        policy="Eskalationskette",
        reported="Gemeldet",
        labels="Labels",
        links="Links",
        images="Bilder",
        image="Bild",
        cut="Nach {limit} Zeichen gekürzt. Die Seite des Vorfalls zeigt alles.",
        more="und {count} weitere",
        why="Tocsin hat diese Mail nach Ihren Benachrichtigungsregeln an {to} gesandt.",
        unsubscribe="Diese Adresse abmelden",
        weekdays=("Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."),
        months=(
            "Jan.",
            "Feb.",
            "März",
            "Apr.",
            "Mai",
            "Juni",
            "Juli",
            "Aug.",
            "Sept.",
            "Okt.",
            "Nov.",
            "Dez.",
        ),
        instant="{weekday} {day}. {month} {year}, {hour:02}:{minute:02} {zone}",
    ),
}


def instant_in(words: Words, instant: datetime, timezone: str) -> str:
    """An instant on the person's clock, with the zone's name: `Mon 23 Nov 2026, 19:04 CET`."""
    local = instant.astimezone(_zone(timezone))
    zone = local.tzname() or "UTC"
    return words.instant.format(
        weekday=words.weekdays[local.weekday()],
        day=local.day,
        month=words.months[local.month - 1],
        year=local.year,
        hour=local.hour,
        minute=local.minute,
        # Zones without a name are called +03 and the like.
        zone=zone if zone[0].isalpha() else f"UTC{zone}",
    )


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo:
    """The zone, or UTC for a name nobody knows: a page is never lost to a time zone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")

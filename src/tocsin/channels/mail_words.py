"""What mails say by themselves, and how they write an instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from zoneinfo import ZoneInfo

from tocsin.channels.incident_words import State, priorities, states
from tocsin.languages import Language, msgid, say


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
    leave: str
    """Of one incident: to whoever is kept informed of it."""
    weekdays: Sequence[str]
    months: Sequence[str]
    instant: str


@cache
def mail_words(language: Language) -> Words:
    """The words of a language."""
    t = partial(say, language)
    return Words(
        state=states(language),
        priority=priorities(language),
        by={
            "PENDING": t("Reported by {who}"),
            "ESCALATED": t("Escalated by {who}"),
            "ACCEPTED": t("Accepted by {who}"),
            "RESOLVED": t("Resolved by {who}"),
        },
        fallback=t("Nobody of the escalation policy “{policy}” could be reached, so you are told instead."),
        accept=t(msgid("Accept", "in a message")),
        resolve=t("Resolve"),
        escalate=t("Escalate"),
        confirm=t("Each link opens a page that asks you to confirm."),
        reply=t("Or reply to this mail with “ack”, “resolve” or “escalate” as the first line."),
        open_incident=t("Open incident"),
        open_link=t("Open"),
        join=t("Choose a password"),
        next=t(msgid("What happens next", "in a message")),
        details=t("Details"),
        source=t("Source"),
        policy=t("Escalation policy"),
        reported=t("Reported"),
        labels=t("Labels"),
        links=t("Links"),
        images=t("Images"),
        image=t("Image"),
        cut=t("Cut after {limit} characters. The incident's page shows everything."),
        more=t("and {count} more"),
        why=t("Tocsin sent this mail to {to} by your notification settings."),
        unsubscribe=t("Unsubscribe this address"),
        leave=t("Unsubscribe from this incident"),
        weekdays=t(msgid("Mon Tue Wed Thu Fri Sat Sun", "in a message")).split(),
        months=t(msgid("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "in a message")).split(),
        instant=t("{weekday} {day} {month} {year}, {hour:02}:{minute:02} {zone}"),
    )


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

"""Keeping those informed who subscribed to an incident, and who are asked to do nothing about it.

They hear that they were subscribed, what is written for them, and the end (reference ST-2), each by their
own rules. Nobody is told what they did themselves; who cannot be told gets a line that says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from tocsin.core.incidents import Decision, Effect, Incident, Log, Send, Subscription, Surroundings, send
from tocsin.core.notifying import Plan, Silence, informed
from tocsin.core.people import Actor, User
from tocsin.core.telling import not_told
from tocsin.kit.value import replace, value
from tocsin.languages import Language, Texts, say

Event = Literal["SUBSCRIBED", "COMMENT", "RESOLVED"]
MOST_TEXT = 8_000
"""Of a comment, in a message; the incident's page shows it whole."""


@value
class News:
    """What there is to tell."""

    event: Event
    by: Actor
    text: str = ""
    """COMMENT: what was written."""


def may_subscribe(user: User) -> bool:
    """Everybody but guests may be kept informed."""
    return user.role != "GUEST"


def subscribe(
    incident: Incident, by: Actor, user_ids: Iterable[int], now: datetime, around: Surroundings
) -> Decision:
    """Who is subscribed already stays so, and hears nothing."""
    fresh = tuple(i for i in dict.fromkeys(user_ids) if i not in around.subscribers)
    if not fresh:
        return Decision(incident=incident)
    effects: list[Effect] = [Log(type="SubscriberAdded", by=by, vars={"users": fresh})]
    effects.extend(Subscription(user_id=user_id, wanted=True) for user_id in fresh)
    news = News(event="SUBSCRIBED", by=by)
    effects.extend(inform(incident, news, now, replace(around, subscribers=fresh)))
    return Decision(incident=incident, effects=tuple(effects))


def unsubscribe(incident: Incident, by: Actor, user_ids: Iterable[int], around: Surroundings) -> Decision:
    """Who is not subscribed stays so."""
    known = tuple(i for i in dict.fromkeys(user_ids) if i in around.subscribers)
    if not known:
        return Decision(incident=incident)
    effects: list[Effect] = [Log(type="SubscriberRemoved", by=by, vars={"users": known})]
    effects.extend(Subscription(user_id=user_id, wanted=False) for user_id in known)
    return Decision(incident=incident, effects=tuple(effects))


def inform(
    incident: Incident, news: News, now: datetime, around: Surroundings, told: Iterable[Effect] = ()
) -> list[Effect]:
    """Tell every subscriber. An address that `told` tells of it anyway hears it once."""
    known = {(e.page.contact_id, e.page.method) for e in told if isinstance(e, Send)}
    content = {"event": news.event, "by": news.by.name, "text": news.text[:MOST_TEXT]}
    effects: list[Effect] = []
    for user_id in around.subscribers:
        if news.by.kind == "USER" and news.by.id == user_id:
            continue
        planned = _plan(user_id, now, around)
        effects.extend(not_told(incident, silence) for silence in planned.silences)
        # Each step of the incident is news of its own: its version keeps the pages' keys apart.
        effects.extend(
            send(incident, replace(page, rule=f"{page.rule} v{incident.version}", content=content))
            for page in planned.pages
            if (page.contact_id, page.method) not in known
        )
    return effects


def words(content: Mapping[str, Any], incident: Incident, language: Language) -> tuple[str, str]:
    """Headline and text of the message that keeps a subscriber informed."""
    headline = f"{say(language, _STATES[incident.status])}: #{incident.id} {incident.summary}"
    said = say(language, _EVENTS.get(str(content.get("event")), ""), by=content.get("by", ""))
    return headline, "\n".join(filter(None, (said, str(content.get("text", "")))))


def _plan(user_id: int, now: datetime, around: Surroundings) -> Plan:
    person = around.people.get(user_id)
    if person is None:
        return Plan(silences=(Silence(user_id=user_id, reason="USER_MISSING"),))
    return informed(person, now)


_STATES: Texts = {"PENDING": "Pending", "ACCEPTED": "Accepted", "RESOLVED": "Resolved"}
_EVENTS: Texts = {
    "SUBSCRIBED": "{by} wants you to be kept informed of this incident. You need not do anything.",
    "COMMENT": "{by} writes:",
    "RESOLVED": "Resolved by {by}.",
}

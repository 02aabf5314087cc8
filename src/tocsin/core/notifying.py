"""How one person is told: the person's own rules become pages, or a reason for silence.

Rule: nobody is left out without a written reason (a `Silence`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from tocsin.core.people import Contact, Method, NotificationRule, Person, RuleKind
from tocsin.kit.value import value

Purpose = Literal[
    "ALERT",
    "FALLBACK",
    "ACCEPTED",
    "ESCALATED",
    "RESOLVED",
    "SUBSCRIPTION",
    "INVITATION",
    "NOTICE",
    "SUMMARY",
    "DUTY",
    "TEST",
    "VERIFICATION",
]
"""Why a notification is sent. ALERT and FALLBACK ask for an answer, TEST asks for a sign of life.

SUMMARY stands for several pages that would have been too many; DUTY comes before a shift; VERIFICATION
carries the code that proves an address.
"""

PLAIN: frozenset[Purpose] = frozenset({"INVITATION", "NOTICE", "SUMMARY", "DUTY", "TEST", "VERIFICATION"})
"""Purposes of messages that show their headline and text, and no incident."""

SilenceReason = Literal["NO_CONTACT", "CONTACT_UNUSABLE", "NO_RULE_CHOSEN", "USER_MISSING", "ABSENT"]


@value
class Page:
    """The intent to tell one person once, on one channel, at one address."""

    user_id: int
    contact_id: int
    method: Method
    target: str
    due_at: datetime
    purpose: Purpose = "ALERT"
    rule: str
    """Names the cause within a step (`rule:7`, `contact:3`): the last part of the page's key."""
    unverified: bool = False


@value
class Silence:
    """Why a person is not told by something that should have told them."""

    user_id: int
    reason: SilenceReason
    detail: str = ""


@value
class Plan:
    """What one person will be sent, and what not."""

    pages: tuple[Page, ...] = ()
    silences: tuple[Silence, ...] = ()

    @property
    def chosen_silence(self) -> bool:
        """Whether the person chose not to be told: no failure of ours."""
        return not self.pages and any(s.reason == "NO_RULE_CHOSEN" for s in self.silences)


def plan(person: Person, kind: RuleKind, now: datetime) -> Plan:
    """The pages that a person's rules ask for when an incident is assigned to them at `now`.

    A list of low-priority rules may be empty: the person chose not to be told (reference NO-3).
    An empty list for high priority, or rules that all lead nowhere, fall back to every usable
    contact at once.
    """
    rules = sorted((r for r in person.rules if r.kind == kind), key=lambda r: (r.delay_min, r.id))
    if not rules and kind == "LOW":
        return Plan(silences=(Silence(user_id=person.id, reason="NO_RULE_CHOSEN"),))
    pages: list[Page] = []
    silences: list[Silence] = []
    for rule in rules:
        contact = _contact_for(person, rule)
        if contact is None:
            silences.append(_why_not(person, rule))
        else:
            due = now + timedelta(minutes=rule.delay_min)
            pages.append(_page(person, contact, due, f"rule:{rule.id}"))
    if not pages:
        pages.extend(everywhere(person, now))
    if not pages and not silences:
        silences.append(Silence(user_id=person.id, reason="NO_CONTACT"))
    return Plan(pages=_once_each(pages), silences=tuple(silences))


def everywhere(person: Person, now: datetime) -> tuple[Page, ...]:
    """A page at once to every usable contact: when the rules lead nowhere."""
    return tuple(_page(person, c, now, f"contact:{c.id}") for c in person.contacts if c.usable)


def _contact_for(person: Person, rule: NotificationRule) -> Contact | None:
    candidates = [c for c in person.contacts if c.method == rule.method and c.usable]
    if rule.contact_id is not None:
        candidates = [c for c in candidates if c.id == rule.contact_id]
    return candidates[0] if candidates else None


def _why_not(person: Person, rule: NotificationRule) -> Silence:
    named = person.contact(rule.contact_id) if rule.contact_id is not None else None
    if named is None:
        named = next((c for c in person.contacts if c.method == rule.method), None)
    if named is None:
        return Silence(user_id=person.id, reason="NO_CONTACT", detail=rule.method)
    detail = f"{named.target} {named.state} {named.state_reason}".strip()
    return Silence(user_id=person.id, reason="CONTACT_UNUSABLE", detail=detail)


def _page(person: Person, contact: Contact, due: datetime, rule: str) -> Page:
    return Page(
        user_id=person.id,
        contact_id=contact.id,
        method=contact.method,
        target=contact.target,
        due_at=due,
        rule=rule,
        unverified=contact.state == "UNVERIFIED",
    )


def _once_each(pages: list[Page]) -> tuple[Page, ...]:
    """Two rules for the same contact at the same instant are one page."""
    seen: dict[tuple[int, datetime], Page] = {}
    for page in pages:
        seen.setdefault((page.contact_id, page.due_at), page)
    return tuple(seen.values())

"""How one person is told: the person's own rules become pages, or a reason for silence.

Rule: nobody is left out without a written reason (a `Silence`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from tocsin.core.people import PHONE, Contact, Method, NotificationRule, Paged, Person, RuleKind
from tocsin.kit.value import replace, value

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

SUBSCRIPTION keeps somebody informed who need not do anything.

SUMMARY stands for several pages that would have been too many; DUTY comes before a shift; VERIFICATION
carries the code that proves an address.
"""

PLAIN: frozenset[Purpose] = frozenset(
    {"SUBSCRIPTION", "INVITATION", "NOTICE", "SUMMARY", "DUTY", "TEST", "VERIFICATION"}
)
"""Purposes of messages that show their headline and text, and ask nothing about an incident."""

SilenceReason = Literal["NO_CONTACT", "CONTACT_UNUSABLE", "NO_RULE_CHOSEN", "USER_MISSING", "ABSENT", "MUTED"]


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
    content: Mapping[str, Any] | None = None
    """SUBSCRIPTION: what there is to tell (`core.subscribers`)."""


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
    if person.muted(now):
        return Plan(silences=(_muted(person),))
    rules = sorted((r for r in person.rules if r.kind == kind), key=lambda r: (r.delay_min, r.id))
    if not rules and kind == "LOW":
        return Plan(silences=(Silence(user_id=person.id, reason="NO_RULE_CHOSEN"),))
    pages: list[Page] = []
    silences: list[Silence] = []
    for rule in rules:
        due = now + timedelta(minutes=rule.delay_min)
        found = by_rule(person, rule, due)
        pages.extend(found)
        if not found:
            silences.append(_why_not(person, rule))
    if not pages:
        pages.extend(everywhere(person, now))
    if not pages and not silences:
        silences.append(Silence(user_id=person.id, reason="NO_CONTACT"))
    return Plan(pages=_once_each(pages), silences=tuple(silences))


def informed(person: Person, now: datetime) -> Plan:
    """How a subscriber hears at `now` what is new: by the rules for it, else where it disturbs least.

    Somebody wants the person to know: rules that are missing, or lead nowhere, keep nothing from them.
    """
    if person.muted(now):
        return Plan(silences=(_muted(person),))
    rules = [rule for rule in person.rules if rule.kind == "SUBSCRIPTION"]
    pages = _once_each([page for rule in rules for page in by_rule(person, rule, now)])
    pages = pages or quietly(person, now)
    nowhere = () if pages else (Silence(user_id=person.id, reason="NO_CONTACT"),)
    return Plan(pages=tuple(replace(page, purpose="SUBSCRIPTION") for page in pages), silences=nowhere)


def quietly(person: Person, now: datetime) -> tuple[Page, ...]:
    """Where a person reads what is not urgent: their devices, else mail, else wherever but by a call."""
    pages = [page for page in everywhere(person, now) if page.method != "VOICE"]
    for method in ("PUSH", "EMAIL"):
        if found := tuple(page for page in pages if page.method == method):
            return found
    return tuple(pages)


def everywhere(person: Person, now: datetime) -> tuple[Page, ...]:
    """A page at once to every usable contact, by every method it has: when the rules lead nowhere."""
    return tuple(
        _page(person, contact, method, now, f"contact:{contact.id}{_also(method, contact)}")
        for contact in person.contacts
        for method in contact.methods
    )


def by_rule(person: Person, rule: NotificationRule, due: datetime) -> tuple[Page, ...]:
    """The pages that one rule asks for: for push to every device, else to one address."""
    found = [c for c in person.contacts if c.serves(rule.method)]
    if rule.contact_id is not None:
        found = [c for c in found if c.id == rule.contact_id]
    elif rule.method != "PUSH":
        found = sorted(found, key=lambda c: not c.main)[:1]
    return tuple(
        _page(person, c, rule.method, due, f"rule:{rule.id}" + (f" contact:{c.id}" if i else ""))
        for i, c in enumerate(found)
    )


def updates(person: Person, paged: Paged, purpose: Purpose, now: datetime) -> tuple[Page, ...] | None:
    """How a person who was told at `paged` hears what somebody else did since; None: nowhere, alas.

    RESOLVED always goes where the page went: the person may be on the way. Other changes go where
    the person's rules say; who asked for them without rules hears them where the page went.
    """
    rules = [r for r in person.rules if r.kind == "UPDATE" and r.on_state == purpose]
    pages = [page for rule in rules for page in by_rule(person, rule, now)]
    if purpose == "RESOLVED" or (purpose in person.update_states and not rules):
        contact = person.contact(paged.contact_id)
        if contact is None or not contact.usable:
            return None if not pages else _once_each(pages)
        method = _quiet(paged.method, contact)
        if method is not None:
            pages.append(_page(person, contact, method, now, f"contact:{contact.id}{_also(method, contact)}"))
    return tuple(replace(page, purpose=purpose) for page in _once_each(pages))


def _quiet(method: Method, contact: Contact) -> Method | None:
    """Nobody is rung up to hear that they need not get up."""
    if method != "VOICE":
        return method if contact.serves(method) else None
    return next((m for m in contact.methods if m != "VOICE"), None)


def _also(method: Method, contact: Contact) -> str:
    """Keeps the pages to one telephone apart."""
    return "" if method == contact.methods[0] else f" {method}"


def _muted(person: Person) -> Silence:
    return Silence(user_id=person.id, reason="MUTED", detail=f"{person.muted_until:%Y-%m-%d %H:%M} UTC")


def _why_not(person: Person, rule: NotificationRule) -> Silence:
    named = person.contact(rule.contact_id) if rule.contact_id is not None else None
    if named is None:
        named = next((c for c in person.contacts if c.is_for(rule.method)), None)
    if named is None:
        return Silence(user_id=person.id, reason="NO_CONTACT", detail=rule.method)
    state: str = named.state
    if named.usable or state == "OK":
        state = "STOPPED" if rule.method in named.stopped else "UNPROVEN"
    way = f"{rule.method} " if named.method == PHONE else ""
    detail = f"{way}{named.shown} {state} {named.state_reason}".strip()
    return Silence(user_id=person.id, reason="CONTACT_UNUSABLE", detail=detail)


def _page(person: Person, contact: Contact, method: Method, due: datetime, rule: str) -> Page:
    return Page(
        user_id=person.id,
        contact_id=contact.id,
        method=method,
        target=contact.target,
        due_at=due,
        rule=rule,
        unverified=contact.state == "UNVERIFIED",
    )


def _once_each(pages: list[Page]) -> tuple[Page, ...]:
    """Two rules for the same contact at the same instant are one page."""
    seen: dict[tuple[int, Method, datetime], Page] = {}
    for page in pages:
        seen.setdefault((page.contact_id, page.method, page.due_at), page)
    return tuple(seen.values())

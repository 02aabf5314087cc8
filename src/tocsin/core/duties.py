"""What follows from a schedule's shifts by themselves: reminders, hand-overs, and what calendars are told.

All three look at the same shifts, at the same instants: a shift that was told of is the one in the
calendar and the one that the engine asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from tocsin.core.notifying import Page, by_rule, everywhere
from tocsin.core.people import NotificationRule, Person
from tocsin.core.schedules import Shift
from tocsin.kit.value import replace, value

BEHIND = timedelta(days=92)
"""How far back calendars see."""
LOOK_AGAIN = timedelta(hours=24)
"""A schedule is looked at this often at least: the calendar reaches further each day."""


@value
class CalendarEvent:
    """A shift as calendars were told of it. Its user and start are what it is known by."""

    user_id: int
    start: datetime
    end: datetime
    sequence: int = 0
    changed_at: datetime
    cancelled_at: datetime | None = None


@value
class Published:
    """What calendars have to be told."""

    changed: tuple[CalendarEvent, ...] = ()
    """New, moved and cancelled ones, to be stored."""
    fresh: frozenset[tuple[int, datetime]] = frozenset()
    """(user, start) of shifts that nobody knew of."""


def publish(
    known: Iterable[CalendarEvent], shifts: Sequence[Shift], until: datetime, now: datetime
) -> Published:
    """Bring the calendar in step with the shifts that are not over and begin before `until`.

    What is over stays as it was told; a shift that was cut short ends; one that is gone is cancelled.
    """
    told = {(event.user_id, event.start): event for event in known}
    changed: list[CalendarEvent] = []
    fresh: set[tuple[int, datetime]] = set()
    for shift in shifts:
        key = shift.user.id, shift.start
        event = told.pop(key, None)
        if event is None:
            changed.append(CalendarEvent(user_id=key[0], start=shift.start, end=shift.end, changed_at=now))
            fresh.add(key)
        elif event.cancelled_at is not None or event.end != shift.end:
            if event.cancelled_at is not None:
                fresh.add(key)
            changed.append(_moved(event, now, end=shift.end, cancelled_at=None))
    for event in told.values():
        if event.cancelled_at is not None or event.start >= until or event.end <= now:
            continue
        cut = {"end": now} if event.start < now else {"cancelled_at": now}
        changed.append(_moved(event, now, **cut))
    return Published(changed=tuple(changed), fresh=frozenset(fresh))


def _moved(event: CalendarEvent, now: datetime, **changes: datetime | None) -> CalendarEvent:
    return replace(event, sequence=event.sequence + 1, changed_at=now, **changes)


@value
class Due:
    """Somebody is to be told of a shift of theirs."""

    kind: Literal["SOON", "NOW"]
    """Before it begins, or when it begins."""
    user_id: int
    shift: Shift
    rules: tuple[NotificationRule, ...]
    if_open: tuple[NotificationRule, ...] = ()
    """NOW: the rules that hold instead when something is open that is handed over."""


def pages(person: Person, rules: Sequence[NotificationRule], now: datetime) -> tuple[Page, ...]:
    """Where these rules lead; if they lead nowhere, every address that works. Nowhere while muted."""
    if not rules or person.muted(now):
        return ()
    found = {(p.contact_id, p.method): p for rule in rules for p in by_rule(person, rule, now)}
    return tuple(found.values()) or everywhere(person, now)


def due(
    shifts: Sequence[Shift],
    people: Mapping[int, Person],
    fresh: frozenset[tuple[int, datetime]],
    after: datetime,
    now: datetime,
) -> tuple[Due, ...]:
    """Who is to be told at `now`, of what fell due since `after`; of a fresh shift also what should have been.

    A shift that follows one of the same person without a pause is no news.
    """
    found: list[Due] = []
    for shift in _begun_anew(shifts):
        person = people.get(shift.user.id)
        rules = _rules(person) if person else ()
        late = (shift.user.id, shift.start) in fresh
        if not rules or shift.end <= now:
            continue
        if shift.start <= now:
            if shift.start > after or late:
                at_once = tuple(rule for rule in rules if rule.delay_min == 0)
                found.append(
                    Due(kind="NOW", user_id=shift.user.id, shift=shift, rules=at_once, if_open=rules)
                )
            continue
        asked = tuple(
            rule
            for rule in rules
            if rule.delay_min > 0 and (at := _at(shift, rule)) <= now and (at > after or late)
        )
        if asked:
            found.append(Due(kind="SOON", user_id=shift.user.id, shift=shift, rules=asked))
    return tuple(found)


def next_look(shifts: Sequence[Shift], people: Mapping[int, Person], now: datetime) -> datetime:
    """When something of these shifts falls due next."""
    instants = [now + LOOK_AGAIN]
    for shift in _begun_anew(shifts):
        person = people.get(shift.user.id)
        instants += [shift.start, *(_at(shift, rule) for rule in (_rules(person) if person else ()))]
    return min(instant for instant in instants if instant > now)


def _rules(person: Person) -> tuple[NotificationRule, ...]:
    return tuple(rule for rule in person.rules if rule.kind == "DUTY")


def _begun_anew(shifts: Sequence[Shift]) -> Iterator[Shift]:
    before: Shift | None = None
    for shift in shifts:
        if before is None or before.end != shift.start or before.user.id != shift.user.id:
            yield shift
        before = shift


def _at(shift: Shift, rule: NotificationRule) -> datetime:
    return shift.start - timedelta(minutes=rule.delay_min)

"""Whether a person could be told now: proven ways, independent of each other, that worked lately.

Rule: what is wrong is said before an incident says it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal

from tocsin.core.notifying import plan
from tocsin.core.people import Method, Person
from tocsin.kit.value import replace, value

Kind = Literal["MAIL", "TELEPHONE", "PUSH", "CHAT"]
Finding = Literal[
    "UNREACHABLE", "NO_PROVIDER", "ONE_KIND", "UNPROVEN", "MUTED", "NEVER_DELIVERED", "TEST_UNANSWERED"
]
KINDS: Mapping[Method, Kind] = {"EMAIL": "MAIL", "SMS": "TELEPHONE", "VOICE": "TELEPHONE", "PUSH": "PUSH"}
"""What fails together counts once; every other method is a chat."""
ANSWER_WITHIN = timedelta(days=1)
"""How long a test page may stay unanswered."""


@value
class Way:
    """One way that a page of high priority takes."""

    channel: Method
    target: str
    """The address as it is shown."""
    contact_id: int
    works: bool
    """Whether somebody is configured who carries it."""
    last_delivered_at: datetime | None = None


@value
class Trial:
    """A person's test pages."""

    next_at: datetime | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None


@value
class Readiness:
    """What is known about telling a person."""

    user_id: int
    user: str
    ready: bool
    """Nothing is wrong."""
    reachable: bool
    """There is a way that works."""
    kinds: tuple[Kind, ...]
    """Independent kinds of ways for high priority; two are wanted."""
    ways: tuple[Way, ...]
    findings: tuple[Finding, ...]
    last_delivered_at: datetime | None = None
    test: Trial


def readiness(
    person: Person,
    carried: Collection[Method],
    delivered: Mapping[tuple[int, Method], datetime],
    test: Trial,
    now: datetime,
) -> Readiness:
    """Judge a person. `carried` are the methods that somebody carries, `delivered` when each way worked last."""
    pages = plan(replace(person, muted_until=None), "HIGH", now).pages
    ways = tuple(
        Way(
            channel=page.method,
            target=contact.shown if (contact := person.contact(page.contact_id)) else page.target,
            contact_id=page.contact_id,
            works=page.method in carried,
            last_delivered_at=delivered.get((page.contact_id, page.method)),
        )
        for page in {(p.contact_id, p.method): p for p in pages}.values()
    )
    working = [way for way in ways if way.works]
    kinds = tuple(dict.fromkeys(KINDS.get(way.channel, "CHAT") for way in working))
    last = max((way.last_delivered_at for way in ways if way.last_delivered_at), default=None)
    findings = _findings(person, ways, kinds, test, now)
    return Readiness(
        user_id=person.id,
        user=person.name,
        ready=not findings,
        reachable=bool(working),
        kinds=kinds,
        ways=ways,
        findings=findings,
        last_delivered_at=last,
        test=test,
    )


def _findings(
    person: Person, ways: tuple[Way, ...], kinds: tuple[Kind, ...], test: Trial, now: datetime
) -> tuple[Finding, ...]:
    late = test.sent_at is not None and test.answered_at is None and now - test.sent_at > ANSWER_WITHIN
    found: dict[Finding, bool] = {
        "UNREACHABLE": not kinds,
        "NO_PROVIDER": any(not way.works for way in ways),
        "ONE_KIND": len(kinds) == 1,
        "UNPROVEN": any(c.state in ("UNVERIFIED", "UNPROVEN") for c in person.contacts),
        "MUTED": person.muted(now),
        "NEVER_DELIVERED": bool(kinds) and not any(way.last_delivered_at for way in ways),
        "TEST_UNANSWERED": late,
    }
    return tuple(name for name, wrong in found.items() if wrong)

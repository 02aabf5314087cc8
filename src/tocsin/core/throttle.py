"""How much one address may get: too many calls and nobody picks up.

Rule: the first page about an incident to a person is never held back. What waits says why and until
when; what waited together is told in one summary.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tocsin.core.notifying import PLAIN, Purpose
from tocsin.core.people import Method
from tocsin.kit.value import value


@value
class Limit:
    """At most `count` messages in `window`."""

    count: int
    window: timedelta


LIMITS: dict[Method, Limit] = {
    "VOICE": Limit(count=3, window=timedelta(minutes=15)),
    "SMS": Limit(count=5, window=timedelta(minutes=15)),
}
SAME_WITHIN = timedelta(minutes=1)
"""On push and chat the same content is shown once in so long."""
HELD = "held back until"
"""How the reason of a message begins that waits for room."""
NEVER_HELD: frozenset[Purpose] = frozenset(
    {"FALLBACK", "VERIFICATION", "TEST", "SUMMARY", "INVITATION", "NOTICE"}
)
"""Asked for by a person at this moment, or sent once at most by itself."""
NOT_COUNTED: frozenset[Purpose] = frozenset({"VERIFICATION", "TEST", "NOTICE"})
"""Codes, tests, and what is said to an answer: whoever answers much is not to be paged late for it."""


@value
class Waiting:
    """A message that is due."""

    id: int
    incident_id: int | None
    user_id: int
    contact_id: int
    method: Method
    purpose: Purpose
    first: bool
    """Whether the person was told nothing of the incident before."""
    held: bool = False
    """Whether it was held back before."""
    content: str = ""
    """What it says, for telling the same from another: identical texts are identical messages."""


@value
class Sent:
    """A message that left, or is leaving."""

    contact_id: int
    method: Method
    at: datetime
    purpose: Purpose = "ALERT"
    content: str = ""


@value
class Hold:
    """Not now."""

    id: int
    until: datetime
    reason: str


@value
class Drop:
    """Not at all."""

    id: int
    reason: str


@value
class Bundle:
    """These messages to one address are told in one."""

    ids: tuple[int, ...]


@value
class Ruling:
    """What becomes of the messages that are due."""

    send: tuple[int, ...] = ()
    holds: tuple[Hold, ...] = ()
    drops: tuple[Drop, ...] = ()
    bundles: tuple[Bundle, ...] = ()


def rule(due: Sequence[Waiting], sent: Sequence[Sent], now: datetime) -> Ruling:
    """Which of the due messages are sent now, in their order; `sent` is what left before."""
    said = list(sent)
    go: list[int] = []
    holds: list[Hold] = []
    drops: list[Drop] = []
    bundles = _bundles(due)
    bundled = {number for bundle in bundles for number in bundle.ids}
    for message in due:
        if message.id in bundled:
            continue
        if _same(message, said, now):
            drops.append(Drop(id=message.id, reason="the same was shown there less than a minute ago"))
            continue
        until = _until(message, said, now)
        if until is not None:
            holds.append(Hold(id=message.id, until=until, reason=_reason(message.method, until)))
            continue
        go.append(message.id)
        said.append(
            Sent(
                contact_id=message.contact_id,
                method=message.method,
                at=now,
                purpose=message.purpose,
                content=message.content,
            )
        )
    return Ruling(send=tuple(go), holds=tuple(holds), drops=tuple(drops), bundles=bundles)


def _bundles(due: Sequence[Waiting]) -> tuple[Bundle, ...]:
    """What was held back and is due at last, two or more to an address and method."""
    held: dict[tuple[int, Method], list[int]] = {}
    for message in due:
        if message.held:
            held.setdefault((message.contact_id, message.method), []).append(message.id)
    return tuple(Bundle(ids=tuple(ids)) for ids in held.values() if len(ids) > 1)


def _same(message: Waiting, said: Sequence[Sent], now: datetime) -> bool:
    if (
        message.method in LIMITS
        or message.purpose in ("FALLBACK", "TEST", "VERIFICATION")
        or not message.content
    ):
        return False
    return any(
        s.contact_id == message.contact_id
        and s.method == message.method
        and s.content == message.content
        and now - s.at < SAME_WITHIN
        for s in said
    )


def _until(message: Waiting, said: Sequence[Sent], now: datetime) -> datetime | None:
    """When there is room for it; None: now."""
    limit = LIMITS.get(message.method)
    if limit is None or message.purpose in NEVER_HELD or (message.first and message.purpose not in PLAIN):
        return None
    recent = sorted(
        s.at
        for s in said
        if s.contact_id == message.contact_id
        and s.method == message.method
        and s.purpose not in NOT_COUNTED
        and now - s.at < limit.window
    )
    if len(recent) < limit.count:
        return None
    return recent[-limit.count] + limit.window


def _reason(method: Method, until: datetime) -> str:
    limit = LIMITS[method]
    minutes = limit.window // timedelta(minutes=1)
    return f"{HELD} {until:%H:%M:%S} UTC: {limit.count} in {minutes} minutes are enough for one address"

"""How often a condition asked within a time: `trigger_count.10m`.

A counter starts at 1 with the first evaluation that asks it, and begins anew when its time is over. Its state goes in
and comes out as a value: whoever evaluates a condition keeps it, one for each condition of each source.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from tocsin.kit.errors import BadInput
from tocsin.kit.value import field, value

SHORTEST = timedelta(seconds=5)
LONGEST = timedelta(days=2)
_ISO = re.compile(r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE)
_SHORT = re.compile(r"(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.IGNORECASE)


@value
class Tally:
    """One counter: how often it was asked since `since`."""

    count: int
    since: datetime


@value
class Counters:
    """The counters of one condition, by their text (`trigger_count.10m`)."""

    tallies: Mapping[str, Tally] = field(default_factory=dict)


@value
class Counter:
    """A counter as a condition names it."""

    text: str
    seconds: int
    resetting: bool


def counter(name: str, duration: str) -> Counter:
    """The counter `name.duration`. Raises BadInput for a duration that is none, or is out of bounds."""
    length = _duration(duration)
    if length is None:
        raise BadInput.at("", f"{duration!r} is no duration: write 30s, 10m, 2h, 1d or PT10M")
    if not SHORTEST <= length <= LONGEST:
        raise BadInput.at("", "a counter counts within 5 seconds to 2 days")
    seconds = int(length.total_seconds())
    return Counter(text=f"{name}.{seconds}", seconds=seconds, resetting=name.startswith("resetting_"))


def counted(tally: Tally | None, wanted: Counter, now: datetime) -> Tally:
    """The tally after one more evaluation."""
    if tally is None or not tally.since <= now < tally.since + timedelta(seconds=wanted.seconds):
        return Tally(count=1, since=now)
    return Tally(count=tally.count + 1, since=tally.since)


def _duration(text: str) -> timedelta | None:
    found = _ISO.fullmatch(text) if text[:1] in ("P", "p") else _SHORT.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None

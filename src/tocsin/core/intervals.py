"""Stretches of time and what they cover together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tocsin.kit.value import value


@value
class Interval:
    """From an instant until another, which no longer belongs to it."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def joined(stretches: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time in as few intervals as possible, in order."""
    found: list[Interval] = []
    for one in sorted(stretches, key=lambda i: i.start):
        if one.start >= one.end:
            continue
        if found and one.start <= found[-1].end:
            if one.end > found[-1].end:
                found[-1] = Interval(start=found[-1].start, end=one.end)
        else:
            found.append(one)
    return tuple(found)


def outside(stretches: Iterable[Interval], start: datetime, end: datetime) -> tuple[Interval, ...]:
    """What of [start, end) none of them covers, in order."""
    found = []
    for one in joined(stretches):
        if one.start >= end:
            break
        if one.start > start:
            found.append(Interval(start=start, end=one.start))
        start = max(start, one.end)
    if start < end:
        found.append(Interval(start=start, end=end))
    return tuple(found)


def common(some: Iterable[Interval], others: Iterable[Interval]) -> tuple[Interval, ...]:
    """The time that both cover, in order."""
    first, second = joined(some), joined(others)
    found: list[Interval] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i].start, second[j].start), min(first[i].end, second[j].end)
        if start < end:
            found.append(Interval(start=start, end=end))
        if first[i].end < second[j].end:
            i += 1
        else:
            j += 1
    return tuple(found)

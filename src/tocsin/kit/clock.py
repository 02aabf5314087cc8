"""The one place that asks the machine for the time.

Everybody else is told: an instant is an aware `datetime` in UTC with microseconds.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Says what time it is."""

    scale: float

    def now(self) -> datetime:
        """The present instant."""
        ...

    def at(self, real: datetime) -> datetime:
        """What this clock shows when the machine's (or the database's) clock shows `real`."""
        ...


class SystemClock:
    """The machine's clock."""

    scale = 1.0

    def now(self) -> datetime:
        """The present instant, from the machine."""
        return datetime.now(UTC)

    def at(self, real: datetime) -> datetime:
        """`real` itself."""
        return real


class ScaledClock:
    """A clock that runs `scale` times as fast as the machine's, from a common anchor on.

    For demonstrations and tests. The anchor (real instant, shown instant) is stored, so that
    the clock goes on across restarts and never turns back.
    """

    def __init__(self, scale: float, anchor: tuple[datetime, datetime]) -> None:
        self.scale = scale
        self.anchor = anchor

    def now(self) -> datetime:
        """The present instant on the scaled clock."""
        return self.at(datetime.now(UTC))

    def at(self, real: datetime) -> datetime:
        """The scaled reading at the real instant."""
        real_start, shown_start = self.anchor
        return shown_start + max(real - real_start, timedelta()) * self.scale


class ManualClock:
    """A clock that moves only when told. For tests and the simulator."""

    scale = 1.0

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self._now

    def at(self, real: datetime) -> datetime:
        """Its own reading: the machine's clock does not matter here."""
        del real
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on; returns the new instant."""
        self._now += by
        return self._now

    def set(self, to: datetime) -> None:
        """Jump to an instant."""
        self._now = to


def to_micros(instant: datetime) -> int:
    """An instant as microseconds since 1970."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant that many microseconds after 1970."""
    # Seconds and the rest apart take timedelta half the time of microseconds alone.
    return EPOCH + timedelta(0, *divmod(micros, 1_000_000))


def rfc3339(instant: datetime) -> str:
    """`2026-11-23T18:00:00.25Z`: UTC, with only the fraction digits that say something."""
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat()
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text + "Z"


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant (any offset; none means UTC). Raises ValueError."""
    instant = datetime.fromisoformat(text.strip())
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)


def monotonic() -> float:
    """Seconds on a clock that never turns back, for measuring durations."""
    return time.monotonic()

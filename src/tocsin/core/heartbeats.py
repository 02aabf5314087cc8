"""A job that should report regularly, and what its silence means.

The timer starts at the first ping. Time in which we could not hear does not count: after our own
pause everybody gets a full interval to be heard again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from tocsin.kit.value import replace, value


@value
class Beat:
    """What is known of one heartbeat."""

    source_id: int
    interval_sec: int
    state: Literal["UNKNOWN", "HEALTHY", "OVERDUE"] = "UNKNOWN"
    last_ping_at: datetime | None = None
    due_at: datetime | None = None
    """When its silence becomes an incident; None while it waits for the first ping, or is overdue."""
    active: bool = True


def pinged(beat: Beat, now: datetime) -> Beat:
    """A ping was heard."""
    due = now + timedelta(seconds=beat.interval_sec)
    return replace(beat, state="HEALTHY", last_ping_at=now, due_at=due if beat.active else None)


def missed(beat: Beat, now: datetime, listening_since: datetime) -> Beat:
    """Its time has come: OVERDUE, or later if we were deaf for part of the interval."""
    if not beat.active:
        return replace(beat, due_at=None)
    fair = listening_since + timedelta(seconds=beat.interval_sec)
    if fair > now:
        return replace(beat, due_at=fair)
    return replace(beat, state="OVERDUE", due_at=None)

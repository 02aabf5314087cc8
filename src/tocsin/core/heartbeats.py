"""A job that should report regularly, and what its silence means.

The timer starts at the first ping. Time in which we could not hear does not count: after our own
pause everybody gets a full interval (or the next turn of their cron expression) to be heard again.
A job may also say that it starts, and then has to end in time; and it may say that it failed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, replace, value
from tocsin.languages import msgid

SHORTEST_SEC = 25
LONGEST_SEC = 2_678_400
"""31 days."""
RUN_LIMIT_SEC = 3_600
"""How long a run may take where neither a limit nor a grace time is set."""
MAX_BODY_KEPT = 10_000
"""Bytes of a ping's body that are kept."""

State = Literal["UNKNOWN", "HEALTHY", "OVERDUE"]
Reason = Literal["", "SILENT", "FAILED", "OVERRAN"]
SignalKind = Literal["SUCCESS", "START", "FAIL", "LOG"]
Standing = Literal["NEW", "UP", "LATE", "DOWN", "PAUSED"]
Heard = Literal["HEARD", "CREATED", "UNKNOWN", "AMBIGUOUS", "FULL"]
"""What became of a signal. FULL: the source has as many monitors as may be made by pinging."""


@value
class Plan:
    """When pings are expected."""

    interval_sec: Annotated[int, Ge(SHORTEST_SEC), Le(LONGEST_SEC)] = 900
    cron: Annotated[str, MaxLen(255)] | None = None
    """A cron expression; it takes the place of the interval."""
    timezone: Annotated[str, MaxLen(64)] = "UTC"
    """Of the cron expression."""
    grace_sec: Annotated[int, Ge(0), Le(LONGEST_SEC)] = 0
    """How much later than expected a ping may come."""
    max_run_sec: Annotated[int, Ge(1), Le(LONGEST_SEC)] | None = None
    """How long a run may take that said it started; absent: as the grace time, or an hour without one."""
    post_only: bool = False
    """Pings by GET and HEAD (mail scanners, link previews) are noted and do not count."""

    @property
    def run_limit(self) -> timedelta:
        """How long a run may take."""
        return timedelta(seconds=self.max_run_sec or self.grace_sec or RUN_LIMIT_SEC)


@value
class HeartbeatMonitor:
    """One of the jobs whose silence becomes an incident of one source."""

    id: int = 0
    name: Annotated[str, MinLen(1), MaxLen(255)]
    source_id: int
    plan: Plan = Plan()
    summary: str = ""
    """The summary of the incident when pings stay away; "" for one that names the monitor."""
    slug: str = ""
    active: bool = True
    version: int = 0


@value
class Beat:
    """What is known of one heartbeat: that of a source, or of a monitor."""

    id: int = 0
    source_id: int
    monitor_id: int | None = None
    plan: Plan = Plan()
    state: State = "UNKNOWN"
    reason: Reason = ""
    """Why it is OVERDUE."""
    last_ping_at: datetime | None = None
    started_at: datetime | None = None
    """Since when a run goes on."""
    run_id: str | None = None
    due_at: datetime | None = None
    """When its silence becomes an incident; None while it waits for the first ping, or is overdue."""
    pings: int = 0
    """How many were heard, whatever they said."""
    active: bool = True


@value
class Signal:
    """What a job says."""

    key: str
    """The heartbeat's key or UUID; with a slug, the key of its source."""
    slug: str | None = None
    create: bool = False
    """Make a monitor of this slug if there is none."""
    kind: SignalKind = "SUCCESS"
    method: str = "POST"
    exit_status: int | None = None
    run_id: str | None = None
    duration_ms: int | None = None
    body: bytes = b""


def heard(beat: Beat, signal: Signal, now: datetime) -> Beat:
    """A signal came."""
    beat = replace(beat, pings=beat.pings + 1)
    if signal.kind == "LOG" or ignored(beat.plan, signal):
        return beat
    if signal.kind == "START":
        down = beat.state == "OVERDUE"
        due = beat.due_at if down else _earliest(beat.due_at, now + beat.plan.run_limit)
        return replace(beat, started_at=now, run_id=signal.run_id, due_at=due if beat.active else None)
    beat = replace(_ended(beat, signal), last_ping_at=now)
    if signal.kind == "FAIL":
        return replace(beat, state="OVERDUE", reason="FAILED", due_at=None)
    beat = replace(beat, state="HEALTHY", reason="")
    return replace(beat, due_at=_due(beat) if beat.active else None)


def ignored(plan: Plan, signal: Signal) -> bool:
    """Whether a signal does not count because of the way in which it came."""
    return plan.post_only and signal.method != "POST"


def missed(beat: Beat, now: datetime, listening_since: datetime) -> Beat:
    """Its time has come: OVERDUE, or later if we were deaf for part of the interval.

    One that is OVERDUE already stays so: what nobody could be told then is to be told now.
    """
    if not beat.active or beat.state == "OVERDUE":
        return replace(beat, due_at=None)
    fair = _due(
        replace(
            beat,
            last_ping_at=_latest(beat.last_ping_at, listening_since),
            started_at=_latest(beat.started_at, listening_since),
        )
    )
    if fair is not None and fair > now:
        return replace(beat, due_at=fair)
    overran = beat.started_at is not None and beat.started_at + beat.plan.run_limit <= now
    return replace(beat, state="OVERDUE", reason="OVERRAN" if overran else "SILENT", due_at=None)


def replanned(beat: Beat, plan: Plan, now: datetime, *, active: bool) -> Beat:
    """The plan was changed: whoever was heard before is given a whole turn of the new one."""
    beat = replace(beat, plan=plan, active=active)
    waits = active and beat.state == "HEALTHY"
    return replace(beat, due_at=deadline(plan, now) if waits else None)


def deadline(plan: Plan, after: datetime) -> datetime | None:
    """When silence since `after` is too long; None for a cron expression that never comes again."""
    turn = expected(plan, after)
    return turn + timedelta(seconds=plan.grace_sec) if turn else None


def expected(plan: Plan, after: datetime) -> datetime | None:
    """When the next ping should come, the last one being heard at `after`."""
    if plan.cron is None:
        return after + timedelta(seconds=plan.interval_sec)
    try:
        turn = next(CronSim(plan.cron, after.astimezone(_zone(plan.timezone))))
    except (StopIteration, CronSimError):
        return None
    return turn.astimezone(UTC)


def standing(beat: Beat, now: datetime) -> Standing:
    """How a heartbeat stands, in one word for people. LATE: its ping is awaited, in the grace time."""
    if not beat.active:
        return "PAUSED"
    if beat.state == "OVERDUE":
        return "DOWN"
    if beat.state == "UNKNOWN" or beat.last_ping_at is None:
        return "NEW"
    turn = expected(beat.plan, beat.last_ping_at)
    return "LATE" if turn is not None and turn <= now else "UP"


def check(plan: Plan, now: datetime) -> None:
    """Refuse a plan that cannot be followed. Raises BadInput."""
    try:
        ZoneInfo(plan.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput.at("timezone", f"there is no time zone {plan.timezone!r}: use Europe/Berlin") from None
    if plan.cron is None:
        return
    try:
        CronSim(plan.cron, now.astimezone(_zone(plan.timezone)))
    except CronSimError:
        raise BadInput.at(
            "cron", msgid("use a cron expression of five fields, for example 30 2 * * 1-5")
        ) from None
    if expected(plan, now) is None:
        raise BadInput.at("cron", msgid("this time never comes"))


def slug_of(name: str) -> str:
    """A name as a piece of a URL: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")


def _ended(beat: Beat, signal: Signal) -> Beat:
    """A run ends with the ping that bears its id; without an id any ping ends any run, as does a failure."""
    if signal.run_id == beat.run_id or signal.run_id is None or signal.kind == "FAIL":
        return replace(beat, started_at=None, run_id=None)
    return beat


def _due(beat: Beat) -> datetime | None:
    ping = deadline(beat.plan, beat.last_ping_at) if beat.last_ping_at else None
    return _earliest(ping, beat.started_at + beat.plan.run_limit if beat.started_at else None)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _latest(known: datetime | None, since: datetime) -> datetime | None:
    return max(known, since) if known is not None else None


def _zone(name: str) -> ZoneInfo:
    """A zone that a later edition of the time zone database dropped must not stop the loop."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")

"""Everybody who is on call in a window: by which policy, on which level, through which schedule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tocsin.core.intervals import Interval, outside
from tocsin.core.policies import EscalationPolicy, EscalationRule
from tocsin.core.schedules import Absence, Shift
from tocsin.kit.value import replace, value


@value
class OnDuty:
    """Somebody on call."""

    user_id: int
    policy_id: int | None = None
    """None for a schedule that no policy asks."""
    level: int | None = None
    """1 is the first level."""
    schedule_id: int | None = None
    """None for who is named by the policy itself, or through a team."""
    start: datetime
    end: datetime | None = None
    """None when no end is known: named by the policy itself."""


@value
class Window:
    """From an instant until another; both the same: that one instant."""

    start: datetime
    end: datetime


@value
class Around:
    """What the policies refer to, looked up once."""

    shifts: Mapping[int, Sequence[Shift]]
    """The whole shifts of each schedule in the window; schedules that are deleted or broken are left out."""
    members: Mapping[int, tuple[int, ...]]
    """Who of each team is asked with it."""
    absences: tuple[Absence, ...]


def of_policy(policy: EscalationPolicy, around: Around, window: Window) -> Iterator[OnDuty]:
    """Who is on call by a policy in the window, level by level."""
    for index, rule in enumerate(policy.escalation_rules):
        yield from _of_rule(rule, around, window, (policy.id, index + 1))


def of_schedule(schedule_id: int, shifts: Sequence[Shift]) -> Iterator[OnDuty]:
    """Who is on call by a schedule alone: whole shifts."""
    for shift in shifts:
        yield OnDuty(user_id=shift.user.id, schedule_id=schedule_id, start=shift.start, end=shift.end)


def _of_rule(
    rule: EscalationRule, around: Around, window: Window, place: tuple[int, int]
) -> Iterator[OnDuty]:
    policy_id, level = place
    members = (user_id for team_id in rule.team_ids for user_id in around.members.get(team_id, ()))
    for user_id in dict.fromkeys((*rule.user_ids, *members)):
        gone = (Interval(start=a.start, end=a.end) for a in around.absences if a.user.id == user_id)
        for present in outside(gone, window.start, window.end):
            end = None if present.end == window.end else present.end
            yield OnDuty(user_id=user_id, policy_id=policy_id, level=level, start=present.start, end=end)
    for schedule_id in rule.schedule_ids:
        for duty in of_schedule(schedule_id, around.shifts.get(schedule_id, ())):
            yield replace(duty, policy_id=policy_id, level=level)

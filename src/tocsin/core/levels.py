"""Whom a level of a policy asks at an instant: its users, its teams, and whoever is on call by its schedules.

The engine, `explain` and the sentences about what comes next all ask here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from tocsin.core.incidents import Surroundings
from tocsin.core.on_call import on_call
from tocsin.core.policies import EscalationRule, Ref
from tocsin.core.schedules import BrokenSchedule
from tocsin.kit.value import value

GapReason = Literal["", "SCHEDULE_MISSING", "SCHEDULE_BROKEN"]


@value
class Target:
    """What one user or schedule of a level, or a member of a team of it, comes to at an instant."""

    user_id: int | None = None
    """Who is to be told; None when nobody is on call."""
    schedule: Ref | None = None
    """The schedule that has the user on call, or has nobody."""
    team: Ref | None = None
    """The team that the user is a member of, or that has nobody who can be asked."""
    absent: tuple[int, ...] = ()
    """Who would be told, were they not away."""
    reason: GapReason = ""
    """Why a schedule has nobody, when it is no ordinary gap."""
    detail: str = ""


def targets(rule: EscalationRule, around: Surroundings, at: datetime, turn: int = 0) -> tuple[Target, ...]:
    """Everything the rule asks at `at`, in order. With round robin the order begins `turn` places further on."""
    found = tuple(_targets(rule, around, at))
    first = turn % len(found) if rule.round_robin and found else 0
    return found[first:] + found[:first]


def user_ids(rule: EscalationRule, around: Surroundings, at: datetime, turn: int = 0) -> tuple[int, ...]:
    """The users whom the rule would have told at `at`, each once; with round robin the one whose turn it is."""
    found = tuple(dict.fromkeys(t.user_id for t in targets(rule, around, at, turn) if t.user_id is not None))
    return found[:1] if rule.round_robin else found


def named(rule: EscalationRule, around: Surroundings) -> tuple[int, ...]:
    """The users whom the rule names, by themselves or as members of a team, each once; absent ones too."""
    members = (
        i
        for team_id in rule.team_ids
        if team_id in around.teams
        for i in around.teams[team_id].asked(around.people)
    )
    return tuple(dict.fromkeys((*rule.user_ids, *members)))


def _targets(rule: EscalationRule, around: Surroundings, at: datetime) -> Iterator[Target]:
    for user_id in rule.user_ids:
        yield _present(user_id, around, at)
    for team_id in rule.team_ids:
        yield from _of_team(team_id, around, at)
    for schedule_id in rule.schedule_ids:
        yield _on_call(schedule_id, around, at)


def _present(user_id: int, around: Surroundings, at: datetime, team: Ref | None = None) -> Target:
    away = any(a.user.id == user_id and a.start <= at < a.end for a in around.absences)
    return Target(absent=(user_id,), team=team) if away else Target(user_id=user_id, team=team)


def _of_team(team_id: int, around: Surroundings, at: datetime) -> Iterator[Target]:
    team = around.teams.get(team_id)
    named = Ref(id=team_id, name=team.name if team else f"#{team_id}")
    asked = team.asked(around.people) if team else ()
    if not asked:
        yield Target(team=named)
    for user_id in asked:
        yield _present(user_id, around, at, named)


def _on_call(schedule_id: int, around: Surroundings, at: datetime) -> Target:
    rota = around.rotas.get(schedule_id)
    if rota is None:
        return Target(schedule=Ref(id=schedule_id, name=f"#{schedule_id}"), reason="SCHEDULE_MISSING")
    schedule = Ref(id=schedule_id, name=rota.schedule.name)
    try:
        found = on_call(rota, at)
    except BrokenSchedule as broken:
        return Target(schedule=schedule, reason="SCHEDULE_BROKEN", detail=broken.message)
    return Target(user_id=found.user.id if found.user else None, schedule=schedule, absent=found.absent)

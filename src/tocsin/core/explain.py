"""“Who would be told, and why?” for any instant, by the engine's own functions.

An imagined incident is opened at the instant and nobody ever answers: the pages and reasons that
`decide` produces on its way are the explanation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from tocsin.core.delivery import State
from tocsin.core.escalation import decide
from tocsin.core.incidents import (
    Command,
    Escalation,
    Fire,
    HoursChanged,
    Incident,
    Log,
    Priority,
    Send,
    Supersede,
    Surroundings,
)
from tocsin.core.people import User
from tocsin.kit.value import replace, value

PASSED = ("NotTold", "NobodyOnCall", "NobodyInTeam", "LevelReachedNobody", "NobodyTold")
"""Lines of a timeline that say who is not told, and why."""


@value
class ExplainedPage:
    """Somebody who would be told, or in the past was."""

    at: datetime
    user_id: int
    user: str
    method: str
    target: str
    level: int
    """1 is the first level."""
    cycle: int
    """1 is the first pass through the policy."""
    purpose: str
    reason: str
    """Which rule causes it."""
    schedule: str | None = None
    """The schedule that has the person on call then."""
    team: str | None = None
    """The team of the level that the person is a member of."""
    unverified: bool = False
    incident_id: int | None = None
    """Of the past: the incident that it was about."""
    state: State | None = None
    """Of the past: what became of it."""


@value
class ExplainedSilence:
    """Somebody, or a level, that would not be told, and why."""

    at: datetime
    level: int
    """0: nobody at all, because the source opens no incident then."""
    cycle: int
    user_id: int | None = None
    user: str | None = None
    schedule: str | None = None
    """The schedule that has nobody on call then."""
    team: str | None = None
    """The team that has nobody who can be asked."""
    reason: str
    incident_id: int | None = None
    """Of the past: the incident that it was about."""


@value
class Explanation:
    """Everything that would happen until the escalation ends, in order of time."""

    at: datetime
    priority: Priority
    policy_id: int
    policy: str
    basis: Literal["COMPUTED", "LEDGER"] = "COMPUTED"
    """LEDGER: what was really sent and said of the incidents that were open under the policy at that instant."""
    pages: tuple[ExplainedPage, ...]
    silences: tuple[ExplainedSilence, ...]
    raised_at: datetime | None = None
    """When what has low priority becomes high by itself: the support hours begin, or end."""
    ends_at: datetime | None = None
    """When the last level's time would be over and nobody more would be asked."""


def explain(
    around: Surroundings, at: datetime, priority: Priority = "HIGH", raised_at: datetime | None = None
) -> Explanation:
    """Who would be told, when and where, of an incident opened at `at` that nobody answers."""
    incident = replace(_imagined(around, at, priority), raise_at=raised_at)
    pages: list[ExplainedPage] = []
    silences: list[ExplainedSilence] = []
    reached = False
    while (step := _next(incident)) is not None:
        now, command = max(step[0], at), step[1]
        decision = decide(incident, command, now, replace(around, reached=reached))
        reached = reached and decision.incident.escalation.generation == incident.escalation.generation
        incident = decision.incident
        via: Mapping[str, Any] = {}
        for effect in decision.effects:
            match effect:
                case Supersede(user_ids=users):
                    pages = [p for p in pages if p.at < now or (users and p.user_id not in users)]
                case Log(type="IncidentAssignedBySystem", vars=assigned):
                    via = assigned
                case Send():
                    reached = True
                    pages.append(_page(effect, around, via))
                case Log(type=kind) if kind in PASSED:
                    silences.append(silence(effect, now, around.people))
                case _:
                    pass
        ends_at = now
    return Explanation(
        at=at,
        priority=priority,
        policy_id=around.policy.id,
        policy=around.policy.name,
        pages=tuple(sorted(pages, key=lambda p: (p.at, p.cycle, p.level, p.user_id))),
        silences=tuple(silences),
        raised_at=raised_at,
        ends_at=ends_at if incident.escalation.phase == "ENDED" else None,
    )


def _next(incident: Incident) -> tuple[datetime, Command] | None:
    """What happens next by itself; at one instant in the engine's order."""
    fires, raises = incident.escalation.due_at, incident.raise_at
    if raises is not None and (fires is None or raises < fires):
        return raises, HoursChanged()
    return (fires, Fire()) if fires is not None else None


def _imagined(around: Surroundings, at: datetime, priority: Priority) -> Incident:
    start = at + timedelta(minutes=around.policy.delay_min)
    return Incident(
        id=0,
        source_id=0,
        summary="",
        key="",
        priority=priority,
        reported_at=at,
        escalation=Escalation(policy_id=around.policy.id, policy_version=around.policy.version, due_at=start),
    )


def _page(effect: Send, around: Surroundings, via: Mapping[str, Any]) -> ExplainedPage:
    page = effect.page
    return ExplainedPage(
        at=page.due_at,
        user_id=page.user_id,
        user=around.people[page.user_id].name,
        method=page.method,
        target=page.target,
        level=effect.level + 1,
        cycle=effect.cycle + 1,
        purpose=page.purpose,
        reason=page.rule,
        schedule=via.get("schedules", {}).get(str(page.user_id)),
        team=via.get("teams", {}).get(str(page.user_id)),
        unverified=page.unverified,
    )


def silence(
    effect: Log, at: datetime, people: Mapping[int, User], incident_id: int | None = None
) -> ExplainedSilence:
    """Who was not told, and why, by a line of a timeline."""
    user_id = effect.vars.get("userId")
    person = people.get(user_id) if isinstance(user_id, int) else None
    return ExplainedSilence(
        at=at,
        incident_id=incident_id,
        level=int(effect.vars.get("level", 0)),
        cycle=int(effect.vars.get("cycle", 0)),
        user_id=user_id,
        user=person.name if person else None,
        schedule=effect.vars.get("schedule"),
        team=effect.vars.get("team"),
        reason=" ".join(
            filter(None, (effect.vars.get("reason") or effect.type, effect.vars.get("detail", "")))
        ),
    )

"""Telling people: everybody of a level, the policy's last resort, the account's fallback.

Rule: whoever is not told gets a line that says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tocsin.core.incidents import Effect, Incident, Log, Respond, Supersede, Surroundings, send
from tocsin.core.levels import Target, targets
from tocsin.core.notifying import Page, Plan, Silence, everywhere, plan
from tocsin.core.people import SYSTEM
from tocsin.kit.value import replace, value


@value
class Asked:
    """What asking a level came to."""

    effects: tuple[Effect, ...]
    reached: bool
    first_user: int | None = None


def ask(incident: Incident, now: datetime, around: Surroundings) -> Asked:
    """Tell everybody of the incident's present level."""
    rule = around.policy.escalation_rules[incident.escalation.level]
    plans: dict[int, Plan] = {}
    via: dict[str, str | None] = {}
    members: dict[str, str | None] = {}
    passed: list[Effect] = []
    for target in targets(rule, around, now, around.turn + incident.escalation.cycle):
        passed.extend(_passed_over(incident, target))
        if target.user_id is None or target.user_id in plans:
            continue
        planned = plans[target.user_id] = plan_for(target.user_id, incident, now, around)
        if target.schedule:
            via[str(target.user_id)] = target.schedule.name
        if target.team:
            members[str(target.user_id)] = target.team.name
        if rule.round_robin and (planned.pages or planned.chosen_silence):
            break
    told = tuple(user_id for user_id, planned in plans.items() if planned.pages)
    effects: list[Effect] = []
    if told and around.reached:
        effects.append(Supersede(reason="asked again by a later level", user_ids=told))
    if told:
        how = {name: known for name, known in (("schedules", via), ("teams", members)) if known}
        assigned = {**level_vars(incident, told), **how}
        effects.append(Log(type="IncidentAssignedBySystem", by=SYSTEM, vars=assigned))
    effects.extend(passed)
    for user_id, planned in plans.items():
        effects.extend(tell(incident, user_id, planned))
    reached = bool(told) or any(planned.chosen_silence for planned in plans.values())
    if not reached:
        effects.append(Log(type="LevelReachedNobody", by=SYSTEM, vars=level_vars(incident, ())))
    return Asked(effects=tuple(effects), reached=reached, first_user=told[0] if told else None)


def _passed_over(incident: Incident, target: Target) -> list[Effect]:
    """Why a target tells nobody, or not those whom it otherwise would."""
    schedule, team = target.schedule, target.team
    effects: list[Effect] = [
        not_told(
            incident,
            Silence(user_id=user_id, reason="ABSENT", detail=(schedule.name or "") if schedule else ""),
        )
        for user_id in target.absent
    ]
    if schedule and target.user_id is None:
        where = {"scheduleId": schedule.id, "schedule": schedule.name}
        why = {"reason": target.reason, "detail": target.detail}
        effects.append(Log(type="NobodyOnCall", by=SYSTEM, vars={**level_vars(incident, ()), **where, **why}))
    if team and target.user_id is None and not target.absent:
        which = {"teamId": team.id, "team": team.name}
        effects.append(Log(type="NobodyInTeam", by=SYSTEM, vars={**level_vars(incident, ()), **which}))
    return effects


def plan_for(user_id: int, incident: Incident, now: datetime, around: Surroundings) -> Plan:
    """What a user will be sent of the incident; nothing, if the user was deleted."""
    person = around.people.get(user_id)
    if person is None:
        return Plan(silences=(Silence(user_id=user_id, reason="USER_MISSING"),))
    return plan(person, incident.priority, now)


def tell(incident: Incident, user_id: int, planned: Plan) -> list[Effect]:
    """Send what was planned, and say what was not."""
    effects: list[Effect] = [not_told(incident, s) for s in planned.silences]
    if planned.pages:
        effects.append(Respond(user_id=user_id))
        effects.extend(send(incident, page) for page in planned.pages)
    return effects


def not_told(incident: Incident, silence: Silence) -> Log:
    """The line that says who was not told, and why."""
    why = {"userId": silence.user_id, "reason": silence.reason, "detail": silence.detail}
    return Log(type="NotTold", by=SYSTEM, vars={**level_vars(incident, (silence.user_id,)), **why})


def last_resort(incident: Incident, now: datetime, around: Surroundings) -> list[Effect]:
    """Whom the policy names for its end, on every address that works."""
    pages = _everywhere((user.id for user in around.policy.last_resort), now, around)
    # The last level may have asked the same people at the same addresses.
    pages = [replace(page, rule=f"last resort {page.rule}") for page in pages]
    return _send(incident, pages, "LastResortTold") if pages else []


def fallback(incident: Incident, now: datetime, around: Surroundings) -> list[Effect]:
    """Nobody was told: the account's fallback is, on every address that works."""
    pages = [] if around.fallback_told else _everywhere(around.fallback, now, around)
    if not pages:
        return [Log(type="NobodyTold", by=SYSTEM)]
    return _send(incident, [replace(page, purpose="FALLBACK") for page in pages], "FallbackTold")


def level_vars(incident: Incident, users: tuple[int, ...]) -> dict[str, object]:
    """Where the escalation stands, for a line of the timeline."""
    place = incident.escalation
    return {"level": place.level + 1, "cycle": place.cycle + 1, "users": users}


def _everywhere(user_ids: Iterable[int], now: datetime, around: Surroundings) -> list[Page]:
    people = [around.people[i] for i in user_ids if i in around.people]
    return [page for person in people for page in everywhere(person, now)]


def _send(incident: Incident, pages: list[Page], log: str) -> list[Effect]:
    told = tuple(dict.fromkeys(page.user_id for page in pages))
    effects: list[Effect] = [Log(type=log, by=SYSTEM, vars={"users": told})]
    effects.extend(Respond(user_id=user_id) for user_id in told)
    effects.extend(send(incident, page) for page in pages)
    return effects

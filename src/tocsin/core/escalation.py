"""How an incident climbs. Rule: a step that reaches nobody goes on at once and says why.

Every branch of `decide` is here. The engine, the API, the mail replies and `explain` call this
same function, so what is explained is what happens.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from tocsin.core.incidents import (
    Accept,
    AskToo,
    AssignToPolicy,
    AssignToUser,
    Command,
    Decision,
    Effect,
    Escalate,
    Escalation,
    Fire,
    HoursChanged,
    Incident,
    Log,
    Raise,
    Remark,
    Resolve,
    Respond,
    Send,
    Subscribe,
    Supersede,
    Surroundings,
    Unreached,
    Unsubscribe,
    send,
)
from tocsin.core.notifying import Purpose, Silence, updates
from tocsin.core.people import SYSTEM, Actor
from tocsin.core.policies import EscalationPolicy
from tocsin.core.subscribers import News, inform, subscribe, unsubscribe
from tocsin.core.telling import Asked, ask, fallback, last_resort, level_vars, not_told, plan_for, tell
from tocsin.kit.clock import to_micros
from tocsin.kit.errors import Refused
from tocsin.kit.value import replace


def decide(incident: Incident, command: Command, now: datetime, around: Surroundings) -> Decision:
    """What `command` makes of `incident` at `now`. Raises Refused where the state forbids it."""
    match command:
        case Fire():
            return _fire(incident, now, around)
        case Unreached(reason=reason):
            return _unreached(incident, reason, now, around)
        case Accept(by=by):
            return _accept(incident, by, now, around)
        case Resolve(by=by):
            return _resolve(incident, by, now, around)
        case Escalate(by=by, level=level):
            return _escalate(incident, by, level, now, around)
        case AssignToUser(by=by, user_id=user_id):
            return _assign_to_user(incident, by, user_id, now, around)
        case AskToo(by=by, user_id=user_id):
            return _ask_too(incident, by, user_id, now, around)
        case AssignToPolicy(by=by, policy=policy):
            return _assign_to_policy(incident, by, policy, now)
        case Raise(by=by):
            return _raise(incident, by, now)
        case HoursChanged():
            return _hours_changed(incident, now)
        case Remark():
            return _remark(incident, command, now, around)
        case Subscribe(by=by, user_ids=user_ids):
            return subscribe(incident, by, user_ids, now, around)
        case Unsubscribe(by=by, user_ids=user_ids):
            return unsubscribe(incident, by, user_ids, around)


def next_place(place: Escalation, policy: EscalationPolicy) -> tuple[int, int] | None:
    """The (cycle, level) after `place`, or None at the end of the last pass."""
    if place.level + 1 < len(policy.escalation_rules):
        return place.cycle, place.level + 1
    if place.cycle + 1 < policy.passes:
        return place.cycle + 1, 0
    return None


# The timer ran out.


def _fire(incident: Incident, now: datetime, around: Surroundings) -> Decision:
    if incident.status != "PENDING":
        return Decision(incident=_moved(incident, phase="HELD", due_at=None))
    return _climb(incident, now, around, ())


def _climb(incident: Incident, now: datetime, around: Surroundings, before: tuple[Effect, ...]) -> Decision:
    """Ask level after level until one reaches somebody, one full pass at the most."""
    effects = list(before)
    for _ in around.policy.escalation_rules:
        place = next_place(incident.escalation, around.policy)
        if place is None:
            break
        incident = _moved(incident, cycle=place[0], level=place[1])
        asked = ask(incident, now, around)
        effects.extend(asked.effects)
        if asked.reached:
            return Decision(incident=_waiting(incident, asked, now, around.policy), effects=tuple(effects))
    if next_place(incident.escalation, around.policy) is None or not around.reached:
        return _ended(incident, now, around, effects)
    return Decision(incident=_moved(incident, phase="CLIMBING", due_at=now), effects=tuple(effects))


def _waiting(incident: Incident, asked: Asked, now: datetime, policy: EscalationPolicy) -> Incident:
    """Somebody was asked: how long they have."""
    assigned_to = asked.first_user or incident.assigned_to
    incident = replace(incident, assigned_to=assigned_to)
    if incident.priority == "LOW":
        return _moved(incident, phase="LOW", due_at=None)
    rule = policy.escalation_rules[incident.escalation.level]
    return _moved(incident, phase="CLIMBING", due_at=now + timedelta(minutes=rule.escalation_timeout))


def _ended(incident: Incident, now: datetime, around: Surroundings, effects: list[Effect]) -> Decision:
    """The policy is through and nobody accepted."""
    incident = _moved(incident, phase="ENDED", due_at=None)
    effects.append(Log(type="EscalationEnded", by=SYSTEM))
    effects.extend(last_resort(incident, now, around))
    reached = around.reached or any(isinstance(e, Send) and e.page.purpose == "ALERT" for e in effects)
    if not reached:
        effects.extend(fallback(incident, now, around))
    return Decision(incident=incident, effects=tuple(effects))


def _unreached(incident: Incident, reason: str, now: datetime, around: Surroundings) -> Decision:
    """Every page of the last step failed. Going on is the timer's work, only sooner."""
    if incident.status != "PENDING":
        return Decision(incident=incident)
    log = Log(type="LevelReachedNobody", by=SYSTEM, vars={**level_vars(incident, ()), "reason": reason})
    if incident.escalation.phase == "CLIMBING" or (incident.escalation.phase == "LOW" and not around.reached):
        return _climb(incident, now, around, (log,))
    if around.reached:
        return Decision(incident=incident, effects=(log,))
    return Decision(incident=incident, effects=(log, *fallback(incident, now, around)))


# Somebody answered.


def _accept(incident: Incident, by: Actor, now: datetime, around: Surroundings) -> Decision:
    if incident.status == "RESOLVED":
        raise Refused("the incident is already resolved", code="ALREADY_RESOLVED")
    if incident.status == "ACCEPTED":
        raise Refused("the incident is already accepted", code="ALREADY_ACCEPTED")
    user_id = by.id if by.kind == "USER" else None
    incident = replace(
        incident,
        status="ACCEPTED",
        accepted_at=now,
        accepted_by=user_id,
        accepted_by_type="USER" if user_id is not None else "SOURCE",
        assigned_to=user_id if user_id is not None else incident.assigned_to,
        escalation=replace(incident.escalation, phase="HELD", due_at=None),
    )
    effects: list[Effect] = [_answer_log(by, "ACCEPTED"), Supersede(reason=f"accepted by {by.name}")]
    if user_id is not None:
        effects.append(Respond(user_id=user_id, accepted=True))
    effects.extend(_updates(incident, "ACCEPTED", by, now, around))
    return Decision(incident=incident, effects=tuple(effects))


def _resolve(incident: Incident, by: Actor, now: datetime, around: Surroundings) -> Decision:
    if incident.status == "RESOLVED":
        raise Refused("the incident is already resolved", code="ALREADY_RESOLVED")
    incident = replace(
        incident,
        status="RESOLVED",
        resolved_at=now,
        resolved_by=by.id if by.kind == "USER" else None,
        resolved_by_type=by.kind,
        auto_resolve_at=None,
        raise_at=None,
        escalation=replace(incident.escalation, phase="HELD", due_at=None),
    )
    log = Log(type="IncidentAutoResolved", by=by) if by.kind == "SYSTEM" else _answer_log(by, "RESOLVED")
    effects: list[Effect] = [log, Supersede(reason=f"resolved by {by.name}")]
    effects.extend(_updates(incident, "RESOLVED", by, now, around))
    effects.extend(inform(incident, News(event="RESOLVED", by=by), now, around, effects))
    return Decision(incident=incident, effects=tuple(effects))


def _escalate(
    incident: Incident, by: Actor, level: int | None, now: datetime, around: Surroundings
) -> Decision:
    _require_open(incident)
    rules = around.policy.escalation_rules
    place = incident.escalation
    if level is None:
        following = next_place(place, around.policy)
        cycle, level = following or (0, 0)
        if following is None and len(rules) == 1:
            raise Refused("the policy has no other level to escalate to", code="NO_NEXT_LEVEL")
    elif not 0 <= level < len(rules):
        raise Refused(f"the policy has levels 0 to {len(rules) - 1}", code="NO_SUCH_LEVEL")
    else:
        cycle = place.cycle
    incident = replace(incident, status="PENDING", accepted_at=None, accepted_by=None, accepted_by_type=None)
    incident = _moved(incident, generation=place.generation + 1, cycle=cycle, level=level - 1)
    effects: list[Effect] = [
        Log(type="EscalatedToLevel", by=by, vars={"level": level + 1}),
        Supersede(reason=f"escalated by {by.name}"),
        *_updates(incident, "ESCALATED", by, now, around),
    ]
    return _climb(incident, now, replace(around, reached=False, fallback_told=False), tuple(effects))


def _assign_to_user(
    incident: Incident, by: Actor, user_id: int, now: datetime, around: Surroundings
) -> Decision:
    _require_open(incident)
    incident = _restarted(incident, phase="ASSIGNED", due_at=None)
    incident = replace(incident, assigned_to=user_id)
    planned = plan_for(user_id, incident, now, around)
    effects: list[Effect] = [
        Log(type="IncidentAssignedByUser", by=by, vars={"users": (user_id,)}),
        Supersede(reason=f"assigned by {by.name}"),
        *tell(incident, user_id, planned),
    ]
    if not planned.pages and not planned.chosen_silence:
        effects.extend(fallback(incident, now, replace(around, fallback_told=False)))
    return Decision(incident=incident, effects=tuple(effects))


def _ask_too(incident: Incident, by: Actor, user_id: int, now: datetime, around: Surroundings) -> Decision:
    """The others stay asked; who cannot be told is made up for if nobody else was reached."""
    _require_open(incident)
    planned = plan_for(user_id, incident, now, around)
    # Asked twice at one level is told twice: the instant keeps the pages' keys apart.
    pages = tuple(replace(p, rule=f"{p.rule} too {to_micros(now)}") for p in planned.pages)
    planned = replace(planned, pages=pages)
    effects: list[Effect] = [
        Log(type="ResponderAdded", by=by, vars={"users": (user_id,)}),
        Respond(user_id=user_id),
        *tell(incident, user_id, planned),
    ]
    if not planned.pages and not planned.chosen_silence and not around.reached:
        effects.extend(fallback(incident, now, around))
    return Decision(incident=incident, effects=tuple(effects))


def _assign_to_policy(incident: Incident, by: Actor, policy: EscalationPolicy, now: datetime) -> Decision:
    _require_open(incident)
    incident = _restarted(incident, phase="WAITING", due_at=now)
    place = replace(incident.escalation, policy_id=policy.id, policy_version=policy.version)
    effects = (
        Log(type="IncidentAssignedToPolicy", by=by, vars={"policyId": policy.id, "policy": policy.name}),
        Supersede(reason=f"assigned by {by.name}"),
    )
    return Decision(incident=replace(incident, escalation=place), effects=effects)


def _hours_changed(incident: Incident, now: datetime) -> Decision:
    """Who accepted it knows of it: only what nobody took is raised (reference PR-3)."""
    incident = replace(incident, raise_at=None)
    if incident.status == "PENDING" and incident.priority == "LOW":
        return _raise(incident, SYSTEM, now)
    return Decision(incident=incident)


def _raise(incident: Incident, by: Actor, now: datetime) -> Decision:
    _require_open(incident)
    if incident.priority == "HIGH":
        raise Refused("the incident has high priority already", code="ALREADY_HIGH")
    kind = "IncidentRaisedBySystem" if by.kind == "SYSTEM" else "IncidentRaisedByUser"
    effects: tuple[Effect, ...] = (Log(type=kind, by=by),)
    incident = replace(incident, priority="HIGH", raise_at=None)
    if incident.status == "PENDING":
        incident = _restarted(incident, phase="WAITING", due_at=now)
        effects = (*effects, Supersede(reason="the priority was raised"))
    return Decision(incident=incident, effects=effects)


def _remark(incident: Incident, remark: Remark, now: datetime, around: Surroundings) -> Decision:
    log = Log(type="CommentAdded", by=remark.by, vars={"text": remark.text})
    if not remark.to_subscribers:
        return Decision(incident=incident, effects=(log,))
    log = replace(log, vars={**log.vars, "toSubscribers": True})
    news = News(event="COMMENT", by=remark.by, text=remark.text)
    return Decision(incident=incident, effects=(log, *inform(incident, news, now, around)))


def _updates(
    incident: Incident, purpose: Purpose, by: Actor, now: datetime, around: Surroundings
) -> list[Effect]:
    """Tell those who were told before, except who did it; RESOLVED goes to all of them (rule 6)."""
    effects: list[Effect] = []
    told: defaultdict[int, set[str]] = defaultdict(set)
    for paged in around.paged:
        person = around.people.get(paged.user_id)
        if person is None or (by.kind == "USER" and by.id == person.id):
            continue
        pages = updates(person, paged, purpose, now)
        if pages is None:
            silence = Silence(user_id=person.id, reason="CONTACT_UNUSABLE", detail=paged.target)
            effects.append(not_told(incident, silence))
            continue
        # Told at two addresses, a rule of theirs would still ask for one update.
        effects.extend(send(incident, page) for page in pages if page.rule not in told[person.id])
        told[person.id].update(page.rule for page in pages)
    return effects


# Small words.


def _require_open(incident: Incident) -> None:
    if not incident.open:
        raise Refused("the incident is already resolved", code="ALREADY_RESOLVED")


def _restarted(incident: Incident, *, phase: str, due_at: datetime | None) -> Incident:
    """Back to the beginning of the escalation, nobody owning it, with pages that are new pages."""
    incident = replace(incident, status="PENDING", accepted_at=None, accepted_by=None, accepted_by_type=None)
    generation = incident.escalation.generation + 1
    return _moved(incident, phase=phase, cycle=0, level=-1, generation=generation, due_at=due_at)


def _moved(incident: Incident, **changes: object) -> Incident:
    return replace(incident, escalation=replace(incident.escalation, **changes))


def _answer_log(by: Actor, answer: str) -> Log:
    kind = "AlertSourceResponse" if by.kind == "SOURCE" else "UserResponse"
    return Log(type=kind, by=by, vars={"answer": answer})

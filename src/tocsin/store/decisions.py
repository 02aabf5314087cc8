"""Decide, and store state and effects together: the only way in which an incident changes.

The engine, the API, the mail replies and the pages all come through here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from tocsin.core.escalation import decide
from tocsin.core.incidents import (
    AskToo,
    AssignToPolicy,
    AssignToUser,
    Command,
    Decision,
    Incident,
    Log,
    Respond,
    Send,
    Subscribe,
    Subscription,
    Supersede,
    Surroundings,
)
from tocsin.core.people import Paged
from tocsin.core.policies import EscalationPolicy
from tocsin.core.schedules import Absence, Rota
from tocsin.core.teams import Team
from tocsin.kit.errors import NotFound, Refused
from tocsin.kit.value import field, value
from tocsin.store import (
    absences,
    facts,
    incidents,
    log,
    notifications,
    people,
    policies,
    reached,
    schedules,
    subscribers,
    teams,
)
from tocsin.store.database import Transaction


def perform(tx: Transaction, incident_id: int, command: Command) -> Incident:
    """Apply one command to one incident. Raises NotFound, and Refused with nothing changed."""
    before = incidents.lock(tx, (incident_id,)).get(incident_id)
    if before is None:
        raise NotFound(f"there is no incident with the id {incident_id}")
    around = surroundings(tx, [before], _users_of(command))[incident_id]
    return store(tx, [decide(before, command, tx.now, around)])[0]


def perform_each(tx: Transaction, commands: Mapping[int, Command]) -> list[Incident]:
    """Apply commands, each to the incident of that id; those that its state forbids change nothing."""
    found = incidents.lock(tx, commands)
    around = surroundings(
        tx, found.values(), (i for command in commands.values() for i in _users_of(command))
    )
    made = []
    for number, incident in found.items():
        with suppress(Refused):
            made.append(decide(incident, commands[number], tx.now, around[number]))
    return store(tx, made)


def store(tx: Transaction, decisions: Sequence[Decision]) -> list[Incident]:
    """Store what was decided about incidents that this transaction holds, effects and all; the incidents as stored.

    Cancellations come before the new pages of the same decision, as `decide` ordered them.
    """
    stored = incidents.save(tx, [decision.incident for decision in decisions])
    entries: list[log.NewEntry] = []
    sends: list[tuple[int, Send]] = []
    asked: list[tuple[int, int, bool]] = []
    subscribed: list[tuple[int, int, bool]] = []
    broken: set[int] = set()
    # Together, because every step of an incident brings one along: they took 7 % of a burst's time.
    cancelled: defaultdict[tuple[str, tuple[int, ...] | None], list[int]] = defaultdict(list)
    for decision in decisions:
        number = decision.incident.id
        for effect in decision.effects:
            match effect:
                case Log():
                    if effect.type == "NobodyOnCall" and effect.vars.get("reason") == "SCHEDULE_BROKEN":
                        broken.add(effect.vars["scheduleId"])
                    entries.append(
                        log.NewEntry(incident_id=number, type=effect.type, by=effect.by, vars=effect.vars)
                    )
                case Supersede():
                    cancelled[effect.reason, effect.user_ids].append(number)
                case Send():
                    sends.append((number, effect))
                case Respond():
                    asked.append((number, effect.user_id, effect.accepted))
                case Subscription():
                    subscribed.append((number, effect.user_id, effect.wanted))
    for (reason, user_ids), numbers in cancelled.items():
        notifications.supersede(tx, numbers, reason, user_ids)
    log.append(tx, entries)
    notifications.schedule(tx, sends)
    incidents.add_responders(tx, asked)
    subscribers.change(tx, subscribed)
    # Looked at now, it is set aside and an administrator told.
    schedules.touch(tx, broken)
    tx.wake("log")
    if any(incident.escalation.due_at for incident in stored):
        tx.wake("escalations")
    return stored


def surroundings(
    tx: Transaction, found: Iterable[Incident], more_users: Iterable[int] = ()
) -> Mapping[int, Surroundings]:
    """What decisions about these incidents may depend on, by incident."""
    found = list(found)
    # Nobody can have been told of an incident that nothing has happened to since it was opened.
    ids = [incident.id for incident in found if incident.version > 1]
    before = _Before(
        paged=reached.paged(tx, ids), subscribers=subscribers.of(tx, ids), fallback=facts.fallback(tx)
    )
    return _surroundings(tx, found, more_users, before, reached.reach(tx, ids))


def outlook(
    tx: Transaction, found: Iterable[Incident], more_users: Iterable[int] = ()
) -> Mapping[int, Surroundings]:
    """As much of the surroundings as it takes to say what happens next: without who was told before."""
    found = list(found)
    ended = [incident.id for incident in found if incident.escalation.phase == "ENDED"]
    return _surroundings(tx, found, more_users, _Before(), reached.reach(tx, ended))


@value
class _Before:
    """Who was told of incidents, who is kept informed of them, and who is told if nobody can be."""

    paged: Mapping[int, Sequence[Paged]] = field(default_factory=dict)
    subscribers: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    fallback: tuple[int, ...] = ()

    @property
    def users(self) -> set[int]:
        """All of them."""
        told = {p.user_id for several in self.paged.values() for p in several}
        return told.union(self.fallback, *self.subscribers.values())


def _surroundings(
    tx: Transaction,
    found: Sequence[Incident],
    more_users: Iterable[int],
    before: _Before,
    reach: Mapping[int, tuple[bool, bool, bool]],
) -> dict[int, Surroundings]:
    rules = policies.versions(tx, ((i.escalation.policy_id, i.escalation.policy_version) for i in found))
    users = {*more_users, *before.users}
    users.update(user_id for policy in rules.values() for user_id in policy.user_ids)
    users.update(i for one in found for i in (one.accepted_by, one.resolved_by, one.assigned_to) if i)
    asked = _asked(tx, rules.values(), tx.now)
    users.update(asked.user_ids)
    everybody = people.load(tx, users)
    turns = incidents.turns(tx, (i for i in found if _in_turn(rules, i)))
    result = {}
    for incident in found:
        any_page, _, fallback_told = reach.get(incident.id, (False, False, False))
        result[incident.id] = Surroundings(
            policy=rules[incident.escalation.policy_id, incident.escalation.policy_version],
            people=everybody,
            rotas=asked.rotas,
            teams=asked.teams,
            absences=asked.absences,
            turn=turns.get(incident.id, 0),
            fallback=before.fallback,
            paged=tuple(before.paged.get(incident.id, ())),
            subscribers=before.subscribers.get(incident.id, ()),
            reached=any_page,
            fallback_told=fallback_told,
        )
    return result


def surroundings_of_policy(
    tx: Transaction, policy: EscalationPolicy, at: datetime | None = None
) -> Surroundings:
    """What an incident opened under `policy` at an instant (now) would depend on: for `explain`."""
    fallback = facts.fallback(tx)
    asked = _asked(tx, (policy,), at or tx.now)
    return Surroundings(
        policy=policy,
        people=people.load(tx, {*policy.user_ids, *fallback, *asked.user_ids}),
        rotas=asked.rotas,
        teams=asked.teams,
        absences=asked.absences,
        turn=incidents.turn_of_next(tx, policy.id) if policy.in_turn else 0,
        fallback=fallback,
    )


@value
class _Asked:
    """What policies ask besides users."""

    rotas: Mapping[int, Rota]
    teams: Mapping[int, Team]
    absences: tuple[Absence, ...]

    @property
    def user_ids(self) -> set[int]:
        """Whom they may lead to."""
        on_call = (user_id for rota in self.rotas.values() for user_id in rota.user_ids)
        return {*on_call, *(member.user.id for team in self.teams.values() for member in team.members)}


def _asked(tx: Transaction, found: Iterable[EscalationPolicy], since: datetime) -> _Asked:
    """Schedules and teams of policies, and the absences of those whom they name, from an instant on."""
    found = list(found)
    rotas, _ = schedules.load(tx, {i for policy in found for i in policy.schedule_ids}, since)
    known = teams.many(tx, {i for policy in found for i in policy.team_ids})
    users = {i for policy in found for i in policy.user_ids}
    users.update(member.user.id for team in known.values() for member in team.members)
    away = absences.of_users(tx, users, since)
    return _Asked(
        rotas=rotas, teams=known, absences=tuple(absence for several in away.values() for absence in several)
    )


def _in_turn(rules: Mapping[tuple[int, int], EscalationPolicy], incident: Incident) -> bool:
    place = incident.escalation
    return rules[place.policy_id, place.policy_version].in_turn


def _users_of(command: Command) -> tuple[int, ...]:
    match command:
        case AssignToUser(user_id=user_id) | AskToo(user_id=user_id):
            return (user_id,)
        case AssignToPolicy(policy=policy):
            return policy.user_ids
        case Subscribe(user_ids=user_ids):
            return user_ids
        case _:
            return ()

"""Escalation policies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Body, Path, Query
from starlette.responses import Response

from tocsin.api import user_wire
from tocsin.api.call import Call
from tocsin.api.parameters import Id, Instant, Paging
from tocsin.api.routing import Resource
from tocsin.api.team_context import TeamContext
from tocsin.core.explain import Explanation
from tocsin.core.incidents import Priority
from tocsin.core.policies import EscalationPolicy, EscalationRule, Ref, UserRef
from tocsin.kit.errors import NotFound
from tocsin.kit.value import Ge, Le, replace
from tocsin.store import documents, explaining, owners
from tocsin.store import policies as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES, TEAMS, USERS

policies = Resource("escalation-policies")
Level = Annotated[int, Ge(0), Le(49)]


@policies.get("", "VIEW")
def list_escalation_policies(call: Call, page: Paging, context: TeamContext) -> list[EscalationPolicy]:
    """Every policy, in order of their ids."""
    with call.read() as tx:
        where = context.of(tx, call, POLICIES)
        return hydrated(tx, documents.listing(tx, POLICIES, page.start, page.count, where=where))


@policies.post("", "CONFIGURE")
def create_escalation_policy(
    call: Call, body: Annotated[EscalationPolicy, Body()], response: Response
) -> EscalationPolicy:
    """Create a policy."""
    with call.write() as tx:
        created = _one(tx, stored.create(tx, body))
    response.headers["location"] = call.location("escalation-policies", created.id)
    return created


@policies.get("/resolve", "VIEW")
def resolve_escalation_policy(
    call: Call, routing_key: Annotated[str, Query(alias="routing-key")]
) -> EscalationPolicy:
    """The policy that the first known of these comma-separated routing keys names."""
    with call.read() as tx:
        found = stored.by_routing_key(tx, (key for key in routing_key.split(",") if key.strip()))
        if found is None:
            raise NotFound(f"no escalation policy has the routing key {routing_key!r}")
        return _one(tx, found)


@policies.get("/name/{name:path}", "VIEW")
def get_escalation_policy_by_name(call: Call, name: str) -> EscalationPolicy:
    """The policy of exactly this name."""
    with call.read() as tx:
        return _one(tx, documents.named(tx, POLICIES, name))


@policies.get("/{id}", "VIEW")
def get_escalation_policy(call: Call, number: Id) -> EscalationPolicy:
    """One policy."""
    with call.read() as tx:
        return _one(tx, documents.get(tx, POLICIES, number))


@policies.put("/{id}", "CONFIGURE")
def update_escalation_policy(
    call: Call, number: Id, body: Annotated[EscalationPolicy, Body()]
) -> EscalationPolicy:
    """Replace a policy. Open incidents go on with what it said when they were opened."""
    with call.write() as tx:
        return _one(tx, stored.change(tx, replace(body, id=number)))


@policies.delete("/{id}", "CONFIGURE")
def delete_escalation_policy(call: Call, number: Id) -> None:
    """Delete a policy that nothing depends on."""
    with call.write() as tx:
        stored.remove(tx, number)


@policies.put("/{id}/levels/{level}", "CONFIGURE")
def update_escalation_level(
    call: Call, number: Id, level: Annotated[Level, Path()], body: Annotated[EscalationRule, Body()]
) -> EscalationRule:
    """Replace one rule; the first is 0."""
    with call.write() as tx:
        policy = documents.get(tx, POLICIES, number)
        rules = list(policy.escalation_rules)
        if level >= len(rules):
            raise NotFound(f"the escalation policy has the levels 0 to {len(rules) - 1}")
        rules[level] = body
        changed = stored.change(tx, replace(policy, escalation_rules=tuple(rules)))
        return _one(tx, changed).escalation_rules[level]


@policies.get("/{id}/explain", "VIEW")
def explain_escalation_policy(
    call: Call,
    number: Id,
    at: Annotated[Instant | None, Query()] = None,
    priority: Annotated[Priority, Query()] = "HIGH",
) -> Explanation:
    """Who is told of an incident opened `at` an instant (now), when, where, and who not and why.

    Of the past: what was really sent of the incidents that were open then.
    """
    with call.read() as tx:
        policy = documents.get(tx, POLICIES, number)
        return explaining.of_policy(tx, policy, at or tx.now, priority)


def hydrated(tx: Transaction, found: Iterable[EscalationPolicy]) -> list[EscalationPolicy]:
    """Policies with the names of their users, schedules and teams, in both forms of the wire."""
    found = list(found)
    users = documents.many(tx, USERS, {i for policy in found for i in policy.user_ids})
    names = {user.id: user_wire.reference(user) for user in users.values()}
    schedules = documents.many(tx, SCHEDULES, {i for policy in found for i in policy.schedule_ids})
    titles = {schedule.id: Ref(id=schedule.id, name=schedule.name) for schedule in schedules.values()}
    teams = documents.many(tx, TEAMS, {i for policy in found for i in policy.team_ids})
    called = {team.id: Ref(id=team.id, name=team.name) for team in teams.values()}
    whose = owners.of(tx, POLICIES, (policy.id for policy in found))
    return [
        replace(
            policy,
            escalation_rules=tuple(_named(rule, names, titles, called) for rule in policy.escalation_rules),
            last_resort=tuple(names.get(user.id, user) for user in policy.last_resort),
            teams=whose[policy.id],
        )
        for policy in found
    ]


def _one(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    return hydrated(tx, [policy])[0]


def _named(
    rule: EscalationRule, names: dict[int, UserRef], titles: dict[int, Ref], called: dict[int, Ref]
) -> EscalationRule:
    users = tuple(names.get(i, UserRef(id=i)) for i in rule.user_ids)
    schedules = tuple(titles.get(i, Ref(id=i)) for i in rule.schedule_ids)
    teams = tuple(called.get(i, Ref(id=i)) for i in rule.team_ids)
    only = len(users) + len(schedules) + len(teams) == 1
    return replace(
        rule,
        user=users[0] if users and only else None,
        users=users,
        schedule=schedules[0] if schedules and only else None,
        schedules=schedules,
        team=teams[0] if teams and only else None,
        teams=teams,
    )

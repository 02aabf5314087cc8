"""Escalation policies and their immutable versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa

from tocsin.core.incidents import fold
from tocsin.core.people import BYSTANDERS, User
from tocsin.core.policies import EscalationPolicy, normalised
from tocsin.kit.errors import BadInput, Conflict, Problem
from tocsin.kit.value import decode_json, encode_json, replace
from tocsin.store import documents, owners
from tocsin.store.database import WANTED, Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES, SOURCES, TEAMS, USERS
from tocsin.store.tables import (
    alert_sources,
    incidents,
    policy_schedules,
    policy_teams,
    policy_users,
    policy_versions,
    team_members,
)


def create(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    """Store a new policy. Raises BadInput for what it names that is not there, Conflict for a taken routing key."""
    stored = _versioned(tx, documents.insert(tx, POLICIES, _checked(tx, policy)))
    owners.give(tx, POLICIES, stored.id, policy.teams)
    return stored


def change(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    """Replace a policy; open incidents keep the version they started with."""
    stored = _versioned(tx, documents.save(tx, POLICIES, _checked(tx, policy)))
    owners.give(tx, POLICIES, stored.id, policy.teams)
    return stored


def remove(tx: Transaction, policy_id: int) -> None:
    """Delete a policy. Raises NotFound, and Conflict naming what still depends on it."""
    documents.get(tx, POLICIES, policy_id)
    own = alert_sources.c.policy_id == policy_id
    used = [source.name for source in documents.listing(tx, SOURCES, where=own)]
    climbing = tx.scalar(
        sa.select(sa.func.count())
        .select_from(incidents)
        .where(incidents.c.policy_id == policy_id, incidents.c.status != "RESOLVED")
    )
    if used or climbing:
        parts = [f"alert source {name!r}" for name in used] + [f"{climbing} open incidents"] * bool(climbing)
        raise Conflict(f"the escalation policy is used by {', '.join(parts)}", code="IN_USE")
    for table in (policy_users, policy_schedules, policy_teams):
        tx.run(sa.delete(table).where(table.c.policy_id == policy_id))
    owners.take(tx, POLICIES, policy_id)
    documents.delete(tx, POLICIES, policy_id)


_VERSIONS = sa.select(
    policy_versions.c.policy_id,
    policy_versions.c.version,
    sa.cast(policy_versions.c.body, sa.Text).label("json"),
).where(sa.tuple_(policy_versions.c.policy_id, policy_versions.c.version).in_(WANTED))


def versions(tx: Transaction, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], EscalationPolicy]:
    """Policies as they were: by (id, version)."""
    pairs = list(dict.fromkeys(wanted))
    if not pairs:
        return {}
    return {
        (row.policy_id, row.version): replace(
            decode_json(EscalationPolicy, row.json), id=row.policy_id, version=row.version
        )
        for row in tx.all(_VERSIONS, {"wanted": pairs})
    }


def by_routing_key(tx: Transaction, keys: Iterable[str]) -> EscalationPolicy | None:
    """The policy that the first matching routing key names (reference ES-9)."""
    for key in keys:
        found = documents.find(tx, POLICIES, routing_key_fold=fold(key))
        if found is not None:
            return found
    return None


def used_by_user(tx: Transaction, user_id: int) -> list[EscalationPolicy]:
    """The live policies that name this user."""
    query = sa.select(policy_users.c.policy_id).where(policy_users.c.user_id == user_id)
    ids = [row.policy_id for row in tx.all(query)]
    return list(documents.many(tx, POLICIES, ids, deleted=False).values())


def asking(tx: Transaction, user_id: int) -> list[EscalationPolicy]:
    """The live policies that ask this user, by name or as a member of a team."""
    through = (
        sa.select(policy_teams.c.policy_id)
        .join(team_members, team_members.c.team_id == policy_teams.c.team_id)
        .where(team_members.c.user_id == user_id)
    )
    query = sa.select(policy_users.c.policy_id).where(policy_users.c.user_id == user_id).union(through)
    ids = [row.policy_id for row in tx.all(query)]
    return list(documents.many(tx, POLICIES, ids, deleted=False).values())


def users_asked(tx: Transaction) -> set[int]:
    """Everybody whom a policy asks, by name or as a member of a team."""
    through = sa.select(team_members.c.user_id).join(
        policy_teams, policy_teams.c.team_id == team_members.c.team_id
    )
    return {row.user_id for row in tx.all(sa.select(policy_users.c.user_id).union(through))}


def sources_of(tx: Transaction, policy_id: int) -> list[int]:
    """The ids of the live sources that use a policy."""
    query = sa.select(alert_sources.c.id).where(
        alert_sources.c.policy_id == policy_id, alert_sources.c.deleted_at.is_(None)
    )
    return [row.id for row in tx.all(query)]


def used(tx: Transaction) -> list[int]:
    """The ids of the policies that a live source uses."""
    query = sa.select(alert_sources.c.policy_id).where(alert_sources.c.deleted_at.is_(None)).distinct()
    return sorted(row.policy_id for row in tx.all(query))


def _checked(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    policy = normalised(policy)
    users = documents.many(tx, USERS, policy.user_ids, deleted=False)
    schedules = documents.many(tx, SCHEDULES, policy.schedule_ids, deleted=False)
    teams = documents.many(tx, TEAMS, policy.team_ids, deleted=False)
    wrong: list[Problem] = []
    for index, rule in enumerate(policy.escalation_rules):
        at = f"escalationRules.{index}"
        wrong.extend(_unfit(f"{at}.users", rule.user_ids, users))
        wrong.extend(
            Problem(f"{at}.schedules", f"there is no schedule with the id {i}")
            for i in rule.schedule_ids
            if i not in schedules
        )
        wrong.extend(
            Problem(f"{at}.teams", f"there is no team with the id {i}")
            for i in rule.team_ids
            if i not in teams
        )
        if not (rule.user_ids or rule.schedule_ids or rule.team_ids):
            wrong.append(Problem(at, "the rule names nobody: give it a user, a schedule or a team"))
    wrong.extend(_unfit("lastResort", (user.id for user in policy.last_resort), users))
    if wrong:
        raise BadInput(*wrong)
    return policy


def _unfit(path: str, ids: Iterable[int], users: Mapping[int, User]) -> Iterator[Problem]:
    """Those who cannot be asked: who is only kept informed could not answer."""
    for number in ids:
        user = users.get(number)
        if user is None:
            yield Problem(path, f"there is no user with the id {number}")
        elif user.role in BYSTANDERS:
            yield Problem(path, f"{user.name} is a {user.role.lower()}: they are never asked")


def _versioned(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    body = encode_json(EscalationPolicy, policy)
    tx.run(sa.insert(policy_versions), {"policy_id": policy.id, "version": policy.version, "body": body})
    for table, name, ids in (
        (policy_users, "user_id", policy.user_ids),
        (policy_schedules, "schedule_id", policy.schedule_ids),
        (policy_teams, "team_id", policy.team_ids),
    ):
        tx.run(sa.delete(table).where(table.c.policy_id == policy.id))
        if ids:
            tx.run(sa.insert(table), [{"policy_id": policy.id, name: i} for i in ids])
    return policy

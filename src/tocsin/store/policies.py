"""Escalation policies and their immutable versions."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from tocsin.core.incidents import fold
from tocsin.core.policies import EscalationPolicy, normalised
from tocsin.kit.errors import BadInput, Conflict, Problem
from tocsin.kit.value import decode_json, encode_json, replace
from tocsin.store import documents
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, SOURCES, USERS
from tocsin.store.tables import alert_sources, incidents, policy_users, policy_versions


def create(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    """Store a new policy. Raises BadInput for unknown users, Conflict for a taken routing key."""
    policy = _checked(tx, policy)
    return _versioned(tx, documents.insert(tx, POLICIES, policy))


def change(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    """Replace a policy; open incidents keep the version they started with."""
    policy = _checked(tx, policy)
    return _versioned(tx, documents.save(tx, POLICIES, policy))


def remove(tx: Transaction, policy_id: int) -> None:
    """Delete a policy. Raises NotFound, and Conflict naming what still depends on it."""
    documents.get(tx, POLICIES, policy_id)
    used = [source.name for source in documents.listing(tx, SOURCES) if source.policy_id == policy_id]
    climbing = tx.scalar(
        sa.select(sa.func.count())
        .select_from(incidents)
        .where(incidents.c.policy_id == policy_id, incidents.c.status != "RESOLVED")
    )
    if used or climbing:
        parts = [f"alert source {name!r}" for name in used] + [f"{climbing} open incidents"] * bool(climbing)
        raise Conflict(f"the escalation policy is used by {', '.join(parts)}", code="IN_USE")
    tx.run(sa.delete(policy_users).where(policy_users.c.policy_id == policy_id))
    documents.delete(tx, POLICIES, policy_id)


def versions(tx: Transaction, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], EscalationPolicy]:
    """Policies as they were: by (id, version)."""
    pairs = list(dict.fromkeys(wanted))
    if not pairs:
        return {}
    query = sa.select(
        policy_versions.c.policy_id,
        policy_versions.c.version,
        sa.cast(policy_versions.c.body, sa.Text).label("json"),
    ).where(sa.tuple_(policy_versions.c.policy_id, policy_versions.c.version).in_(pairs))
    return {
        (row.policy_id, row.version): replace(
            decode_json(EscalationPolicy, row.json), id=row.policy_id, version=row.version
        )
        for row in tx.all(query)
    }


def by_routing_key(tx: Transaction, keys: Iterable[str]) -> EscalationPolicy | None:
    """The policy that the first matching routing key names (reference ES-9)."""
    for key in keys:
        found = documents.find(tx, POLICIES, routing_key_fold=fold(key))
        if found is not None:
            return found
    return None


def used_by_user(tx: Transaction, user_id: int) -> list[EscalationPolicy]:
    """The live policies that ask this user."""
    query = sa.select(policy_users.c.policy_id).where(policy_users.c.user_id == user_id)
    ids = [row.policy_id for row in tx.all(query)]
    return list(documents.many(tx, POLICIES, ids, deleted=False).values())


def sources_of(tx: Transaction, policy_id: int) -> list[int]:
    """The ids of the live sources that use a policy."""
    query = sa.select(alert_sources.c.id).where(
        alert_sources.c.policy_id == policy_id, alert_sources.c.deleted_at.is_(None)
    )
    return [row.id for row in tx.all(query)]


def _checked(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    policy = normalised(policy)
    known = documents.many(tx, USERS, policy.user_ids, deleted=False)
    wrong = [
        Problem(f"escalationRules.{index}.users", f"there is no user with the id {user_id}")
        for index, rule in enumerate(policy.escalation_rules)
        for user_id in rule.user_ids
        if user_id not in known
    ]
    wrong.extend(
        Problem(f"escalationRules.{index}", "the rule names nobody: give it a user")
        for index, rule in enumerate(policy.escalation_rules)
        if not rule.user_ids
    )
    if wrong:
        raise BadInput(*wrong)
    return policy


def _versioned(tx: Transaction, policy: EscalationPolicy) -> EscalationPolicy:
    body = encode_json(EscalationPolicy, policy)
    tx.run(sa.insert(policy_versions), {"policy_id": policy.id, "version": policy.version, "body": body})
    tx.run(sa.delete(policy_users).where(policy_users.c.policy_id == policy.id))
    tx.run(sa.insert(policy_users), [{"policy_id": policy.id, "user_id": i} for i in policy.user_ids])
    return policy

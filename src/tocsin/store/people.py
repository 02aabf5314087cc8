"""Users with their addresses and notification rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from tocsin.core.incidents import fold
from tocsin.core.people import Contact, ContactState, Method, NotificationRule, Person, User
from tocsin.kit.errors import Conflict, NotFound
from tocsin.languages import msgid
from tocsin.store import documents, policies, schedules, teams, trials
from tocsin.store.database import WANTED, Row, Transaction
from tocsin.store.kinds import USERS
from tocsin.store.tables import (
    api_keys,
    contacts,
    notification_rules,
    notifications,
    sessions,
    users,
    verifications,
)


def create(tx: Transaction, user: User, password_hash: str | None = None) -> Person:
    """Store a new user with the login address as first contact and rules that reach it at once."""
    user = documents.insert(tx, USERS, user, password_hash=password_hash)
    contact = add_contact(tx, user.id, "EMAIL", user.email, "UNVERIFIED")
    wanted = (("HIGH", "EMAIL", 0, contact.id), ("LOW", "EMAIL", 0, contact.id))
    for kind, method, delay, contact_id in wanted:
        add_rule(tx, user.id, kind=kind, method=method, delay_min=delay, contact_id=contact_id)
    trials.switch(tx, user.id, on=True)
    return load(tx, (user.id,))[user.id]


_CONTACTS = (
    sa.select(contacts)
    .where(contacts.c.user_id.in_(WANTED), contacts.c.deleted_at.is_(None))
    .order_by(contacts.c.id)
)
_RULES = (
    sa.select(notification_rules)
    .where(notification_rules.c.user_id.in_(WANTED))
    .order_by(notification_rules.c.id)
)


def load(tx: Transaction, ids: Iterable[int], *, deleted: bool = False) -> dict[int, Person]:
    """Users with contacts and rules, by id; deleted ones only if asked for."""
    found = documents.many(tx, USERS, ids, deleted=deleted)
    if not found:
        return {}
    addresses: defaultdict[int, list[Contact]] = defaultdict(list)
    for row in tx.all(_CONTACTS, {"wanted": list(found)}):
        addresses[row.user_id].append(contact_of(row))
    rules: defaultdict[int, list[NotificationRule]] = defaultdict(list)
    for row in tx.all(_RULES, {"wanted": list(found)}):
        rules[row.user_id].append(rule_of(row))
    return {i: _person(user, addresses[i], rules[i]) for i, user in found.items()}


def one(tx: Transaction, user_id: int) -> Person:
    """A user with contacts and rules. Raises NotFound."""
    found = load(tx, (user_id,))
    if not found:
        raise NotFound(f"there is no user with the id {user_id}")
    return found[user_id]


def by_login(tx: Transaction, login: str) -> tuple[User, str | None] | None:
    """The user whose e-mail or user name is `login`, with the password hash."""
    if "\0" in login:  # PostgreSQL compares no such text
        return None
    wanted = fold(login)
    query = sa.select(users.c.id, users.c.password_hash).where(
        sa.or_(users.c.email_fold == wanted, users.c.username_fold == wanted), users.c.deleted_at.is_(None)
    )
    row = tx.first(query)
    return (documents.get(tx, USERS, row.id), row.password_hash) if row else None


def by_email(tx: Transaction, email: str) -> User | None:
    """The user who signs in with this address."""
    found = by_login(tx, email)
    return found[0] if found and fold(found[0].email) == fold(email) else None


_OWNERS = (
    sa.select(users.c.id).where(users.c.role == "OWNER", users.c.deleted_at.is_(None)).order_by(users.c.id)
)


def owners(tx: Transaction) -> list[int]:
    """The ids of the account's owner (one; none before the set-up)."""
    return [row.id for row in tx.all(_OWNERS)]


def set_password(tx: Transaction, user_id: int, password_hash: str) -> None:
    """Store a new password hash and end every session of the user."""
    tx.run(sa.update(users).where(users.c.id == user_id).values(password_hash=password_hash))
    tx.run(sa.update(sessions).where(sessions.c.user_id == user_id).values(revoked_at=tx.now))


def remove(tx: Transaction, user_id: int) -> None:
    """Delete a user. Raises NotFound, and Conflict naming what still depends on the user."""
    user = documents.get(tx, USERS, user_id)
    if user.role == "OWNER":
        raise Conflict(msgid("the owner of the account cannot be deleted"), code="IN_USE")
    used = [f"escalation policy {policy.name!r}" for policy in policies.used_by_user(tx, user_id)]
    used += [f"schedule {name!r}" for name in schedules.named_with(tx, user_id)]
    if used:
        raise Conflict(f"the user is asked by {', '.join(used)}", code="IN_USE")
    tx.run(sa.update(sessions).where(sessions.c.user_id == user_id).values(revoked_at=tx.now))
    tx.run(sa.update(api_keys).where(api_keys.c.user_id == user_id).values(revoked_at=tx.now))
    teams.leave_all(tx, user_id)
    documents.delete(tx, USERS, user_id)


def add_contact(tx: Transaction, user_id: int, method: Method, target: str, state: ContactState) -> Contact:
    """A new address for a user."""
    contact_id = tx.next_id("contacts")
    row = {"id": contact_id, "user_id": user_id, "method": method, "target": target, "state": state}
    tx.run(sa.insert(contacts), {**row, "state_reason": "", "created_at": tx.now})
    return Contact(id=contact_id, method=method, target=target, state=state)


def set_contact_state(tx: Transaction, contact_id: int, state: ContactState, reason: str) -> None:
    """Note that an address works, bounced, or was given up by its owner."""
    change = {"state": state, "state_reason": reason}
    tx.run(sa.update(contacts).where(contacts.c.id == contact_id).values(change))


def set_contact_target(tx: Transaction, contact_id: int, target: str) -> None:
    """Change an address; it has to prove itself again. What waits for the old one goes to the new one."""
    change = {"target": target, "state": "UNVERIFIED", "state_reason": "", "verified": [], "stopped": []}
    tx.run(sa.update(contacts).where(contacts.c.id == contact_id).values(change))
    tx.run(sa.delete(verifications).where(verifications.c.contact_id == contact_id))
    waiting = sa.and_(notifications.c.contact_id == contact_id, notifications.c.state == "SCHEDULED")
    tx.run(sa.update(notifications).where(waiting).values(target=target))


def add_rule(tx: Transaction, user_id: int, **rule: Any) -> NotificationRule:
    """A new notification rule: kind, method, delay_min, contact_id, on_state, sent_as."""
    rule_id = tx.next_id("notification_rules")
    tx.run(sa.insert(notification_rules), {"id": rule_id, "user_id": user_id, **rule})
    return NotificationRule(id=rule_id, **rule)


def replace_rules(tx: Transaction, user_id: int, kind: str, rules: Sequence[NotificationRule]) -> None:
    """Set a user's rules of one kind."""
    table = notification_rules
    tx.run(sa.delete(table).where(table.c.user_id == user_id, table.c.kind == kind))
    for rule in rules:
        wanted = {name: getattr(rule, name) for name in ("method", "delay_min", "contact_id", "sent_as")}
        add_rule(tx, user_id, kind=kind, **wanted)


def contact_of(row: Row) -> Contact:
    """A contact out of its row."""
    return Contact(
        id=row.id,
        method=row.method,
        target=row.target,
        state=row.state,
        state_reason=row.state_reason,
        verified=tuple(row.verified),
        stopped=tuple(row.stopped),
        region_code=row.region_code,
        main=row.main,
        label=row.label,
    )


def rule_of(row: Row) -> NotificationRule:
    """A rule out of its row."""
    return NotificationRule(
        id=row.id,
        kind=row.kind,
        method=row.method,
        delay_min=row.delay_min,
        contact_id=row.contact_id,
        on_state=row.on_state,
        sent_as=row.sent_as,
    )


_FIELDS = tuple(User.__dataclass_fields__)


def _person(user: User, addresses: list[Contact], rules: list[NotificationRule]) -> Person:
    profile = {name: getattr(user, name) for name in _FIELDS}
    return Person(**profile, contacts=tuple(addresses), rules=tuple(rules))

"""A person's notification rules, one by one; and their older form, kept in step."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from tocsin.core.people import DutyPreference, Method, NotificationRule, Person, RuleKind, UpdateState
from tocsin.kit.errors import Conflict, NotFound
from tocsin.kit.value import replace
from tocsin.store import documents, people, profiles, schedules
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.store.tables import notification_rules

MOST_OF_ONE = 100
_T = notification_rules


def one(person: Person, rule_id: int, kinds: Sequence[RuleKind]) -> NotificationRule:
    """A person's rule. Raises NotFound."""
    for rule in person.rules:
        if rule.id == rule_id and rule.kind in kinds:
            return rule
    raise NotFound(f"the user has no such notification preference with the id {rule_id}")


def add(tx: Transaction, user_id: int, rule: NotificationRule) -> NotificationRule:
    """A new rule. Raises Conflict when there are too many."""
    if len(people.one(tx, user_id).rules) >= MOST_OF_ONE:
        raise Conflict(f"a user may have {MOST_OF_ONE} notification preferences", code="TOO_MANY")
    added = people.add_rule(tx, user_id, **_columns(rule))
    keep_in_step(tx, user_id)
    return added


def save(tx: Transaction, user_id: int, rule: NotificationRule) -> None:
    """Replace a rule."""
    tx.run(sa.update(_T).where(_T.c.id == rule.id, _T.c.user_id == user_id).values(_columns(rule)))
    keep_in_step(tx, user_id)


def remove(tx: Transaction, user_id: int, rule_id: int) -> None:
    """Delete a rule."""
    tx.run(sa.delete(_T).where(_T.c.id == rule_id, _T.c.user_id == user_id))
    keep_in_step(tx, user_id)


def set_updates(
    tx: Transaction, user_id: int, states: Sequence[UpdateState], methods: Sequence[tuple[Method, str]]
) -> None:
    """The older form of the list: each of these changes, by each of these methods (ours, as sent)."""
    _clear(tx, user_id, "UPDATE")
    for state in states:
        for method, sent_as in methods:
            wanted = NotificationRule(id=0, kind="UPDATE", method=method, on_state=state, sent_as=sent_as)
            people.add_rule(tx, user_id, **_columns(wanted))


def set_duties(tx: Transaction, user_id: int, wanted: Sequence[tuple[Method, str, int]]) -> None:
    """The older form of the list: (method, as sent, minutes before the shift)."""
    _clear(tx, user_id, "DUTY")
    for method, sent_as, before in wanted:
        rule = NotificationRule(id=0, kind="DUTY", method=method, delay_min=before, sent_as=sent_as)
        people.add_rule(tx, user_id, **_columns(rule))
    _look_at_shifts(tx, user_id)


def keep_in_step(tx: Transaction, user_id: int) -> None:
    """Let the older form of the updates and duties say what the rows say."""
    person = people.one(tx, user_id)
    profile = profiles.of(person)
    changed = replace(profile, **_older_form(person))
    if changed != profile:
        documents.save(tx, USERS, changed)
    _look_at_shifts(tx, user_id)


def _look_at_shifts(tx: Transaction, user_id: int) -> None:
    """A new rule may ask for a reminder that falls due before the user's schedules are looked at again."""
    schedules.touch(tx, schedules.planning_with(tx, user_id))


def _older_form(person: Person) -> dict[str, object]:
    updates = [rule for rule in person.rules if rule.kind == "UPDATE"]
    duties = [rule for rule in person.rules if rule.kind == "DUTY"]
    return {
        "update_states": tuple(dict.fromkeys(rule.on_state for rule in updates if rule.on_state)),
        "update_methods": tuple(dict.fromkeys(rule.sent_as or rule.method for rule in updates)),
        "duty_preferences": tuple(
            DutyPreference(before_min=rule.delay_min, method=rule.sent_as or rule.method) for rule in duties
        ),
    }


def _clear(tx: Transaction, user_id: int, kind: RuleKind) -> None:
    tx.run(sa.delete(_T).where(_T.c.user_id == user_id, _T.c.kind == kind))


def _columns(rule: NotificationRule) -> dict[str, object]:
    return {
        "kind": rule.kind,
        "method": rule.method,
        "delay_min": rule.delay_min,
        "contact_id": rule.contact_id,
        "on_state": rule.on_state,
        "sent_as": rule.sent_as,
    }

"""A user's profile, and what moves with it."""

from __future__ import annotations

from tocsin.core.people import BYSTANDERS, Contact, Person, User
from tocsin.kit.errors import Conflict
from tocsin.store import documents, people, policies, schedules, withdrawing
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS


def of(person: Person) -> User:
    """The profile of a person: everything but addresses and rules."""
    return User(**{name: getattr(person, name) for name in User.__dataclass_fields__})


def change(tx: Transaction, before: Person, user: User) -> None:
    """Save a profile. The login address is the first contact: they change together. Raises Conflict."""
    if user.role in BYSTANDERS and before.role not in BYSTANDERS:
        _refuse_while_on_call(tx, user)
    documents.save(tx, USERS, user)
    if user.muted_until is not None and user.muted_until != before.muted_until:
        withdrawing.muted(tx, user.id, user.name, user.muted_until)
    if user.email == before.email:
        return
    contact = next((c for c in before.contacts if c.target == before.email), None)
    if contact is not None:
        people.set_contact_target(tx, contact.id, user.email)


def _refuse_while_on_call(tx: Transaction, user: User) -> None:
    used = [f"escalation policy {policy.name!r}" for policy in policies.used_by_user(tx, user.id)]
    used += [f"schedule {name!r}" for name in schedules.named_with(tx, user.id)]
    if used:
        raise Conflict(
            f"a {user.role.lower()} is never asked, and the user is by {', '.join(used)}", code="IN_USE"
        )


def keep_last_way(tx: Transaction, user_id: int, contact: Contact) -> None:
    """Nobody who is asked loses the last way to be told. Raises Conflict, naming who asks."""
    person = people.one(tx, user_id)
    if not contact.usable or any(c.usable and c.id != contact.id for c in person.contacts):
        return
    asked = [f"escalation policy {policy.name!r}" for policy in policies.asking(tx, user_id)]
    asked += [f"schedule {name!r}" for name in schedules.named_with(tx, user_id)]
    if person.role == "OWNER":
        asked.append("the account, as its owner")
    if asked:
        raise Conflict(
            f"this is the last way to tell {person.name}, who is asked by {', '.join(asked)}",
            code="LAST_PATH",
        )

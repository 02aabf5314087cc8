"""A user's profile, and what moves with it."""

from __future__ import annotations

from tocsin.core.people import Person, User
from tocsin.store import documents, muting, people
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS


def of(person: Person) -> User:
    """The profile of a person: everything but addresses and rules."""
    return User(**{name: getattr(person, name) for name in User.__dataclass_fields__})


def change(tx: Transaction, before: Person, user: User) -> None:
    """Save a profile. The login address is the first contact: they change together. Raises Conflict."""
    documents.save(tx, USERS, user)
    if user.muted_until is not None and user.muted_until != before.muted_until:
        muting.take_back(tx, user.id, user.name, user.muted_until)
    if user.email == before.email:
        return
    contact = next((c for c in before.contacts if c.target == before.email), None)
    if contact is not None:
        people.set_contact_target(tx, contact.id, user.email)

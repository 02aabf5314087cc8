"""Addresses of people, one by one: made, changed, proven, forbidden, given up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa

from tocsin.core.people import PHONE, Contact, ContactState, Method, User
from tocsin.kit.chance import digest, same
from tocsin.kit.errors import Conflict, NotFound
from tocsin.kit.value import replace
from tocsin.languages import msgid
from tocsin.store import documents, people, withdrawing
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.store.tables import contacts, notification_rules, verifications

CODE_LASTS = timedelta(minutes=15)
MOST_TRIES = 5
MOST_OF_ONE = 50
"""Addresses that one person may have."""

Proof = Literal["PROVEN", "WRONG", "TOO_MANY", "NONE"]


def one(tx: Transaction, user_id: int, contact_id: int, methods: Iterable[Method]) -> Contact:
    """A user's contact of one of these kinds. Raises NotFound."""
    query = sa.select(contacts).where(_mine(user_id, contact_id), contacts.c.method.in_(list(methods)))
    row = tx.first(query)
    if row is None:
        raise NotFound(f"the user has no such contact with the id {contact_id}")
    return people.contact_of(row)


def by_target(tx: Transaction, methods: Iterable[Method], target: str) -> list[tuple[int, Contact]]:
    """(user, contact) of every live contact with this address."""
    query = (
        sa.select(contacts)
        .where(contacts.c.target == target, contacts.c.method.in_(list(methods)))
        .where(contacts.c.deleted_at.is_(None))
        .order_by(contacts.c.id)
    )
    return [(row.user_id, people.contact_of(row)) for row in tx.all(query)]


def by_identity(tx: Transaction, method: Method, target: str) -> User | None:
    """The user who has this address on a channel, and has proven it: who pressed the button of a chat."""
    proven = [user_id for user_id, contact in by_target(tx, (method,), target) if contact.serves(method)]
    known = documents.many(tx, USERS, proven, deleted=False)
    return next((known[user_id] for user_id in proven if user_id in known), None)


def identities(tx: Transaction, method: Method, user_ids: Iterable[int]) -> dict[int, str]:
    """The proven addresses that these users have on a channel, one each: the first."""
    query = sa.select(contacts).where(
        contacts.c.user_id.in_(list(user_ids)), contacts.c.method == method, contacts.c.deleted_at.is_(None)
    )
    found: dict[int, str] = {}
    for row in tx.all(query.order_by(contacts.c.id)):
        if people.contact_of(row).serves(method):
            found.setdefault(row.user_id, row.target)
    return found


def add(tx: Transaction, user_id: int, wanted: Contact) -> Contact:
    """A new contact. Raises Conflict when the user has it already, or has too many."""
    known = people.one(tx, user_id).contacts
    if any(c.method == wanted.method and c.target == wanted.target for c in known):
        raise Conflict(msgid("the user has this address already"), code="ALREADY_EXISTS")
    if len(known) >= MOST_OF_ONE:
        raise Conflict(f"a user may have {MOST_OF_ONE} addresses", code="TOO_MANY")
    added = people.add_contact(tx, user_id, wanted.method, wanted.target, wanted.state)
    added = replace(wanted, id=added.id)
    save(tx, user_id, added)
    return added


def save(tx: Transaction, user_id: int, contact: Contact) -> None:
    """Store a contact as it is now; of a user's telephones one at the most is the main one.

    What waits for another address that it had is taken back: it was wrong, or is somebody else's.
    """
    if contact.main and contact.method == PHONE:
        others = sa.and_(contacts.c.user_id == user_id, contacts.c.method == PHONE)
        tx.run(sa.update(contacts).where(others).values(main=False))
    change = {
        "target": contact.target,
        "state": contact.state,
        "state_reason": contact.state_reason,
        "verified": list(contact.verified),
        "stopped": list(contact.stopped),
        "region_code": contact.region_code,
        "main": contact.main,
        "label": contact.label,
    }
    before = tx.scalar(sa.select(contacts.c.target).where(_mine(user_id, contact.id)))
    tx.run(sa.update(contacts).where(_mine(user_id, contact.id)).values(change))
    if before != contact.target:
        # A code that was read at the old address proves nothing about the new one.
        tx.run(sa.delete(verifications).where(verifications.c.contact_id == contact.id))
        withdrawing.address_gone(tx, contact.id, "the address was changed")


def remove(tx: Transaction, user_id: int, contact_id: int) -> None:
    """Give an address up: rules that name it go too, what waits for it is taken back."""
    tx.run(sa.delete(verifications).where(verifications.c.contact_id == contact_id))
    tx.run(
        sa.delete(notification_rules).where(
            notification_rules.c.user_id == user_id, notification_rules.c.contact_id == contact_id
        )
    )
    tx.run(sa.update(contacts).where(_mine(user_id, contact_id)).values(deleted_at=tx.now))
    withdrawing.address_gone(tx, contact_id, "the address was deleted")


def start_proof(tx: Transaction, contact_id: int, method: Method, code: str) -> None:
    """Remember the code that is being sent; an earlier one no longer counts."""
    here = sa.and_(verifications.c.contact_id == contact_id, verifications.c.method == method)
    tx.run(sa.delete(verifications).where(here))
    row = {"contact_id": contact_id, "method": method, "digest": digest(f"{contact_id}:{code}"), "tries": 0}
    tx.run(sa.insert(verifications), {**row, "expires_at": tx.now + CODE_LASTS})


def awaited(tx: Transaction, contact_ids: Iterable[int]) -> set[int]:
    """Of these contacts, those to which a code was sent that can still come back."""
    query = sa.select(verifications.c.contact_id).where(
        verifications.c.contact_id.in_(list(contact_ids)), verifications.c.expires_at > tx.now
    )
    return {row.contact_id for row in tx.all(query)}


def prove(tx: Transaction, contact_id: int, method: Method, code: str) -> Proof:
    """Whether this is the code that was sent. A right one is used up, a wrong one counts."""
    here = sa.and_(verifications.c.contact_id == contact_id, verifications.c.method == method)
    row = tx.first(sa.select(verifications).where(here).with_for_update())
    if row is None or row.expires_at <= tx.now:
        return "NONE"
    if row.tries >= MOST_TRIES:
        return "TOO_MANY"
    if not same(row.digest, digest(f"{contact_id}:{code.strip()}")):
        tx.run(sa.update(verifications).where(here).values(tries=row.tries + 1))
        return "WRONG"
    tx.run(sa.delete(verifications).where(here))
    return "PROVEN"


def proven(contact: Contact, method: Method) -> Contact:
    """The contact after its code came back by `method`. Whoever reads a text there also picks up there."""
    gained = (method, "VOICE") if method == "SMS" else (method,)
    verified = tuple(dict.fromkeys((*contact.verified, *gained)))
    stopped = tuple(m for m in contact.stopped if m not in gained)
    return replace(contact, state="OK", state_reason="", verified=verified, stopped=stopped)


def stop(tx: Transaction, method: Method, target: str, *, stopped: bool) -> list[int]:
    """STOP and START from an address; the users it belongs to."""
    found = by_target(tx, _kinds(method), target)
    for user_id, contact in found:
        rest = tuple(m for m in contact.stopped if m != method)
        save(tx, user_id, replace(contact, stopped=(*rest, method) if stopped else rest))
        if stopped:
            withdrawing.address_gone(tx, contact.id, "the person answered STOP", (method,))
    return [user_id for user_id, _ in found]


def give_up(tx: Transaction, contact_id: int, method: Method, state: ContactState, reason: str) -> None:
    """An address is wrong: it is not used again, by this method, until it is proven anew."""
    row = tx.first(sa.select(contacts).where(contacts.c.id == contact_id))
    if row is None:
        return
    if row.method != PHONE:
        people.set_contact_state(tx, contact_id, state, reason)
        return
    left = [m for m in row.verified if m != method]
    change = {"verified": left, "state": "OK" if left else state, "state_reason": reason}
    tx.run(sa.update(contacts).where(contacts.c.id == contact_id).values(change))


def kinds_of(methods: Sequence[Method]) -> tuple[Method, ...]:
    """The kinds of contacts that these methods use."""
    return tuple(dict.fromkeys(kind for method in methods for kind in _kinds(method)))


def _kinds(method: Method) -> tuple[Method, ...]:
    return tuple(kind for kind in (method, PHONE) if Contact(id=0, method=kind, target="").is_for(method))


def _mine(user_id: int, contact_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        contacts.c.id == contact_id, contacts.c.user_id == user_id, contacts.c.deleted_at.is_(None)
    )

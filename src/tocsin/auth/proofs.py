"""Trying an address: a code that has to come back, and a test message."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from tocsin.auth.verification_codes import verification_code
from tocsin.core.notices import test_message
from tocsin.core.people import PHONE, Contact, Method, Person
from tocsin.core.providers import ChannelProvider
from tocsin.kit.chance import Chance, token
from tocsin.kit.errors import BadInput, Conflict, Overloaded
from tocsin.languages import msgid
from tocsin.plugins import channels
from tocsin.store import contacts, notifications, people, providers
from tocsin.store.contacts import Proof
from tocsin.store.database import Transaction

MOST_SENT = 5
SENT_WITHIN = timedelta(minutes=15)


class Prover(Protocol):
    """What a code is made from: of a deployment, its secret and its chance."""

    @property
    def secret(self) -> str:
        """Nobody guesses a code who does not know it."""
        ...

    @property
    def chance(self) -> Chance:
        """Makes each code another."""
        ...


def method_of(contact: Contact, channel: str | None) -> Method:
    """The channel that is meant: of a telephone SMS unless another is named. Raises BadInput."""
    wanted = (channel or ("SMS" if contact.method == PHONE else contact.method)).upper()
    if not contact.is_for(wanted) or wanted == PHONE:
        raise BadInput.at("channel", f"this address has no channel {channel!r}")
    return wanted


def send_code(tx: Transaction, prover: Prover, user_id: int, contact: Contact, method: Method) -> int:
    """Send a code there; the id of its notification. Raises Conflict, and Overloaded after five in a while."""
    require_way(tx, method)
    if notifications.count_to(tx, contact.id, "VERIFICATION", tx.now - SENT_WITHIN) >= MOST_SENT:
        raise Overloaded(msgid("too many codes were sent to this address: wait a quarter of an hour"))
    nonce = token(prover.chance, 12)
    code = verification_code(prover.secret, contact.id, method, nonce)
    contacts.start_proof(tx, contact.id, method, code)
    content = {"purpose": "VERIFICATION", "method": method, "nonce": nonce}
    return notifications.schedule_notice(tx, user_id, contact.id, contact.target, content)


def confirm(
    tx: Transaction, user_id: int, contact: Contact, method: Method, code: str
) -> tuple[Proof, Contact]:
    """A code that came back: what it proves, and the contact as it is now. A wrong one has to stay counted."""
    proof = contacts.prove(tx, contact.id, method, code)
    if proof == "PROVEN":
        contact = contacts.proven(contact, method)
        contacts.save(tx, user_id, contact)
    return proof, contact


def send_test(tx: Transaction, user_id: int, contact: Contact, method: Method) -> int:
    """Send a test message there; the id of its notification. Raises Conflict for an address that is not proven."""
    if not contact.serves(method):
        raise Conflict(msgid("the address is not proven for this channel"), code="NOT_VERIFIED")
    require_way(tx, method)
    content = {"purpose": "TEST", "method": method, **test_message(people.one(tx, user_id).language)}
    return notifications.schedule_notice(tx, user_id, contact.id, contact.target, content)


def send_through(tx: Transaction, person: Person, provider: ChannelProvider, target: str) -> int:
    """Send a test through this very provider; the id of its notification. Raises BadInput for one switched off."""
    if not provider.active:
        raise BadInput.at("active", msgid("the provider is switched off"))
    content = {"purpose": "TEST", "method": provider.channel, **test_message(person.language)}
    sent = notifications.schedule_notice(tx, person.id, None, target, content)
    providers.assign(tx, sent, provider.id)
    return sent


def served(tx: Transaction) -> frozenset[Method]:
    """The methods that something configured sends by."""
    return frozenset({*channels(), *(provider.channel for provider in providers.active(tx))})


def require_way(tx: Transaction, method: Method) -> None:
    """Raise Conflict when nothing that is configured sends by this method."""
    if method in served(tx):
        return
    raise Conflict(f"no provider for {method} is configured", code="NO_PROVIDER")

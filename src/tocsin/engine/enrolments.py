"""Somebody writes a code of their profile from a chat: the chat becomes a proven address of theirs."""

from __future__ import annotations

from tocsin.auth.enrolment import read_enrolment_code
from tocsin.core.notices import outcome as sentence
from tocsin.core.people import Contact, Person
from tocsin.core.providers import ChannelProvider
from tocsin.kit.chance import digest
from tocsin.kit.errors import Conflict
from tocsin.plugins import Answered, Reply
from tocsin.store import contacts, people, receipts
from tocsin.store.database import Transaction

_LONGEST_LABEL = 100


def take(tx: Transaction, provider: ChannelProvider, reply: Reply, secret: str) -> Answered:
    """Add the chat to the person's addresses, once for each code; what to say in the chat."""
    user_id = read_enrolment_code(secret, provider.id, reply.enrols, tx.now)
    person = people.load(tx, (user_id,)).get(user_id) if user_id is not None else None
    enrolled = person is not None and _enrol(tx, provider, person, reply)
    outcome = "ENROLLED" if enrolled else "NOT_ENROLLED"
    name, language = (person.name, person.language) if person else ("", "en")
    return Answered(reply=reply, outcome=outcome, text=sentence(outcome, name, (), language))


def _enrol(tx: Transaction, provider: ChannelProvider, person: Person, reply: Reply) -> bool:
    """Whether the chat is a proven address of the person now, or was one already."""
    method, target = provider.channel, reply.from_address or ""
    mine = (c for c in person.contacts if (c.method, c.target) == (method, target))
    known = next(mine, None)
    if known is not None and known.serves(method):
        return True
    if not target or not receipts.first_time(tx, provider.id, f"enrol {digest(reply.enrols)}"):
        return False
    if known is None:
        blank = Contact(
            id=0, method=method, target=target, label=reply.name[:_LONGEST_LABEL], state="UNPROVEN"
        )
        try:
            known = contacts.add(tx, person.id, blank)
        except Conflict:
            # More addresses than one may have.
            return False
    contacts.save(tx, person.id, contacts.proven(known, method))
    return True

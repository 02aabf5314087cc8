"""What people answer by text message, keypad, button or chat: whose answer, to which message, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tocsin.core.delivery import Notification
from tocsin.core.incidents import ANSWERS
from tocsin.core.notices import outcome as sentence
from tocsin.core.people import Actor, Contact, Method, Person, Via
from tocsin.core.phones import comparable
from tocsin.core.providers import ChannelProvider
from tocsin.core.replies import ACTIONS, Said, understand
from tocsin.kit.errors import NotFound, Refused
from tocsin.plugins import Answered, Reply
from tocsin.store import (
    contacts,
    decisions,
    incidents,
    notifications,
    people,
    providers,
    receipts,
    reply_codes,
    trials,
)
from tocsin.store.database import Transaction

MOST_APOLOGIES = 5
"""How often in a row we say that we did not understand: two machines would go on for ever."""
_SHOWN = 80
_VIA: dict[Method, Via] = {"SMS": "SMS", "WHATSAPP": "SMS", "VOICE": "VOICE", "PUSH": "PUSH"}

ReadToken = Callable[[str], int | None]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An answer with the message that it is to."""

    said: Said
    notification: Notification | None
    person: Person
    contact: Contact | None
    address: str
    """Where the answer came from, or where the message went."""


def take(tx: Transaction, provider: ChannelProvider, reply: Reply, read_token: ReadToken) -> Answered:
    """Do what an answer asks for, once, and tell the person what came of it."""
    said = understand(reply.text)
    key = reply.key or (f"{reply.token} {said.meaning}" if reply.token and said.meaning in ACTIONS else "")
    fresh = not key or receipts.first_time(tx, provider.id, key[:500])
    found = _find(tx, provider, reply, said, read_token)
    if found is None:
        # Nobody we know: silence tells a stranger nothing.
        return Answered(reply=reply, outcome="UNKNOWN")
    if not fresh:
        return _as_before(tx, found, reply)
    outcome = _perform(tx, provider, found)
    text = _sentence(tx, found, outcome) if outcome != "REPEAT" else ""
    _write_down(tx, provider, found, reply, outcome)
    if not reply.in_place and _worth_telling(tx, found, reply, outcome):
        _confirm(tx, provider, found, text)
    return Answered(reply=reply, outcome=outcome, text=text)


def _as_before(tx: Transaction, found: Heard, reply: Reply) -> Answered:
    """The provider tells us once more what it told us: it hears once more what came of it."""
    number = found.notification.id if found.notification else 0
    said = notifications.replies_of(tx, [number]).get(number, [])
    outcome = said[-1].outcome if said else "UNKNOWN"
    return Answered(reply=reply, outcome=outcome, text=_sentence(tx, found, outcome))


def _find(
    tx: Transaction, provider: ChannelProvider, reply: Reply, said: Said, read_token: ReadToken
) -> Heard | None:
    """Who answered, and to which message."""
    n = _answered(tx, provider, reply, read_token)
    if n is not None:
        person = people.load(tx, (n.user_id,)).get(n.user_id)
        contact = person.contact(n.contact_id) if person and n.contact_id else None
        return (
            Heard(said=said, notification=n, person=person, contact=contact, address=n.target)
            if person
            else None
        )
    if reply.from_address is None:
        return None
    address = comparable(reply.from_address) if provider.channel in _VIA else reply.from_address
    known = contacts.by_target(tx, contacts.kinds_of((provider.channel,)), address)
    known = [
        (user, c) for user, c in known if c.serves(provider.channel) or said.meaning in ("START", "STOP")
    ]
    everybody = people.load(tx, (user for user, _ in known))
    known = [(user, c) for user, c in known if user in everybody]
    if not known:
        return None
    n = _meant(tx, provider, [c.id for _, c in known], address, said)
    owner = n.user_id if n else known[0][0]
    contact = next((c for user, c in known if user == owner), known[0][1])
    return Heard(said=said, notification=n, person=everybody[owner], contact=contact, address=address)


def _answered(
    tx: Transaction, provider: ChannelProvider, reply: Reply, read_token: ReadToken
) -> Notification | None:
    """The message that the provider says was answered."""
    if reply.token:
        number = read_token(reply.token)
        n = notifications.one(tx, number) if number is not None else None
        return n if n is not None and n.method == provider.channel else None
    if reply.reference:
        return receipts.by_reference(tx, provider.channel, reply.reference)
    return None


def _meant(
    tx: Transaction, provider: ChannelProvider, contact_ids: list[int], address: str, said: Said
) -> Notification | None:
    """The message that an answer in words is about: by its code, else the one sent last."""
    if said.code is None:
        return receipts.last_sent(tx, contact_ids, provider.channel)
    incident_id = reply_codes.incident_of(tx, address, said.code)
    by_code = receipts.last_sent(tx, contact_ids, provider.channel, incident_id) if incident_id else None
    return by_code or receipts.last_sent(tx, contact_ids, provider.channel, said.code)


def _perform(tx: Transaction, provider: ChannelProvider, found: Heard) -> str:
    """Do it; the outcome as a code."""
    meaning, n = found.said.meaning, found.notification
    if meaning in ("STOP", "START") and provider.channel != "VOICE":
        contacts.stop(tx, provider.channel, found.address, stopped=meaning == "STOP")
        return meaning
    if meaning not in ACTIONS:
        # In a call the menu is spoken again: nobody can read there what we did not understand.
        return "REPEAT" if provider.channel == "VOICE" else meaning
    if n is None:
        return "UNKNOWN"
    if n.purpose == "TEST":
        trials.answered(tx, n.user_id)
        return "TESTED"
    if n.answers_for is None:
        return "UNKNOWN"
    try:
        by = Actor.of(found.person, _VIA.get(provider.channel, "CHAT"))
        decisions.perform(tx, n.answers_for, ANSWERS[meaning](by=by))
    except (Refused, NotFound) as refused:
        return refused.code
    return meaning


def _sentence(tx: Transaction, found: Heard, outcome: str) -> str:
    n = found.notification
    about = incidents.get(tx, n.incident_id) if n is not None and n.incident_id is not None else None
    shown = f"#{about.id} {about.summary}"[:_SHOWN] if about else ""
    others: list[str] = []
    if about is not None and found.said.code is None and outcome in ACTIONS:
        others = [str(code) for code in reply_codes.open_codes(tx, found.address, about.id)]
    return sentence(outcome, shown, others, found.person.language)


def _write_down(tx: Transaction, provider: ChannelProvider, found: Heard, reply: Reply, outcome: str) -> None:
    if found.notification is None:
        return
    answer = notifications.Answer(
        notification_id=found.notification.id,
        at=tx.now,
        via=_VIA.get(provider.channel, "CHAT"),
        text=reply.text[:200],
        outcome=outcome,
    )
    notifications.add_reply(tx, answer)


def _worth_telling(tx: Transaction, found: Heard, reply: Reply, outcome: str) -> bool:
    """Whether the person gets a message about the outcome."""
    if outcome in ("STOP", "REPEAT"):
        return False
    if outcome == "NOT_UNDERSTOOD":
        return reply_codes.misunderstood(tx, found.address) <= MOST_APOLOGIES
    reply_codes.understood(tx, found.address)
    # Who presses a button mostly sees it pressed; who writes words wants to read that they arrived.
    return reply.token is None or reply.quiet or outcome not in ACTIONS


def _confirm(tx: Transaction, provider: ChannelProvider, found: Heard, text: str) -> None:
    target = found.notification.target if found.notification else found.address
    content = {"purpose": "NOTICE", "method": provider.channel, "headline": "Tocsin", "text": text}
    contact_id = found.contact.id if found.contact else None
    number = notifications.schedule_notice(tx, found.person.id, contact_id, target, content)
    providers.assign(tx, number, provider.id)

"""Proving an address by a code that comes back, and trying it with a test message."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body

from tocsin.api import contact_wire as wire
from tocsin.api.call import Call, Calling
from tocsin.api.channel_providers import Accepted
from tocsin.api.contact_wire import ContactWire
from tocsin.api.contacts import FAMILIES, ContactId, Family, declare, owner
from tocsin.api.errors import TooMany
from tocsin.api.parameters import Reference
from tocsin.api.routing import Resource
from tocsin.auth import proofs
from tocsin.auth.enrolment import Offer, offers
from tocsin.core.people import Contact
from tocsin.kit.errors import BadInput, Forbidden, Overloaded
from tocsin.kit.value import MaxLen, value
from tocsin.store import contacts as stored
from tocsin.store.database import Transaction

user_verifications = Resource("users")


@value
class ChannelBody:
    """By which channel."""

    channel: Annotated[str, MaxLen(40)] | None = None
    """SMS, VOICE or WHATSAPP for a telephone (SMS, if left out); others have one channel only."""


@value
class CodeBody:
    """What came back."""

    channel: Annotated[str, MaxLen(40)] | None = None
    code: Annotated[str, MaxLen(20)]


def _declare(family: Family) -> None:
    """The routes of one family."""
    one = f"/{{id}}/contacts/{family.path}/{{contact_id}}"

    def start(
        call: Call,
        reference: Reference,
        number: ContactId,
        body: Annotated[ChannelBody | None, Body()] = None,
    ) -> Accepted:
        """Send a code there. It is valid for 15 minutes and five tries."""
        with call.write() as tx:
            user = owner(tx, call, reference)
            contact = stored.one(tx, user, number, family.kinds)
            return Accepted(notification_id=_send_code(tx, call, user, contact, body))

    def confirm(
        call: Call, reference: Reference, number: ContactId, body: Annotated[CodeBody, Body()]
    ) -> ContactWire:
        """Give the code back. A telephone that got it as a text is used for calls too."""
        with call.write() as tx:
            user = owner(tx, call, reference)
            contact = stored.one(tx, user, number, family.kinds)
            method = proofs.method_of(contact, body.channel)
            proof, contact = proofs.confirm(tx, user, contact, method, body.code)
        # Outside of the transaction: a wrong code has to be counted.
        if proof != "PROVEN":
            raise BadInput.at("code", _WRONG[proof], code=f"CODE_{proof}")
        return wire.shown(contact)

    def try_out(
        call: Call,
        reference: Reference,
        number: ContactId,
        body: Annotated[ChannelBody | None, Body()] = None,
    ) -> Accepted:
        """Send a test message there."""
        with call.write() as tx:
            user = owner(tx, call, reference)
            contact = stored.one(tx, user, number, family.kinds)
            return Accepted(notification_id=_send_test(tx, user, contact, body))

    declare(user_verifications, ("POST", f"{one}/verification"), f"start_{family.noun}_proof", start, 202)
    declare(user_verifications, ("PUT", f"{one}/verification"), f"confirm_{family.noun}_proof", confirm)
    declare(user_verifications, ("POST", f"{one}/test"), f"try_{family.noun}", try_out, 202)


@user_verifications.post("/{id}/contacts/chats/enrolments", "SELF")
def offer_enrolments(call: Call, reference: Reference) -> list[Offer]:
    """How to make one's own chat an address by writing a code from it: one line for each bot that takes them.

    A code is valid for 15 minutes and once. Only for oneself: whoever hands it back is taken for that user.
    """
    with call.read() as tx:
        user = owner(tx, call, reference)
        if user != call.caller.user_id:
            raise Forbidden("only the person can do this: a chat is proven from the chat itself")
        return offers(tx, call.deployment.vault, call.deployment.secret, user)


def _send_code(tx: Transaction, call: Calling, user: int, contact: Contact, body: ChannelBody | None) -> int:
    method = proofs.method_of(contact, body.channel if body else None)
    try:
        return proofs.send_code(tx, call.deployment, user, contact, method)
    except Overloaded as refused:
        raise TooMany(refused.message) from None


def _send_test(tx: Transaction, user: int, contact: Contact, body: ChannelBody | None) -> int:
    method = proofs.method_of(contact, body.channel if body else None)
    return proofs.send_test(tx, user, contact, method)


_WRONG = {
    "WRONG": "is not the code that we sent",
    "TOO_MANY": "was wrong too often: ask for a new code",
    "NONE": "is no longer valid: ask for a new code",
}


for _family in FAMILIES:
    _declare(_family)

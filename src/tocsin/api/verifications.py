"""Proving an address by a code that comes back, and trying it with a test message."""

from __future__ import annotations

from datetime import timedelta
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
from tocsin.auth.verification_codes import verification_code
from tocsin.core.notices import test_message
from tocsin.core.people import PHONE, Contact, Method
from tocsin.kit.chance import token
from tocsin.kit.errors import BadInput, Conflict
from tocsin.kit.value import MaxLen, value
from tocsin.plugins import channels
from tocsin.store import contacts as stored
from tocsin.store import notifications, people, providers
from tocsin.store.database import Transaction

user_verifications = Resource("users")
MOST_SENT = 5
SENT_WITHIN = timedelta(minutes=15)


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
            method = _method(contact, body.channel)
            proof = stored.prove(tx, number, method, body.code)
            if proof == "PROVEN":
                contact = stored.proven(contact, method)
                stored.save(tx, user, contact)
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


def _send_code(tx: Transaction, call: Calling, user: int, contact: Contact, body: ChannelBody | None) -> int:
    method = _method(contact, body.channel if body else None)
    _require_way(tx, method)
    _require_patience(tx, contact.id)
    nonce = token(call.deployment.chance, 12)
    code = verification_code(call.deployment.secret, contact.id, method, nonce)
    stored.start_proof(tx, contact.id, method, code)
    content = {"purpose": "VERIFICATION", "method": method, "nonce": nonce}
    return notifications.schedule_notice(tx, user, contact.id, contact.target, content)


def _send_test(tx: Transaction, user: int, contact: Contact, body: ChannelBody | None) -> int:
    method = _method(contact, body.channel if body else None)
    if not contact.serves(method):
        raise Conflict("the address is not proven for this channel", code="NOT_VERIFIED")
    _require_way(tx, method)
    content = {"purpose": "TEST", "method": method, **test_message(people.one(tx, user).language)}
    return notifications.schedule_notice(tx, user, contact.id, contact.target, content)


_WRONG = {
    "WRONG": "is not the code that we sent",
    "TOO_MANY": "was wrong too often: ask for a new code",
    "NONE": "is no longer valid: ask for a new code",
}


def _method(contact: Contact, channel: str | None) -> Method:
    """The channel that is meant. Raises BadInput when the address has no such channel."""
    wanted = (channel or ("SMS" if contact.method == PHONE else contact.method)).upper()
    if not contact.is_for(wanted) or wanted == PHONE:
        raise BadInput.at("channel", f"this address has no channel {channel!r}")
    return wanted


def _require_way(tx: Transaction, method: Method) -> None:
    if method in channels() or any(provider.channel == method for provider in providers.active(tx)):
        return
    raise Conflict(f"no provider for {method} is configured", code="NO_PROVIDER")


def _require_patience(tx: Transaction, contact_id: int) -> None:
    """A code costs money, and rings."""
    if notifications.count_to(tx, contact_id, "VERIFICATION", tx.now - SENT_WITHIN) >= MOST_SENT:
        raise TooMany("too many codes were sent to this address: wait a quarter of an hour")


for _family in FAMILIES:
    _declare(_family)

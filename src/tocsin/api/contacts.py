"""Addresses of a user: e-mail, telephones, devices, chats. One's own, or as an administrator anybody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Body, Path
from starlette.responses import Response

from tocsin.api import contact_wire as wire
from tocsin.api.call import Call, Calling
from tocsin.api.contact_wire import ContactBody, ContactWire, TargetQuery
from tocsin.api.parameters import Number, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.core.people import PHONE, Contact, Method, Person
from tocsin.core.phones import read_phone
from tocsin.kit.errors import BadInput, NotFound
from tocsin.kit.value import replace
from tocsin.plugins import channels, providers
from tocsin.store import contacts as stored
from tocsin.store import people, profiles
from tocsin.store.database import Transaction

user_contacts = Resource("users")
ContactId = Annotated[Number, Path(alias="contact_id")]


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of contacts, with its path."""

    path: str
    noun: str
    only: Method | None
    """The kind of all its contacts; None: each names its own channel."""

    @property
    def kinds(self) -> tuple[Method, ...]:
        """The kinds of contacts that belong here."""
        if self.only is not None:
            return (self.only,)
        known = {*channels(), *(channel for channel, _ in providers())}
        return tuple(sorted(known - {"EMAIL", "PUSH", "SMS", "VOICE", "WHATSAPP"}))


FAMILIES = (
    Family(path="emails", noun="email_contact", only="EMAIL"),
    Family(path="phone-numbers", noun="phone_contact", only=PHONE),
    Family(path="push-devices", noun="push_device", only="PUSH"),
    Family(path="chats", noun="chat_contact", only=None),
)


def owner(tx: Transaction, call: Calling, reference: str) -> int:
    """The user whose contacts are meant, if the caller may see and change them. Raises NotFound, Forbidden."""
    number = user_id(tx, reference, call)
    call.require("SELF", number)
    return number


def _declare_lists(family: Family) -> None:
    """The routes of one family as a whole."""
    base = f"/{{id}}/contacts/{family.path}"

    def listing(call: Call, reference: Reference) -> list[ContactWire]:
        """Every one, in order of their ids."""
        with call.read() as tx:
            person = people.one(tx, owner(tx, call, reference))
            return [wire.shown(c) for c in person.contacts if c.method in family.kinds]

    def create(
        call: Call, reference: Reference, body: Annotated[ContactBody, Body()], response: Response
    ) -> ContactWire:
        """Add one. It is used when it is proven: see its verification."""
        with call.write() as tx:
            number = owner(tx, call, reference)
            created = _create(tx, call, family, number, body)
        response.headers["location"] = call.location(f"users/{number}/contacts/{family.path}", created.id)
        return wire.shown(created)

    def search(call: Call, reference: Reference, body: Annotated[TargetQuery, Body()]) -> ContactWire:
        """The one with this address."""
        target = body.target.strip()
        if family.only == PHONE:
            target = read_phone(target, body.region_code, "target").target
        with call.read() as tx:
            person = people.one(tx, owner(tx, call, reference))
            for contact in person.contacts:
                if contact.method in family.kinds and contact.target.casefold() == target.casefold():
                    return wire.shown(contact)
            raise NotFound(f"the user has no address {body.target!r} here")

    declare(user_contacts, ("GET", base), f"list_{family.noun}s", listing)
    declare(user_contacts, ("POST", base), f"create_{family.noun}", create, 201)
    declare(user_contacts, ("POST", f"{base}/search-target"), f"search_{family.noun}", search)


def _declare_single(family: Family) -> None:
    """The routes of one contact of a family."""
    one = f"/{{id}}/contacts/{family.path}/{{contact_id}}"

    def get(call: Call, reference: Reference, number: ContactId) -> ContactWire:
        """One of them."""
        with call.read() as tx:
            return wire.shown(stored.one(tx, owner(tx, call, reference), number, family.kinds))

    def update(
        call: Call, reference: Reference, number: ContactId, body: Annotated[ContactBody, Body()]
    ) -> ContactWire:
        """Change one; another address has to be proven again."""
        with call.write() as tx:
            user = owner(tx, call, reference)
            before = stored.one(tx, user, number, family.kinds)
            changed = wire.read(body, before)
            if changed.target != before.target:
                profiles.keep_last_way(tx, user, before)
            stored.save(tx, user, changed)
            return wire.shown(changed)

    def delete(call: Call, reference: Reference, number: ContactId) -> None:
        """Delete one that is not the last way to a person who is asked by somebody."""
        with call.write() as tx:
            user = owner(tx, call, reference)
            profiles.keep_last_way(tx, user, stored.one(tx, user, number, family.kinds))
            stored.remove(tx, user, number)

    declare(user_contacts, ("GET", one), f"get_{family.noun}", get)
    declare(user_contacts, ("PUT", one), f"update_{family.noun}", update)
    declare(user_contacts, ("DELETE", one), f"delete_{family.noun}", delete, 204)


def declare(
    resource: Resource,
    route: tuple[str, str],
    name: str,
    endpoint: Callable[..., Any],
    status: int = 200,
) -> None:
    """A route of one of several families: each has the same handlers under its own name."""
    endpoint.__name__ = name
    method, path = route
    resource.route(method, path, "SELF", status_code=status)(endpoint)


def _create(tx: Transaction, call: Calling, family: Family, number: int, body: ContactBody) -> Contact:
    blank = Contact(id=0, method=_kind(family, body), target="", state="UNPROVEN")
    contact = wire.read(body, blank)
    if number == call.caller.user_id and _registers(contact):
        contact = stored.proven(contact, contact.method)
    if contact.method == PHONE and body.primary is None:
        contact = replace(contact, main=not _has_main(people.one(tx, number)))
    return stored.add(tx, number, contact)


def _kind(family: Family, body: ContactBody) -> Method:
    if family.only is not None:
        return family.only
    channel = (body.channel or "").upper()
    if channel not in family.kinds:
        known = ", ".join(family.kinds) or "none is installed"
        raise BadInput.at("channel", f"choose one of: {known}")
    return channel


def _registers(contact: Contact) -> bool:
    """Whether the device itself asked for this, signed in: then it needs no code."""
    return contact.method == "PUSH" and not any(
        plugin.typed and plugin.takes(contact.target)
        for (channel, _), plugin in providers().items()
        if channel == "PUSH"
    )


def _has_main(person: Person) -> bool:
    return any(c.method == PHONE and c.main for c in person.contacts)


for _family in FAMILIES:
    _declare_lists(_family)
    _declare_single(_family)

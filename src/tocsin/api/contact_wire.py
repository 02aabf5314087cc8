"""Contacts on the wire: the product's e-mail addresses and telephone numbers; devices and chats are ours."""

from __future__ import annotations

from typing import Annotated, Literal

from tocsin.core.people import PHONE, Contact, ContactState, Method, is_mail_address
from tocsin.core.phones import read_phone, shown_phone
from tocsin.kit.errors import BadInput
from tocsin.kit.value import MaxLen, MinLen, replace, value
from tocsin.plugins import channels, providers

Target = Annotated[str, MinLen(1), MaxLen(4000)]
WireStatus = Literal["OK", "LOCKED", "BLACKLISTED"]
_STATUS: dict[ContactState, WireStatus] = {
    "OK": "OK",
    "UNVERIFIED": "OK",
    "UNPROVEN": "LOCKED",
    "UNSUBSCRIBED": "LOCKED",
    "BOUNCED": "BLACKLISTED",
}


@value
class ContactBody:
    """An address to be added or changed."""

    target: Target
    region_code: Annotated[str, MaxLen(10)] | None = None
    """Telephones: the ISO 3166 code of the country, if the number does not begin with `+`."""
    primary: bool | None = None
    """Telephones: whether it is the one that is taken when a preference names none."""
    label: Annotated[str, MaxLen(100)] | None = None
    """What the person calls it."""
    channel: Annotated[str, MaxLen(40)] | None = None
    """Chats: TELEGRAM, SLACK and so on."""


@value
class TargetQuery:
    """Which address to look for."""

    target: Target
    region_code: Annotated[str, MaxLen(10)] | None = None


@value
class ContactWire:
    """An address of a person."""

    id: int
    target: str
    status: WireStatus
    """LOCKED: not proven yet, or given up by the person. BLACKLISTED: it bounced."""
    region_code: str | None = None
    primary: bool | None = None
    channel: str | None = None
    """Devices and chats: the channel they belong to."""
    label: str | None = None
    shown: str | None = None
    """The telephone number as people write it."""
    channels: tuple[str, ...] = ()
    """The channels that may be used here now: proven, and not forbidden."""
    stopped: tuple[str, ...] = ()
    """Channels that the person forbade by answering STOP."""
    reason: str | None = None
    """Why it is not used."""


def shown(contact: Contact) -> ContactWire:
    """A contact as the API shows one."""
    phone = contact.method == PHONE
    own_channel = contact.method not in ("EMAIL", PHONE)
    return ContactWire(
        id=contact.id,
        target=contact.target,
        status=_STATUS[contact.state],
        region_code=contact.region_code,
        primary=contact.main if phone else None,
        channel=contact.method if own_channel else None,
        label=contact.label or None,
        shown=shown_phone(contact.target) if phone else None,
        channels=contact.methods,
        stopped=contact.stopped,
        reason=contact.state_reason or None,
    )


def read(body: ContactBody, before: Contact) -> Contact:
    """What a body makes of a contact (a blank one when new). A changed address has to be proven again."""
    label = before.label if body.label is None else body.label.strip()
    contact = replace(before, label=label, main=before.main if body.primary is None else body.primary)
    if before.method == PHONE:
        phone = read_phone(body.target, body.region_code or before.region_code, "target")
        contact = replace(contact, target=phone.target, region_code=phone.region_code)
    else:
        contact = replace(contact, target=address(before.method, body.target), main=False)
    if contact.target != before.target:
        contact = replace(contact, state="UNPROVEN", state_reason="", verified=(), stopped=())
    return contact


def address(method: Method, target: str) -> str:
    """An address of the method. Raises BadInput."""
    target = target.strip()
    if method == "EMAIL":
        if not is_mail_address(target):
            raise BadInput.at("target", "is not an e-mail address")
        return target
    known = [plugin for (channel, _), plugin in providers().items() if channel == method]
    if not known and method not in channels():
        raise BadInput.at("channel", f"{method!r} is not available")
    if known and not any(plugin.takes(target) for plugin in known):
        names = ", ".join(plugin.name for plugin in known)
        raise BadInput.at("target", f"is no address that {names} can send to")
    return target


def methods() -> frozenset[Method]:
    """Every method that a preference may name."""
    return frozenset({*channels(), *(channel for channel, _ in providers())})

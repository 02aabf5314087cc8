"""By which ways a person can be told, as forms offer them."""

from __future__ import annotations

from collections.abc import Collection

from tocsin.core.people import PHONE, PHONE_METHODS, Contact, Method, Person
from tocsin.plugins import providers

MUTES = ("1", "3", "8", "24")
"""For how many hours one can be quiet."""


def ways(person: Person, served: Collection[Method] = PHONE_METHODS) -> list[tuple[str, Contact | None]]:
    """The methods of a person's addresses, each with its address; push goes to every device at once.

    WhatsApp is one of them where something `served` sends by it.
    """
    found: list[tuple[str, Contact | None]] = []
    for contact in person.contacts:
        if contact.method == "PUSH":
            continue
        phone = [method for method in PHONE_METHODS if method != "WHATSAPP" or method in served]
        found += [(method, contact) for method in (phone if contact.method == PHONE else (contact.method,))]
    if any(contact.method == "PUSH" for contact in person.contacts):
        found.append(("PUSH", None))
    return found


def provable(contact: Contact, served: Collection[Method]) -> list[Method]:
    """The methods that a telephone could be proven for and is not."""
    unproven = (m for m in PHONE_METHODS if m in served and not contact.serves(m))
    return list(unproven) if contact.method == PHONE else []


def kinds_to_add() -> list[str]:
    """What kinds of addresses can be typed in."""
    known = {method for method, _ in providers()}
    phones = [PHONE] if known & set(PHONE_METHODS) else []
    return ["EMAIL", *phones, *sorted(known - {*PHONE_METHODS, "EMAIL"})]

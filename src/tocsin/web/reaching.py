"""By which ways a person can be told, as forms offer them."""

from __future__ import annotations

from tocsin.core.people import PHONE, PHONE_METHODS, Contact, Person
from tocsin.plugins import providers

MUTES = ("1", "3", "8", "24")
"""For how many hours one can be quiet."""


def ways(person: Person) -> list[tuple[str, Contact | None]]:
    """The methods of a person's addresses, each with its address; push goes to every device at once."""
    found: list[tuple[str, Contact | None]] = []
    for contact in person.contacts:
        if contact.method == "PUSH":
            continue
        methods = PHONE_METHODS[:2] if contact.method == PHONE else (contact.method,)
        found += [(method, contact) for method in methods]
    if any(contact.method == "PUSH" for contact in person.contacts):
        found.append(("PUSH", None))
    return found


def kinds_to_add() -> list[str]:
    """What kinds of addresses can be typed in."""
    known = {method for method, _ in providers()}
    phones = [PHONE] if known & set(PHONE_METHODS) else []
    return ["EMAIL", *phones, *sorted(known - {*PHONE_METHODS, "EMAIL"})]

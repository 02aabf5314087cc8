"""A user's contacts and rules as clients of 2020 set them: fields of the user. The rows are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tocsin.core.older_methods import Place, method_of, place_of
from tocsin.core.people import PHONE, Contact, NotificationRule, Person, PhoneNumber, RuleKind, User
from tocsin.core.phones import read_phone
from tocsin.kit.value import replace
from tocsin.store import contacts, people, preferences
from tocsin.store.database import Transaction

Wanted = Sequence[tuple[str, int]]
"""(method as sent, minutes)."""


def set_telephones(tx: Transaction, before: User | None, user: User) -> None:
    """Mobile and landline are contacts; a number that changed has to be proven again."""
    for place in ("mobile", "landline"):
        number: PhoneNumber | None = getattr(user, place)
        earlier: PhoneNumber | None = getattr(before, place) if before else None
        target, region = _read(number)
        if not target or target == _read(earlier)[0]:
            continue
        person = people.one(tx, user.id)
        known = _telephone(person, earlier)
        if _telephone(person, number) is not None:
            continue
        if known is not None:
            changed = replace(
                known,
                target=target,
                region_code=region,
                state="UNPROVEN",
                state_reason="",
                verified=(),
                stopped=(),
            )
            contacts.save(tx, user.id, changed)
            continue
        main = place == "mobile" and not any(c.main for c in person.contacts)
        fresh = Contact(id=0, method=PHONE, target=target, state="UNPROVEN", region_code=region, main=main)
        contacts.add(tx, user.id, fresh)


def set_rules(tx: Transaction, user_id: int, lists: Mapping[RuleKind, Wanted | None]) -> None:
    """The lists that were sent; None leaves one as it is.

    Addresses have no place in this form: who writes back what was read takes none from a rule.
    """
    person = people.one(tx, user_id)
    for kind, wanted in lists.items():
        present = [rule for rule in person.rules if rule.kind == kind]
        if wanted is not None and not _says(present, kind, wanted):
            people.replace_rules(tx, user_id, kind, _rules(person, kind, wanted, present))


def set_updates_and_duties(tx: Transaction, before: User | None, user: User) -> None:
    """The rows of updates and duties, from the fields of the user that changed."""
    known = before or User()
    if (user.update_states, user.update_methods) != (known.update_states, known.update_methods):
        methods = [(method_of(name), name) for name in user.update_methods]
        preferences.set_updates(tx, user.id, user.update_states, methods)
    if user.duty_preferences != known.duty_preferences:
        duties = [(method_of(duty.method), duty.method, duty.before_min) for duty in user.duty_preferences]
        preferences.set_duties(tx, user.id, duties)


def _says(present: Sequence[NotificationRule], kind: RuleKind, wanted: Wanted) -> bool:
    """Whether the rules say that already; of those for subscribers each method is shown once."""
    shown = [_older(rule) for rule in present]
    return set(shown) == set(wanted) if kind == "SUBSCRIPTION" else sorted(shown) == sorted(wanted)


def _rules(
    person: Person, kind: RuleKind, wanted: Wanted, present: Sequence[NotificationRule]
) -> list[NotificationRule]:
    left, found = list(present), []
    for one in wanted:
        known = next((rule for rule in left if _older(rule) == one), None)
        if known is not None:
            left.remove(known)
        found.append(known or _rule(person, kind, *one))
    return found


def _older(rule: NotificationRule) -> tuple[str, int]:
    return rule.sent_as or rule.method, rule.delay_min


def _rule(person: Person, kind: RuleKind, name: str, minutes: int) -> NotificationRule:
    method, place = method_of(name), place_of(name)
    contact = _at(person, place) if place else None
    return NotificationRule(
        id=0,
        kind=kind,
        method=method,
        delay_min=minutes,
        contact_id=contact.id if contact else None,
        sent_as=name if name != method else None,
    )


def _at(person: Person, place: Place) -> Contact | None:
    return _telephone(person, person.mobile if place == "MOBILE" else person.landline)


def _telephone(person: Person, number: PhoneNumber | None) -> Contact | None:
    target, _ = _read(number)
    return next((c for c in person.contacts if target and c.method == PHONE and c.target == target), None)


def _read(number: PhoneNumber | None) -> tuple[str, str | None]:
    """The number as contacts hold it; nothing for none. It was checked at the door."""
    if number is None or not number.number.strip():
        return "", None
    phone = read_phone(number.number, number.region_code, "number")
    return phone.target, phone.region_code

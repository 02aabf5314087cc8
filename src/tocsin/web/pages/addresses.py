"""Addresses and rules of a person: added, proven by a code, tried; and a while of quiet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.responses import Response

from tocsin.auth import proofs
from tocsin.core.people import (
    PHONE,
    Contact,
    NotificationRule,
    Person,
    RuleKind,
    UpdateState,
    is_mail_address,
)
from tocsin.core.phones import read_phone
from tocsin.kit.errors import BadInput, Conflict, NotFound, Overloaded
from tocsin.kit.value import replace
from tocsin.languages import Texts
from tocsin.plugins import channels, providers
from tocsin.store import contacts, preferences, profiles, trials
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.pages.person import address, changing, profile
from tocsin.web.pages.sent import lead
from tocsin.web.reaching import MUTES, provable, ways
from tocsin.web.show import status_of
from tocsin.web.visit import Visit, id_in, see_other

_KINDS: tuple[RuleKind, ...] = ("HIGH", "LOW", "UPDATE", "SUBSCRIPTION", "DUTY")
_STATES: tuple[UpdateState, ...] = ("ACCEPTED", "ESCALATED", "RESOLVED")
_WRONG: Texts = {
    "WRONG": "this is not the code that was sent",
    "TOO_MANY": "it was wrong too often: ask for a new code",
    "NONE": "it is no longer valid: ask for a new code",
}


def act(visit: Visit) -> Response:
    """Do what a button of the addresses says, or show the page again with why not. Raises NotFound, Forbidden."""
    try:
        return _done(visit)
    except BadInput as wrong:
        return profile(visit, status_of(wrong), refused=wrong.problems[0].message)
    except (Conflict, Overloaded) as wrong:
        return profile(visit, status_of(wrong), refused=wrong.message)


def _done(visit: Visit) -> Response:
    verb = str(visit.request.path_params["verb"])
    if verb in _LEADING:
        return _LEADING[verb](visit)
    doing = _ACTS.get(verb)
    if doing is None:
        raise NotFound("there is no such action")
    with visit.deployment.db.write() as tx:
        person = changing(tx, visit)
        said = doing(tx, visit, person)
    return see_other(f"{address(visit, person)}?said={said}#addresses")


def _confirm(visit: Visit) -> Response:
    """Give a code back. A wrong one is counted, so the refusal comes after the transaction."""
    with visit.deployment.db.write() as tx:
        person = changing(tx, visit)
        contact = _contact(visit, person)
        method = proofs.method_of(contact, visit.said("method", 40) or None)
        proof, _ = proofs.confirm(tx, person.id, contact, method, visit.said("code", 20))
    if proof != "PROVEN":
        raise BadInput.at("code", _WRONG[proof])
    return see_other(f"{address(visit, person)}?said=saved#addresses")


def _add(tx: Transaction, visit: Visit, person: Person) -> str:
    """Add an address and send the code that proves it, if there is a way."""
    method, target = visit.said("method", 40).upper(), visit.said("target", 2000)
    contact = Contact(id=0, method=method, target=target, label=visit.said("label", 100), state="UNPROVEN")
    if method == PHONE:
        phone = read_phone(target, visit.said("region", 10) or None, "target")
        first = not any(c.method == PHONE and c.main for c in person.contacts)
        contact = replace(contact, target=phone.target, region_code=phone.region_code, main=first)
    elif method == "EMAIL":
        if not is_mail_address(target):
            raise BadInput.at("target", "write an address like ann@example.com")
    elif not any(plugin.takes(target) for (kind, _), plugin in providers().items() if kind == method):
        raise BadInput.at("target", "this is no address that this channel can send to")
    added = contacts.add(tx, person.id, contact)
    try:
        way = proofs.method_of(added, next(iter(provable(added, proofs.served(tx))), None))
        proofs.send_code(tx, visit.deployment, person.id, added, way)
    except Conflict:
        return "saved"  # no provider sends there yet: the page says so beside the address
    return "sent"


def _prove(tx: Transaction, visit: Visit, person: Person) -> str:
    contact = _contact(visit, person)
    method = proofs.method_of(contact, visit.said("method", 40) or None)
    proofs.send_code(tx, visit.deployment, person.id, contact, method)
    return "sent"


def _test(visit: Visit) -> Response:
    """Send a test there, and show what becomes of it."""
    with visit.deployment.db.write() as tx:
        person = changing(tx, visit)
        contact = _contact(visit, person)
        method = proofs.method_of(contact, visit.said("method", 40) or None)
        return lead(proofs.send_test(tx, person.id, contact, method))


def _remove(tx: Transaction, visit: Visit, person: Person) -> str:
    contact = _contact(visit, person)
    profiles.keep_last_way(tx, person.id, contact)
    contacts.remove(tx, person.id, contact.id)
    return "deleted"


def _main(tx: Transaction, visit: Visit, person: Person) -> str:
    """Make a telephone the one that is taken where a rule names none."""
    contact = _contact(visit, person)
    if contact.method != PHONE:
        raise NotFound("there is no such address")
    contacts.save(tx, person.id, replace(contact, main=True))
    return "saved"


def _add_rule(tx: Transaction, visit: Visit, person: Person) -> str:
    """Add a rule: “tell me by this, after so many minutes”."""
    kind = next((k for k in _KINDS if k == visit.said("kind", 20)), None)
    method, _, number = visit.said("way", 60).partition(":")
    contact = person.contact(id_in(number) or 0)
    minutes = visit.said("minutes", 6) or "0"
    state = next((s for s in _STATES if s == visit.said("state", 20)), None)
    known = {m for m, _ in ways(person)} | set(channels())
    if kind is None or method not in known or (method == "VOICE" and kind not in ("HIGH", "LOW")):
        raise BadInput.at("way", "choose a way")
    if number and (contact is None or not contact.is_for(method)):
        raise BadInput.at("way", "choose a way")
    if not minutes.isdecimal() or int(minutes) > 1440:
        raise BadInput.at("minutes", "write minutes, at most 1440")
    if kind == "UPDATE" and state is None:
        raise BadInput.at("state", "choose a change")
    rule = NotificationRule(
        id=0,
        kind=kind,
        method=method,
        delay_min=int(minutes) if kind in ("HIGH", "LOW", "DUTY") else 0,
        contact_id=contact.id if contact else None,
        on_state=state if kind == "UPDATE" else None,
    )
    preferences.add(tx, person.id, rule)
    return "saved"


def _drop_rule(tx: Transaction, visit: Visit, person: Person) -> str:
    said = visit.said("rule", 18)
    found = next((rule for rule in person.rules if str(rule.id) == said), None)
    if found is None:
        raise NotFound("there is no such rule")
    preferences.remove(tx, person.id, found.id)
    return "deleted"


def _mute(tx: Transaction, visit: Visit, person: Person) -> str:
    """Nothing for some hours, except as the account's fallback; or the end of it."""
    hours = visit.said("hours", 3)
    if hours and hours not in MUTES:
        raise BadInput.at("hours", "choose for how many hours")
    until = tx.now + timedelta(hours=int(hours)) if hours else None
    profiles.change(tx, person, replace(profiles.of(person), muted_until=until))
    return "saved"


def _try(tx: Transaction, _: Visit, person: Person) -> str:
    """Send a test page by every way of high priority, now."""
    if not trials.send(tx, person):
        raise BadInput.at("", "there is no address that a test could go to")
    return "sent"


def _monthly(tx: Transaction, visit: Visit, person: Person) -> str:
    """Switch the monthly test page on or off."""
    trials.switch(tx, person.id, on=visit.said("on", 5) == "on")
    return "saved"


def _contact(visit: Visit, person: Person) -> Contact:
    found = person.contact(visit.id_said("contact") or 0)
    if found is None:
        raise NotFound("there is no such address")
    return found


_LEADING: dict[str, Callable[[Visit], Response]] = {"confirm": _confirm, "test": _test}
"""Those that say themselves where they lead, in transactions of their own."""
_ACTS: dict[str, Callable[[Transaction, Visit, Person], str]] = {
    "add": _add,
    "prove": _prove,
    "remove": _remove,
    "main": _main,
    "add-rule": _add_rule,
    "drop-rule": _drop_rule,
    "mute": _mute,
    "try": _try,
    "monthly": _monthly,
}


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/me/addresses/{verb}", action="SELF", post=act),
        Page(path="/people/{id}/addresses/{verb}", action="SELF", post=act),
    ]

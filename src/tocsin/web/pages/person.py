"""One person, or oneself: profile, addresses, rules in sentences, password, API keys."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tocsin.auth import api_keys, enrolment, proofs
from tocsin.auth.callers import callers
from tocsin.auth.passwords import SHORTEST, verify_password
from tocsin.core.access import may_manage
from tocsin.core.people import Person
from tocsin.core.phones import shown_phone
from tocsin.kit.errors import BadInput, Conflict, Forbidden
from tocsin.store import contacts, people, profiles, schedules
from tocsin.store.database import Transaction
from tocsin.web import profile_form
from tocsin.web.declare import Page
from tocsin.web.pages.people import shown_of
from tocsin.web.reaching import MUTES, kinds_to_add, provable, ways
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other, sign_in


def show(visit: Visit) -> Response:
    """The page. Raises NotFound."""
    return profile(visit)


def profile(visit: Visit, status: int = HTTPStatus.OK, **more: Any) -> Response:
    """The page with what a form on it was refused for. Raises NotFound."""
    deployment = visit.deployment
    with deployment.db.read() as tx:
        person = subject(tx, visit)
        own = person.id == visit.someone.id
        if not own:
            visit.require("VIEW")
        mine = own or visit.may("MANAGE_USERS")
        keys = api_keys.listing(tx, person.id) if mine else []
        planned = schedules.named_with(tx, person.id)
        served = proofs.served(tx)
        numbers = callers(tx, deployment.vault) if own else {}
        linkable = own and bool(enrolment.offers(tx, deployment.vault, deployment.secret, person.id))
        shown = shown_of(tx, [person])[0]
        awaited = contacts.awaited(tx, [contact.id for contact in person.contacts]) if mine else set()
    context = {"new_key": "", "problems": Problems(), "refused": "", "shortest": SHORTEST} | more
    return page(
        visit,
        "person.html",
        status=status,
        shown=shown,
        subject=person,
        own=own,
        mine=mine,
        managed=mine and _may_manage(visit, person),
        keys=keys,
        planned=planned,
        ways=ways(person, served) if mine else [],
        provable={contact.id: provable(contact, served) for contact in person.contacts},
        awaited=awaited,
        linkable=linkable,
        numbers={shown_phone(number): channels for number, channels in numbers.items()},
        addable=kinds_to_add() if mine else [],
        mutes=MUTES,
        base=address(visit, person),
        **context,
    )


def subject(tx: Transaction, visit: Visit) -> Person:
    """Whose page this is: the one in the address, or the visitor. Raises NotFound."""
    return people.one(tx, visit.number("id") if "id" in visit.request.path_params else visit.someone.id)


def changing(tx: Transaction, visit: Visit) -> Person:
    """The same, for a change: oneself, or anybody for an administrator. Raises NotFound, Forbidden."""
    person = subject(tx, visit)
    visit.require("SELF", person.id)
    return person


def managing(tx: Transaction, visit: Visit) -> Person:
    """The same, for what proves who somebody is: login address, role, keys. Raises NotFound, Forbidden."""
    person = changing(tx, visit)
    if not _may_manage(visit, person):
        raise Forbidden("your role does not allow this")
    return person


def _may_manage(visit: Visit, person: Person) -> bool:
    return visit.caller is not None and may_manage(visit.caller, person.id, person.role)


def address(visit: Visit, person: Person) -> str:
    """Where the page of this person is."""
    return "/me" if person.id == visit.someone.id else f"/people/{person.id}"


def edit(visit: Visit) -> Response:
    """The form. Raises NotFound, Forbidden."""
    with visit.deployment.db.read() as tx:
        person = managing(tx, visit)
    return _form(visit, person, Problems(profile_form.said_of(person)))


def save(visit: Visit) -> Response:
    """Change the profile. Raises NotFound, Forbidden."""
    with visit.deployment.db.read() as tx:
        person = managing(tx, visit)
    problems = Problems()
    try:
        with visit.deployment.db.write() as tx:
            person = managing(tx, visit)
            profiles.change(tx, person, profile_form.read(visit, profiles.of(person)))
    except BadInput as wrong:
        problems = problems_by_field(wrong)
    except Conflict:
        problems = Problems(email="somebody has this address already")
    if problems:
        return _form(visit, person, Problems(visit.form), problems)
    return see_other(f"{address(visit, person)}?said=saved")


def _form(visit: Visit, person: Person, said: Problems, problems: Problems | None = None) -> Response:
    return page(
        visit,
        "person_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        subject=person,
        own=person.id == visit.someone.id,
        base=address(visit, person),
        said=said,
        problems=problems or Problems(),
        roles=profile_form.grantable(visit.caller, person.role),
    )


def change_password(visit: Visit) -> Response:
    """Set one's own password: every other session ends."""
    person = visit.someone
    with visit.deployment.db.read() as tx:
        found = people.by_login(tx, person.email)
    if not verify_password(found[1] if found else None, visit.form.get("current", "")[:1024]):
        return profile(
            visit, HTTPStatus.UNPROCESSABLE_ENTITY, problems=Problems(current="this is not your password")
        )
    try:
        password_hash = profile_form.new_password(visit)
    except BadInput as wrong:
        return profile(visit, HTTPStatus.UNPROCESSABLE_ENTITY, problems=problems_by_field(wrong))
    with visit.deployment.db.write() as tx:
        people.set_password(tx, person.id, password_hash)
        return sign_in(visit, tx, person.id, "/me?said=saved")


def create_key(visit: Visit) -> Response:
    """Make an API key for oneself and show it, this once."""
    name = visit.said("name", 255)
    if not name:
        return profile(visit, HTTPStatus.UNPROCESSABLE_ENTITY, problems=Problems(name="say what it is for"))
    with visit.deployment.db.write() as tx:
        _, key = api_keys.create(tx, visit.deployment.chance, visit.someone.id, name)
    return profile(visit, new_key=key)


def revoke_key(visit: Visit) -> Response:
    """Revoke a key: one's own, or as an administrator anybody's. Raises NotFound, Forbidden."""
    number = visit.id_said("key")
    if number is None:
        raise BadInput.at("key", "choose a key")
    with visit.deployment.db.write() as tx:
        person = managing(tx, visit)
        api_keys.revoke(tx, person.id, number)
    return see_other(f"{address(visit, person)}?said=revoked")


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/me", action="SELF", get=show),
        Page(path="/me/edit", action="SELF", get=edit, post=save),
        Page(path="/me/password", action="SELF", post=change_password),
        Page(path="/me/keys", action="SELF", post=create_key),
        Page(path="/me/revoke", action="SELF", post=revoke_key),
        Page(path="/people/{id}", action="VIEW", get=show),
        Page(path="/people/{id}/edit", action="SELF", get=edit, post=save),
        Page(path="/people/{id}/revoke", action="MANAGE_USERS", post=revoke_key),
    ]

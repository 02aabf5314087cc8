"""People: who there is, who is asked by what, and who cannot be reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth.invitations import invite
from tocsin.core.access import may_grant
from tocsin.core.notifying import plan
from tocsin.core.people import Person, User
from tocsin.core.policies import EscalationPolicy
from tocsin.core.readiness import Readiness
from tocsin.kit.errors import BadInput, Conflict, Forbidden
from tocsin.kit.value import replace
from tocsin.store import documents, people, readiness, teams
from tocsin.store.database import Transaction
from tocsin.store.kinds import POLICIES, USERS
from tocsin.web import profile_form
from tocsin.web.declare import Page
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A person, who asks them, and whether a page would get through."""

    person: Person
    asked_by: list[EscalationPolicy]
    """By name."""
    asked_with: list[EscalationPolicy]
    """As a member of a team only."""
    reachable: bool
    unproven: bool
    """Whether every page would go to an address that nobody has proven."""
    readiness: Readiness


def show_list(visit: Visit) -> Response:
    """Everybody."""
    wanted = visit.asked.get("q", "").strip()[:100]
    with visit.deployment.db.read() as tx:
        everybody = people.load(tx, (user.id for user in documents.listing(tx, USERS)))
        shown = shown_of(tx, everybody.values())
    total = len(shown)
    if wanted:
        folded = wanted.casefold()
        shown = [
            o for o in shown if folded in o.person.name.casefold() or folded in o.person.email.casefold()
        ]
    return page(visit, "people.html", people=shown, wanted=wanted, total=total)


def shown_of(tx: Transaction, found: Iterable[Person]) -> list[Shown]:
    """How these people stand."""
    policies = documents.listing(tx, POLICIES)
    members = teams.asked(tx, {i for policy in policies for i in policy.team_ids})
    everybody = {person.id: person for person in found}
    ready = {one.user_id: one for one in readiness.of_people(tx, everybody)}
    return [_shown(person, policies, members, ready[person.id], tx.now) for person in everybody.values()]


def _shown(
    person: Person,
    policies: list[EscalationPolicy],
    members: Mapping[int, tuple[int, ...]],
    ready: Readiness,
    now: datetime,
) -> Shown:
    pages = plan(replace(person, muted_until=None), "HIGH", now).pages
    mine = {team_id for team_id, users in members.items() if person.id in users}
    return Shown(
        person=person,
        asked_by=[policy for policy in policies if person.id in policy.user_ids],
        asked_with=[p for p in policies if person.id not in p.user_ids and mine.intersection(p.team_ids)],
        reachable=ready.reachable,
        unproven=bool(pages) and all(one.unverified for one in pages),
        readiness=ready,
    )


def begin(visit: Visit) -> Response:
    """The form for somebody new."""
    return _form(visit, Problems())


def create(visit: Visit) -> Response:
    """Add somebody, and invite them by mail."""
    blank = User(language=visit.language, timezone=visit.zone)
    try:
        user = profile_form.read(visit, blank)
        with visit.deployment.db.write() as tx:
            person = people.create(tx, user)
            invite(tx, visit.deployment, person, visit.someone.name)
    except BadInput as wrong:
        return _form(visit, problems_by_field(wrong))
    except Conflict:
        return _form(visit, Problems(email="somebody has this address already"))
    return see_other(f"/people/{person.id}?said=invited")


def _form(visit: Visit, problems: Problems) -> Response:
    blank = User(language=visit.language, timezone=visit.zone)
    said = dict(visit.form) or profile_form.said_of(blank)
    return page(
        visit,
        "person_new.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        said=Problems(said),
        problems=problems,
        roles=profile_form.grantable(visit.caller, None),
    )


def invite_again(visit: Visit) -> Response:
    """Send the link by which a password is chosen once more. Raises NotFound, Forbidden, Conflict."""
    with visit.deployment.db.write() as tx:
        person = _managed(tx, visit)
        invite(tx, visit.deployment, person, visit.someone.name)
    return see_other(f"/people/{person.id}?said=invited")


def remove(visit: Visit) -> Response:
    """Delete somebody whom no policy asks. Raises NotFound, Forbidden, Conflict."""
    with visit.deployment.db.write() as tx:
        people.remove(tx, _managed(tx, visit).id)
    return see_other("/people?said=deleted")


def _managed(tx: Transaction, visit: Visit) -> Person:
    """The person of the address, if the visitor stands above them."""
    person = people.one(tx, visit.number("id"))
    if person.role != "OWNER" and visit.caller and not may_grant(visit.caller, person.role, person.role):
        raise Forbidden("your role does not allow this")
    return person


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/people", action="VIEW", get=show_list),
        Page(path="/people/new", action="MANAGE_USERS", get=begin, post=create),
        Page(path="/people/{id}/invite", action="MANAGE_USERS", post=invite_again),
        Page(path="/people/{id}/delete", action="MANAGE_USERS", post=remove),
    ]

"""Whom an incident keeps informed: searching for people, adding them, taking them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from tocsin.core.incidents import Command, Subscribe, Unsubscribe
from tocsin.core.notifying import informed
from tocsin.core.people import Person
from tocsin.core.subscribers import may_subscribe
from tocsin.kit.errors import BadInput
from tocsin.store import decisions, documents, incidents, people, subscribers
from tocsin.store.kinds import TEAMS, USERS
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit, see_other
from tocsin.web.words import translate

MOST_FOUND = 20


@dataclass(frozen=True, kw_only=True)
class Known:
    """A subscriber, and where they are told."""

    person: Person
    where: list[str]
    muted: bool


def show(visit: Visit) -> Response:
    """Who is kept informed, and who could be. Raises NotFound."""
    number, wanted = visit.number("id"), visit.asked.get("q", "").strip()[:100]
    folded = wanted.casefold()
    with visit.deployment.db.read() as tx:
        incident = incidents.get(tx, number)
        ids = subscribers.of(tx, (number,)).get(number, ())
        everybody = people.load(tx, ids)
        others = [
            user
            for user in documents.listing(tx, USERS)
            if user.id not in ids
            and may_subscribe(user)
            and (folded in user.name.casefold() or folded in user.email.casefold())
        ]
        groups = [team for team in documents.listing(tx, TEAMS) if folded in team.name.casefold()]
        known = [_known(visit, everybody[i], tx.now) for i in ids if i in everybody]
    return page(
        visit,
        "stakeholders.html",
        incident=incident,
        known=known,
        others=others[:MOST_FOUND],
        teams=groups[:MOST_FOUND],
        wanted=wanted,
    )


def _known(visit: Visit, person: Person, now: datetime) -> Known:
    pages = informed(person, now).pages
    contacts = {contact.id: contact.shown for contact in person.contacts}
    where = [f"{translate(visit.language, p.method)} {contacts[p.contact_id]}" for p in pages]
    return Known(person=person, where=where, muted=person.muted(now))


def change(visit: Visit) -> Response:
    """Add somebody, or a team's members, or take somebody out. Raises NotFound, BadInput."""
    number = visit.number("id")
    with visit.deployment.db.write() as tx:
        command: Command
        if visit.said("remove"):
            command = Unsubscribe(by=visit.actor(), user_ids=(visit.id_said("remove") or 0,))
        elif visit.said("team"):
            members = subscribers.of_team(tx, visit.id_said("team") or 0)
            command = Subscribe(by=visit.actor(), user_ids=members)
        else:
            user = documents.many(tx, USERS, (visit.id_said("add") or 0,), deleted=False)
            if not any(map(may_subscribe, user.values())):
                raise BadInput.at("add", "choose who is to be kept informed")
            command = Subscribe(by=visit.actor(), user_ids=tuple(user))
        decisions.perform(tx, number, command)
    return see_other(f"/incidents/{number}/stakeholders")


def leave(visit: Visit) -> Response:
    """The visitor is kept informed no longer. Raises NotFound."""
    number = visit.number("id")
    with visit.deployment.db.write() as tx:
        decisions.perform(tx, number, Unsubscribe(by=visit.actor(), user_ids=(visit.someone.id,)))
    return see_other("/incidents")


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/incidents/{id}/stakeholders", action="RESPOND", get=show, post=change),
        Page(path="/incidents/{id}/unsubscribe", action="FOLLOW", post=leave),
    ]

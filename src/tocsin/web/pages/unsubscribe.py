"""Giving an address up, by the link of a mail or by the mail client's own button (RFC 8058).

A message that keeps somebody informed of an incident ends that, and leaves the address as it is.
"""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from tocsin.auth.answer_tokens import read_answer_token
from tocsin.core.delivery import Notification
from tocsin.core.incidents import Unsubscribe
from tocsin.core.people import Actor, Contact, Person
from tocsin.kit.errors import NotFound
from tocsin.store import decisions, incidents, notifications, people, subscribers, withdrawing
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit

REASON = "unsubscribed by a link in a message"


def show(visit: Visit) -> Response:
    """What unsubscribing means, with a button. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return _page(tx, visit)


def unsubscribe(visit: Visit) -> Response:
    """No more messages to this address, or of this incident. Doing it twice is harmless. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        person, contact, sent = _whose(tx, visit)
        if sent.purpose == "SUBSCRIPTION" and sent.incident_id is not None:
            by = Actor.of(person, "LINK")
            decisions.perform(tx, sent.incident_id, Unsubscribe(by=by, user_ids=(person.id,)))
        elif contact.state != "UNSUBSCRIBED":
            people.set_contact_state(tx, contact.id, "UNSUBSCRIBED", REASON)
            withdrawing.address_gone(tx, contact.id, REASON)
        if visit.form.get("List-Unsubscribe") == "One-Click":
            return PlainTextResponse("Unsubscribed.\n")
        return _page(tx, visit)


def _page(tx: Transaction, visit: Visit) -> Response:
    person, contact, sent = _whose(tx, visit)
    if sent.purpose != "SUBSCRIPTION" or sent.incident_id is None:
        return page(visit, "unsubscribe.html", whose=person, contact=contact)
    subscribed = subscribers.has(tx, sent.incident_id, person.id)
    about = incidents.get(tx, sent.incident_id)
    return page(visit, "unsubscribe_incident.html", incident=about, subscribed=subscribed)


def _whose(tx: Transaction, visit: Visit) -> tuple[Person, Contact, Notification]:
    number = read_answer_token(visit.deployment.secret, str(visit.request.path_params["token"]))
    sent = notifications.one(tx, number) if number is not None else None
    person = people.load(tx, (sent.user_id,)).get(sent.user_id) if sent else None
    contact = person.contact(sent.contact_id) if person and sent and sent.contact_id else None
    if sent is None or person is None or contact is None:
        raise NotFound("This link is not valid, or the address is not used any more.")
    return person, contact, sent


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/u/{token}", action="TOKEN", get=show, post=unsubscribe, foreign_posts=True)]

"""Answering from a message without signing in. GET shows, POST acts: mail scanners follow links."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from tocsin.auth.answer_tokens import read_answer_token
from tocsin.core.delivery import Notification
from tocsin.core.incidents import ANSWERS
from tocsin.core.people import Actor, Person
from tocsin.kit.errors import BadInput, Forbidden, NotFound, Refused
from tocsin.store import decisions, incidents, notifications, people
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.rows import rows
from tocsin.web.show import page
from tocsin.web.visit import Visit, see_other

VERBS = ("accept", "resolve", "escalate")
_OUTCOMES = {"accept": "ACCEPTED", "resolve": "RESOLVED", "escalate": "ESCALATED"}


def show(visit: Visit) -> Response:
    """The incident and the buttons. Raises NotFound, Forbidden."""
    with visit.deployment.db.read() as tx:
        sent, person = _whose(tx, visit)
        visit = replace(visit, person=person, caller=None)
        row = rows(tx, visit, [incidents.get(tx, sent.answers_for or 0)])[0]
    query = visit.request.query_params
    wanted = query.get("do") if query.get("do") in VERBS else "accept"
    return page(
        visit, "answer.html", row=row, incident=row.incident, wanted=wanted, refused=query.get("notice", "")
    )


def act(visit: Visit) -> Response:
    """Do it, and keep in the ledger that this message was answered. Raises NotFound, Forbidden."""
    verb = visit.said("do", 20)
    if verb not in VERBS:
        raise BadInput.at("do", "choose accept, resolve or escalate")
    with visit.deployment.db.write() as tx:
        sent, person = _whose(tx, visit)
        outcome = _OUTCOMES[verb]
        try:
            decisions.perform(tx, sent.answers_for or 0, ANSWERS[verb.upper()](by=Actor.of(person, "LINK")))
        except Refused as refusal:
            outcome = refusal.code
        answer = notifications.Answer(
            notification_id=sent.id, at=tx.now, via="LINK", text=verb, outcome=outcome
        )
        notifications.add_reply(tx, answer)
    refused = f"?notice={outcome}" if outcome != _OUTCOMES[verb] else ""
    return see_other(visit.request.url.path + refused)


def _whose(tx: Transaction, visit: Visit) -> tuple[Notification, Person]:
    """The notification that was answered, and whom it was sent to."""
    number = read_answer_token(visit.deployment.secret, str(visit.request.path_params["token"]))
    sent = notifications.one(tx, number) if number is not None else None
    if sent is None or sent.answers_for is None:
        raise NotFound("This link is not valid. It may have been cut off: try the one in the message again.")
    person = people.load(tx, (sent.user_id,)).get(sent.user_id)
    if person is None:
        raise Forbidden("The person this message was sent to has no account any more.")
    return sent, person


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/r/{token}", action="TOKEN", get=show, post=act)]

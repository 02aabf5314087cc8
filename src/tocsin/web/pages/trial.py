"""Answering the monthly test page by its link. GET shows, POST notes that it arrived."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.auth.answer_tokens import read_answer_token
from tocsin.core.delivery import Notification
from tocsin.kit.errors import NotFound
from tocsin.store import notifications, trials
from tocsin.store.database import Transaction
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit


def show(visit: Visit) -> Response:
    """A button that says that the test arrived. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return page(visit, "trial.html", answered=_sent(tx, visit).answered_at is not None)


def arrived(visit: Visit) -> Response:
    """Note it. Doing it twice is harmless. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        sent = _sent(tx, visit)
        trials.answered(tx, sent.user_id)
        if sent.answered_at is None:
            answer = notifications.Answer(
                notification_id=sent.id, at=tx.now, via="LINK", text="", outcome="TESTED"
            )
            notifications.add_reply(tx, answer)
    return page(visit, "trial.html", answered=True)


def _sent(tx: Transaction, visit: Visit) -> Notification:
    number = read_answer_token(visit.deployment.secret, str(visit.request.path_params["token"]))
    sent = notifications.one(tx, number) if number is not None else None
    if sent is None or sent.purpose != "TEST":
        raise NotFound("This link is not valid. It may have been cut off: try the one in the message again.")
    return sent


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/t/{token}", action="TOKEN", get=show, post=arrived, foreign_posts=True)]

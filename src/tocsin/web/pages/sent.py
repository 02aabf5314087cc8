"""One message that somebody asked for, a test above all: whether it left, what the provider said, who answered."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.kit.errors import NotFound
from tocsin.store import notifications
from tocsin.web.declare import Page
from tocsin.web.ledger import lines
from tocsin.web.show import page
from tocsin.web.visit import Visit, see_other


def show(visit: Visit) -> Response:
    """The message as the ledger has it. Raises NotFound; a message to somebody else is for administrators."""
    number = visit.number("id")
    with visit.deployment.db.read() as tx:
        sent = notifications.one(tx, number)
        if sent is None or (sent.user_id != visit.someone.id and not visit.may("MANAGE_USERS")):
            raise NotFound("there is no such message")
        ledger = lines(tx, [sent])
    return page(visit, "sent.html", ledger=ledger, own=sent.user_id == visit.someone.id)


def lead(notification_id: int) -> Response:
    """To the page of a message that was just sent."""
    return see_other(f"/sent/{notification_id}")


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/sent/{id}", action="SELF", get=show)]

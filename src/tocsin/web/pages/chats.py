"""Linking a chat: a code to hand back from it, as a link or as words to write."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.auth.enrolment import offers
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit


def show(visit: Visit) -> Response:
    """Every bot that takes one's code."""
    deployment = visit.deployment
    with deployment.db.read() as tx:
        found = offers(tx, deployment.vault, deployment.secret, visit.someone.id)
    return page(visit, "chats.html", offers=found)


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/me/chats", action="SELF", get=show)]

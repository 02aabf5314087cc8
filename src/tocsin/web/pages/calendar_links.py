"""Secret addresses under which calendar programs find shifts: made, shown once, given up."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.store import documents, feeds
from tocsin.store.kinds import SCHEDULES
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit, see_other


def show(visit: Visit) -> Response:
    """The visitor's calendars."""
    return _shown(visit, "")


def create(visit: Visit) -> Response:
    """A new address, of a schedule's shifts or of all of the visitor's: shown this once. Raises NotFound, BadInput."""
    number = visit.id_said("schedule")
    with visit.deployment.db.write() as tx:
        if visit.said("schedule"):
            documents.get(tx, SCHEDULES, number or 0)
        _, secret = feeds.create(tx, visit.deployment.chance, visit.someone.id, number)
    return _shown(visit, f"{visit.deployment.public_url}/ical/{secret}.ics")


def revoke(visit: Visit) -> Response:
    """Give one up: its address leads nowhere from now on. Raises NotFound."""
    with visit.deployment.db.write() as tx:
        feeds.revoke(tx, visit.someone.id, visit.id_said("feed") or 0)
    return see_other("/on-call/mine/calendars?said=revoked")


def _shown(visit: Visit, fresh: str) -> Response:
    with visit.deployment.db.read() as tx:
        mine = feeds.listing(tx, visit.someone.id)
        planned = documents.listing(tx, SCHEDULES)
    return page(
        visit,
        "calendar_links.html",
        mine=mine,
        planned=[(one.id, one.name) for one in planned],
        names={one.id: one.name for one in planned},
        fresh=fresh,
    )


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/on-call/mine/calendars", action="VIEW", get=show, post=create),
        Page(path="/on-call/mine/calendars/revoke", action="VIEW", post=revoke),
    ]

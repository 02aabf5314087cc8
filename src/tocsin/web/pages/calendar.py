"""Calendars of shifts, for people's calendar programs. The secret in the address is all that is needed."""

from __future__ import annotations

from starlette.responses import Response

from tocsin.auth.api_keys import caller_of
from tocsin.calendars.writing import Entry, write
from tocsin.core.access import can
from tocsin.core.duties import BEHIND, CalendarEvent
from tocsin.kit.clock import to_micros
from tocsin.kit.errors import NotFound
from tocsin.store import documents, duties, feeds
from tocsin.store.database import Transaction
from tocsin.store.kinds import SCHEDULES, USERS
from tocsin.web.declare import Page
from tocsin.web.visit import Visit

MOST_EVENTS = 3_000


def show(visit: Visit) -> Response:
    """The calendar. Raises NotFound, also for one that was given up."""
    secret = str(visit.request.path_params["token"])
    with visit.deployment.db.read() as tx:
        feed = feeds.by_secret(tx, secret)
        holder = caller_of(tx, feed.user_id) if feed else None
        if feed is None or not can(holder, "VIEW"):
            raise NotFound("There is no calendar at this address, or it was given up.")
        found = duties.events_of_feed(tx, feed.schedule_id, feed.user_id, tx.now - BEHIND, MOST_EVENTS)
        name = _name(tx, feed)
        entries = _entries(tx, feed, found, visit.deployment.mail_domain)
    return Response(
        write(name, entries),
        media_type="text/calendar; charset=utf-8",
        headers={"Cache-Control": "private, max-age=300"},
    )


def _name(tx: Transaction, feed: feeds.Feed) -> str:
    if feed.schedule_id is None:
        return f"On call: {documents.get(tx, USERS, feed.user_id).name}"
    return f"On call: {documents.get(tx, SCHEDULES, feed.schedule_id).name}"


def _entries(
    tx: Transaction, feed: feeds.Feed, found: list[tuple[int, CalendarEvent]], domain: str
) -> list[Entry]:
    schedules = documents.many(tx, SCHEDULES, {schedule_id for schedule_id, _ in found})
    users = documents.many(tx, USERS, {event.user_id for _, event in found})
    return [
        Entry(
            uid=f"shift.{schedule_id}.{event.user_id}.{to_micros(event.start)}@{domain}",
            start=event.start,
            end=event.end,
            summary=f"On call: {schedules[schedule_id].name}"
            if feed.schedule_id is None
            else users[event.user_id].name,
            description=f"{users[event.user_id].name} is on call by {schedules[schedule_id].name}.",
            sequence=event.sequence,
            changed_at=event.changed_at,
            cancelled=event.cancelled_at is not None,
        )
        for schedule_id, event in found
    ]


def pages() -> list[Page]:
    """The routes of this file."""
    return [Page(path="/ical/{token}.ics", action="TOKEN", get=show)]

"""Calendars both ways: secret addresses of feeds, and calendars that static schedules are read from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Body, Path

from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Id, Number, Reference, user_id
from tocsin.api.routing import Resource
from tocsin.auth.vault import CannotOpen
from tocsin.calendars.addresses import calendar_url, server_of
from tocsin.calendars.reading import AHEAD, BEHIND, MOST_BYTES, read
from tocsin.kit.errors import NotFound
from tocsin.kit.value import MaxLen, MinLen, value
from tocsin.store import calendars as stored
from tocsin.store import documents, feeds
from tocsin.store.calendars import PURPOSE, Source
from tocsin.store.kinds import SCHEDULES

schedule_calendars = Resource("schedules")
user_calendars = Resource("users")
FeedId = Annotated[Number, Path(alias="feed_id")]


@value
class FeedWire:
    """A calendar of shifts under a secret address."""

    id: int
    schedule_id: int | None = None
    """Absent: all shifts of the user."""
    created_at: datetime
    url: str | None = None
    """The secret address, shown once: when it is made."""


@value
class CalendarDraft:
    """Where a calendar lies."""

    url: Annotated[str, MinLen(1), MaxLen(2_000)]
    """http or https; webcal is read as https."""


@value
class CalendarFile:
    """A calendar itself."""

    content: Annotated[str, MinLen(1), MaxLen(MOST_BYTES)]
    """The text of an .ics file."""


@value
class CalendarWire:
    """A calendar that a schedule's shifts are read from."""

    url: str
    """Only the server's name: the address itself is often a secret."""
    refreshed_at: datetime | None = None
    problem: str | None = None
    """Why it could not be read the last time; the shifts stay as they were."""
    unknown: tuple[str, ...] = ()
    """Names in it that no user has."""


@value
class Imported:
    """What came of a calendar."""

    shifts: int
    unknown: tuple[str, ...] = ()
    """Names in it that no user has: their shifts are gaps."""


@schedule_calendars.post("/{id}/calendar-feeds", "VIEW")
def create_schedule_feed(call: Call, number: Id) -> FeedWire:
    """A secret address under which calendar programs find the schedule's shifts. It is the caller's."""
    with call.write() as tx:
        documents.get(tx, SCHEDULES, number)
        made = feeds.create(tx, call.deployment.chance, call.caller.user_id, number)
        return _made(call, *made)


@user_calendars.post("/{id}/calendar-feeds", "SELF")
def create_user_feed(call: Call, reference: Reference) -> FeedWire:
    """A secret address under which calendar programs find all shifts of a user."""
    with call.write() as tx:
        mine = user_id(tx, reference, call)
        call.require("SELF", mine)
        return _made(call, *feeds.create(tx, call.deployment.chance, mine, None))


@user_calendars.get("/{id}/calendar-feeds", "SELF")
def list_feeds(call: Call, reference: Reference) -> list[FeedWire]:
    """A user's calendars, without their secrets."""
    with call.read() as tx:
        mine = user_id(tx, reference, call)
        call.require("SELF", mine)
        return [_shown(feed) for feed in feeds.listing(tx, mine)]


@user_calendars.delete("/{id}/calendar-feeds/{feed_id}", "SELF")
def revoke_feed(call: Call, reference: Reference, feed: FeedId) -> None:
    """Give a calendar up: its address leads nowhere from now on."""
    with call.write() as tx:
        mine = user_id(tx, reference, call)
        call.require("SELF", mine)
        feeds.revoke(tx, mine, feed)


@schedule_calendars.get("/{id}/calendar", "VIEW")
def get_calendar(call: Call, number: Id) -> CalendarWire:
    """The calendar that a static schedule is read from."""
    with call.read() as tx:
        documents.get(tx, SCHEDULES, number)
        source = stored.of_schedule(tx, number)
        if source is None:
            raise NotFound("the schedule's shifts are not read from a calendar")
        return _source(call, source)


@schedule_calendars.put("/{id}/calendar", "CONFIGURE")
def set_calendar(call: Call, number: Id, body: Annotated[CalendarDraft, Body()]) -> CalendarWire:
    """Read the shifts of a static schedule from a calendar, at once and every hour."""
    url = calendar_url(body.url.strip())
    with call.write() as tx:
        stored.read_from(tx, number, call.deployment.vault.seal(url, PURPOSE))
    return CalendarWire(url=server_of(url))


@schedule_calendars.delete("/{id}/calendar", "CONFIGURE")
def remove_calendar(call: Call, number: Id) -> None:
    """Read no calendar any more; the shifts stay as they are."""
    with call.write() as tx:
        stored.read_from(tx, number, None)


@schedule_calendars.put("/{id}/calendar/content", "CONFIGURE")
def import_calendar(call: Call, number: Id, body: Annotated[CalendarFile, Body()]) -> Imported:
    """Take the shifts of a static schedule from an .ics file, from now on."""
    with call.read() as tx:
        stored.static_schedule(tx, number)
        now, names = tx.now, stored.names(tx)
    reading = read(body.content.encode(), now - BEHIND, now + AHEAD, names)
    with call.write() as tx:
        stored.take_over(tx, number, reading.shifts)
    return Imported(shifts=len(reading.shifts), unknown=reading.unknown)


def _made(call: Calling, feed: feeds.Feed, secret: str) -> FeedWire:
    return FeedWire(
        id=feed.id,
        schedule_id=feed.schedule_id,
        created_at=feed.created_at,
        url=f"{call.deployment.public_url}/ical/{secret}.ics",
    )


def _shown(feed: feeds.Feed) -> FeedWire:
    return FeedWire(id=feed.id, schedule_id=feed.schedule_id, created_at=feed.created_at)


def _source(call: Calling, source: Source) -> CalendarWire:
    try:
        server = server_of(call.deployment.vault.open(source.url, PURPOSE))
    except CannotOpen as wrong:
        return CalendarWire(url="?", problem=wrong.message)
    return CalendarWire(
        url=server,
        refreshed_at=source.refreshed_at,
        problem=source.problem or None,
        unknown=source.unknown,
    )

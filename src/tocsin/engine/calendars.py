"""Reading the calendars that static schedules take their shifts from: lease, ask, settle."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from tocsin.auth.vault import CannotOpen, Vault
from tocsin.calendars.reading import AHEAD, BEHIND, MOST_BYTES, read
from tocsin.kit.errors import TocsinError
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure, Request
from tocsin.store import calendars
from tocsin.store.calendars import PURPOSE, Source
from tocsin.store.database import Database, DatabaseAway

AT_ONCE = 4

log = structlog.get_logger()


def request(url: str) -> HttpRequest:
    """How a calendar is asked for. One byte more than may be read tells whether it was too large."""
    headers = (("accept", "text/calendar"),)
    return HttpRequest(url=url, method="GET", headers=headers, answer_bytes_max=MOST_BYTES + 1)


def lease_step(db: Database) -> Sequence[Source]:
    """Take the calendars that are due."""
    with db.write() as tx:
        return calendars.lease(tx, AT_ONCE)


def settle_step(db: Database, source: Source, answer: Answer) -> None:
    """Take over what a calendar says, or note why it cannot be read. The shifts stay then."""
    try:
        raw = _body(answer)
        with db.read() as tx:
            now, names = tx.now, calendars.names(tx)
        reading = read(raw, now - BEHIND, now + AHEAD, names)
        with db.write() as tx:
            calendars.take_over(tx, source.schedule_id, reading.shifts)
            calendars.refreshed(tx, source, reading.unknown)
    except DatabaseAway:
        raise
    except TocsinError as wrong:
        log.warning("calendar not read", schedule=source.schedule_id, reason=wrong.message)
        with db.write() as tx:
            calendars.failed(tx, source, wrong.message)


class NotRead(TocsinError):
    """The calendar's server did not answer with a calendar."""

    code = "CALENDAR_NOT_READ"


def _body(answer: Answer) -> bytes:
    match answer:
        case HttpAnswer(status=status, body=body) if 200 <= status < 300:
            return body
        case HttpAnswer(status=status):
            raise NotRead(f"the server answers {status}")
        case NetworkFailure(reason=reason):
            raise NotRead(reason)
        case _:
            raise NotRead("the server does not speak HTTP")


@dataclass
class CalendarReader:
    """Reads calendars over the network."""

    db: Database
    vault: Vault
    perform: Callable[[Request], Awaitable[Answer]]

    async def step(self) -> int:
        """Read what is due; how much that was."""
        leased = await asyncio.to_thread(lease_step, self.db)
        await asyncio.gather(*(self._read(source) for source in leased))
        return len(leased)

    async def next_due(self) -> datetime | None:
        """When the next calendar is due."""

        def look() -> datetime | None:
            with self.db.read() as tx:
                return calendars.next_due(tx)

        return await asyncio.to_thread(look)

    async def _read(self, source: Source) -> None:
        try:
            answer = await self.perform(request(self.vault.open(source.url, PURPOSE)))
        except CannotOpen as wrong:
            answer = NetworkFailure(reason=wrong.message, sent="NO")
        await asyncio.to_thread(settle_step, self.db, source, answer)

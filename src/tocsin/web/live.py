"""Server-sent events: the log tells the pages what changed, and they fetch it again.

One reader per process follows the log for every open page, woken by commits and looking once a
second besides. Events carry {topic, id, version} and nothing else, so that permission is checked
in one place: where the page is fetched.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from tocsin.kit.value import dumps
from tocsin.store import log
from tocsin.store.database import Database, DatabaseAway
from tocsin.web.declare import Page
from tocsin.web.visit import Visit

POLL_SECONDS = 1.0
BEAT_SECONDS = 15.0
WINDOW = 256
"""How many lines are looked at again: on PostgreSQL a line may become visible after its successor."""
BATCH = 1_000
QUEUE = 64
Change = tuple[str, int, int]
"""Topic (incident; ledger: notifications moved on; all: look at everything again), id, version."""


class Streams:
    """The open streams of one process. `end` finishes them, so that the process can stop."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.ended = False
        self._open: set[asyncio.Queue[Change | None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Finish every stream. From any thread."""
        self.ended = True
        if self._loop and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._tell, None)

    async def follow(self) -> AsyncIterator[bytes]:
        """The frames of one stream."""
        inbox: asyncio.Queue[Change | None] = asyncio.Queue(QUEUE)
        self._join(inbox)
        try:
            yield frame(("all", 0, 0))
            while not self.ended:
                try:
                    change = await asyncio.wait_for(inbox.get(), BEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n" + frame(("beat", 0, 0))
                    continue
                if change is None:
                    return
                yield frame(change)
        finally:
            self._leave(inbox)

    def _join(self, inbox: asyncio.Queue[Change | None]) -> None:
        loop = asyncio.get_running_loop()
        self._open.add(inbox)
        if self._reader is None or self._reader.done() or self._loop is not loop:
            self._loop = loop
            self._reader = loop.create_task(self._read())

    def _leave(self, inbox: asyncio.Queue[Change | None]) -> None:
        self._open.discard(inbox)
        if not self._open and self._reader:
            self._reader.cancel()
            self._reader = None

    def _tell(self, change: Change | None) -> None:
        for inbox in tuple(self._open):
            if inbox.full():
                while not inbox.empty():
                    inbox.get_nowait()
                inbox.put_nowait(("all", 0, 0) if change else None)
            else:
                inbox.put_nowait(change)

    async def _read(self) -> None:
        """Follow the log until nobody listens any more."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(woken.set)

        undo = self.db.on("log", wake)
        follower = _Follower(self.db)
        try:
            while True:
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), POLL_SECONDS)
                was_woken = woken.is_set()
                woken.clear()
                with suppress(DatabaseAway):
                    for change in await run_in_threadpool(follower.look, was_woken):
                        self._tell(change)
        finally:
            undo()


class _Follower:
    """Remembers how far the log was read."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.last: int | None = None
        self.seen: set[int] = set()

    def look(self, woken: bool) -> list[Change]:  # noqa: FBT001 - one caller
        """What is new. Woken without a new line: a notification moved on. Raises DatabaseAway."""
        with self.db.read() as tx:
            if self.last is None:
                self.last = log.latest_id(tx)
                self.seen = {line for line, _ in log.changed_since(tx, self.last - WINDOW, BATCH)}
                return [("all", 0, self.last)]
            lines = log.changed_since(tx, self.last - WINDOW, BATCH)
        fresh = [(line, incident) for line, incident in lines if line not in self.seen]
        self.last = max([self.last, *(line for line, _ in fresh)])
        self.seen = {line for line, _ in lines if line > self.last - WINDOW}
        newest = {incident: line for line, incident in fresh}
        changes: list[Change] = [("incident", incident, line) for incident, line in newest.items()]
        return changes or ([("ledger", 0, self.last)] if woken else [])


def frame(change: Change) -> bytes:
    """One event as it goes over the wire."""
    topic, number, version = change
    data = dumps({"topic": topic, "id": number, "version": version})
    return f"event: {'beat' if topic == 'beat' else 'moved'}\ndata: {data}\n\n".encode()


def live_page(streams: Streams) -> Page:
    """The route of the stream."""

    async def stream(visit: Visit) -> Response:
        del visit
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(streams.follow(), media_type="text/event-stream", headers=headers)

    return Page(path="/live", action="VIEW", stream=stream)

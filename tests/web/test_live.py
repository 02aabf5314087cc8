"""The stream of changes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from tests.cast import Cast
from tests.web.conftest import fire
from tocsin.store.database import Database
from tocsin.web import live
from tocsin.web.live import Streams


async def heard(frames: AsyncIterator[bytes]) -> dict[str, object]:
    async with asyncio.timeout(10):
        text = (await anext(frames)).decode()
    lines = [line for line in text.splitlines() if line and not line.startswith(":")]
    fields = dict(line.split(": ", 1) for line in lines)
    return {"event": fields["event"], **json.loads(fields["data"])}


async def until(frames: AsyncIterator[bytes], topic: str) -> dict[str, object]:
    while (event := await heard(frames))["topic"] != topic:
        pass
    return event


def test_a_change_is_told_to_every_open_page(db: Database, cast: Cast) -> None:
    async def run() -> None:
        streams = Streams(db)
        pages = [aiter(streams.follow()) for _ in range(3)]
        for page in pages:
            assert (await heard(page))["topic"] == "all"
        await until(pages[0], "all")  # the reader has found its place
        number = await asyncio.to_thread(cast.alert)
        for page in pages:
            event = await until(page, "incident")
            assert set(event) == {"event", "topic", "id", "version"}
            assert (event["event"], event["id"]) == ("moved", number)
        await asyncio.to_thread(fire, db, number)
        assert (await until(pages[1], "incident"))["id"] == number
        for page in pages:
            await page.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_a_change_by_another_process_is_found_by_looking(
    db: Database, cast: Cast, monkeypatch: object
) -> None:
    async def run() -> None:
        streams = Streams(db)
        page = aiter(streams.follow())
        await heard(page)
        await until(page, "all")
        db.announce = lambda topics: None  # type: ignore[method-assign]
        number = await asyncio.to_thread(cast.alert)
        assert (await until(page, "incident"))["id"] == number
        await page.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())


def test_streams_end_when_the_process_stops(db: Database, cast: Cast) -> None:
    async def run() -> list[bytes]:
        streams = Streams(db)
        page = aiter(streams.follow())
        await heard(page)
        await asyncio.to_thread(streams.end)
        async with asyncio.timeout(10):
            return [frame async for frame in page]

    asyncio.run(run())


def test_silence_is_broken_by_a_beat(db: Database, cast: Cast, monkeypatch: object) -> None:
    async def run() -> dict[str, object]:
        streams = Streams(db)
        page = aiter(streams.follow())
        event = await until(page, "beat")
        await page.aclose()  # type: ignore[attr-defined]
        return event

    before, live.BEAT_SECONDS = live.BEAT_SECONDS, 0.2
    try:
        assert asyncio.run(run())["event"] == "beat"
    finally:
        live.BEAT_SECONDS = before


def test_a_page_that_reads_too_slowly_is_told_to_look_at_everything(db: Database) -> None:
    streams = Streams(db)
    inbox: asyncio.Queue[live.Change | None] = asyncio.Queue(live.QUEUE)
    streams._open.add(inbox)
    for number in range(live.QUEUE + 1):
        streams._tell(("incident", number, number))
    assert inbox.get_nowait() == ("all", 0, 0)
    assert inbox.empty()

"""The way in: shared transactions, conflicts, a database that goes away, a payload that breaks its batch."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.cast import Cast, assemble, parse
from tocsin.core.events import AlertSource, Event, NothingToReport
from tocsin.core.heartbeats import Heard, Signal
from tocsin.engine.ingest import (
    MOST_WAITING,
    Batcher,
    Ingest,
    drain_step,
    parse_registered,
    store_or_spool,
)
from tocsin.engine.spool import Spool
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import EPOCH
from tocsin.kit.errors import BadInput, Overloaded
from tocsin.store import events, incidents
from tocsin.store.database import Database, DatabaseAway
from tocsin.store.intake import Payload, take_in


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


@pytest.fixture
def ingest(cast: Cast, tmp_path: Path) -> Ingest:
    chance = SeededChance(3)
    return Ingest(cast.db, Spool(tmp_path / "spool", chance), chance)


def alert(cast: Cast, number: int) -> Payload:
    body = f'{{"eventType":"ALERT","summary":"number {number}","incidentKey":"k{number}"}}'
    return Payload(key=cast.source.integration_key, body=body.encode())


def opened(cast: Cast) -> int:
    with cast.db.read() as tx:
        return incidents.count(tx, incidents.Filter())


def test_many_senders_share_transactions_and_each_gets_its_own_answer(cast: Cast, ingest: Ingest) -> None:
    async def storm() -> list[str]:
        stopping = asyncio.Event()
        worker = asyncio.create_task(ingest.run(stopping))
        outcomes = await asyncio.gather(*(ingest.receive(alert(cast, n)) for n in range(120)))
        stopping.set()
        await worker
        return [outcome.taken[0].incident_key for outcome in outcomes]

    assert asyncio.run(storm()) == [f"k{n}" for n in range(120)]
    assert opened(cast) == 120


def test_what_waits_when_the_process_stops_is_still_stored(cast: Cast, ingest: Ingest) -> None:
    async def stop_at_once() -> None:
        stopping = asyncio.Event()
        waiting = [asyncio.create_task(ingest.receive(alert(cast, n))) for n in range(5)]
        await asyncio.sleep(0)
        stopping.set()
        await ingest.run(stopping)
        await asyncio.gather(*waiting)

    asyncio.run(stop_at_once())
    assert opened(cast) == 5


def test_a_full_queue_says_so() -> None:
    async def never(items: list[int]) -> list[int]:
        return items

    async def fill() -> None:
        batcher: Batcher[int, int] = Batcher(never)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        batcher.waiting.extend((n, future) for n in range(MOST_WAITING))
        with pytest.raises(Overloaded):
            await batcher.put(1)

    asyncio.run(fill())


def test_a_fault_of_ours_refuses_its_batch_and_the_next_is_worked_on() -> None:
    async def work(items: list[int]) -> list[int]:
        return [{1: 10}[item] for item in items]

    async def run() -> tuple[object, object]:
        batcher: Batcher[int, int] = Batcher(work)
        stopping = asyncio.Event()
        worker = asyncio.create_task(batcher.run(stopping))
        answers = [
            (await asyncio.gather(asyncio.wait_for(batcher.put(item), 20), return_exceptions=True))[0]
            for item in (2, 1)
        ]
        stopping.set()
        await asyncio.gather(worker, return_exceptions=True)
        return answers[0], answers[1]

    refused, answered = asyncio.run(run())
    assert isinstance(refused, Overloaded)
    assert answered == 10


def test_while_the_database_is_away_payloads_wait_on_disk_and_come_back_in_order(
    cast: Cast, ingest: Ingest, open_database: Callable[[str], Database]
) -> None:
    there = ingest.db
    ingest.db = open_database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    outcomes = [store_or_spool(ingest, [alert(cast, n)])[0] for n in range(3)]
    assert all(outcome.spooled for outcome in outcomes)
    with pytest.raises(DatabaseAway):
        drain_step(ingest)
    ingest.db = there
    assert drain_step(ingest) == 3
    assert drain_step(ingest) == 0
    with cast.db.read() as tx:
        kept = events.listing(tx, cast.source.id, 0, 10)
    assert [event.key for event in reversed(kept)] == ["k0", "k1", "k2"]
    assert ingest.spool.size() == 0


def test_a_crash_between_storing_and_forgetting_stores_nothing_twice(
    cast: Cast, ingest: Ingest, tmp_path: Path
) -> None:
    ingest.spool.put([alert(cast, 1)], cast.db.clock.now())
    line = (tmp_path / "spool" / "current.jsonl").read_bytes()
    assert drain_step(ingest) == 1
    (tmp_path / "spool" / "taken-000000007.jsonl").write_bytes(line + b'{"cut off')
    drain_step(ingest)
    assert opened(cast) == 1


def test_another_process_that_was_first_wins_and_the_batch_runs_again(cast: Cast, ingest: Ingest) -> None:
    begun = threading.Event()

    def other_process() -> None:
        with cast.db.write() as tx:
            take_in(tx, [alert(cast, 1)], parse, ingest.chance)
            begun.set()
            time.sleep(0.2)

    thread = threading.Thread(target=other_process)
    thread.start()
    begun.wait()
    assert store_or_spool(ingest, [alert(cast, 1)])[0].taken[0].verdict.effect == "APPEND"
    thread.join()
    assert opened(cast) == 1


@pytest.mark.parametrize("fault", [ValueError, AttributeError, RecursionError, AssertionError])
def test_one_impossible_payload_does_not_take_the_others_with_it(
    cast: Cast, ingest: Ingest, tmp_path: Path, fault: type[Exception]
) -> None:
    def somebody_elses_plugin(source: AlertSource, payload: Payload) -> tuple[Event, ...]:
        if b"number 2" in payload.body:
            raise fault("a bug of theirs")
        return parse(source, payload)

    ingest.parse = somebody_elses_plugin
    outcomes = store_or_spool(ingest, [alert(cast, n) for n in range(4)])
    assert [outcome.spooled for outcome in outcomes] == [False, False, True, False]
    assert opened(cast) == 3
    drain_step(ingest)
    kept = json.loads((tmp_path / "spool" / "set-aside.txt").read_text())
    assert b"number 2" in base64.b64decode(kept["body"])


def test_a_nul_character_is_replaced_where_the_database_takes_none(cast: Cast, ingest: Ingest) -> None:
    body = rb'{"eventType":"ALERT","summary":"a\u0000b","customDetails":{"x":["\u0000"]}}'
    store_or_spool(ingest, [Payload(key=cast.source.integration_key, body=body)])
    with cast.db.read() as tx:
        assert incidents.search(tx, incidents.Filter())[0].summary == "a\ufffdb"


def test_pings_are_heard_together(cast: Cast, ingest: Ingest) -> None:
    key = cast.heartbeat().integration_key

    async def many() -> list[Heard]:
        stopping = asyncio.Event()
        worker = asyncio.create_task(ingest.run(stopping))
        heard = await asyncio.gather(*(ingest.ping(Signal(key=k)) for k in (key, "unknown", key)))
        stopping.set()
        await worker
        return heard

    assert asyncio.run(many()) == ["HEARD", "UNKNOWN", "HEARD"]


def test_a_new_file_of_the_spool_is_as_durable_as_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, SeededChance(5))
    durable: list[int] = []
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        fsync(descriptor)
        durable.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fsync", noting)
    spool.put([Payload(key="k", body=b"{}")], EPOCH)
    spool.put([Payload(key="k", body=b"{}")], EPOCH)
    file, folder = (tmp_path / "current.jsonl").stat().st_ino, tmp_path.stat().st_ino
    assert durable == [file, folder, file]


def test_query_and_headers_wait_in_the_spool_too(cast: Cast, ingest: Ingest) -> None:
    sent = Payload(key="k", body=b"", query={"monitorID": "7"}, headers={"check-status": "down"})
    ingest.spool.put([sent], cast.db.clock.now())
    ((back,),) = ingest.spool.batches(10)
    assert (back.query, back.headers) == (sent.query, sent.headers)


@given(
    body=st.binary(min_size=1, max_size=60), kind=st.sampled_from(["PINGDOM", "NAGIOS", "CLOUDWATCH", "TOOL"])
)
def test_whatever_a_tool_sends_rings_or_says_why_not(body: bytes, kind: str) -> None:
    source = AlertSource(name="s", integration_type=kind)
    try:
        found = parse_registered(source, Payload(key="k", body=body))
    except NothingToReport:
        return  # a test of the conformance suite sees to the reasons
    except BadInput:
        assert not body.strip()
    else:
        assert all(event.event_type != "ALERT" or event.summary for event in found)


def test_a_message_that_is_not_recognised_is_kept_whole_in_its_incident() -> None:
    source = AlertSource(name="s", integration_type="PINGDOM")
    (event,) = parse_registered(source, Payload(key="k", body=b'{"state": "on fire"}'))
    assert event.summary == "Pingdom: a message that could not be read"
    assert '{"state": "on fire"}' in event.details
    with pytest.raises(BadInput):
        parse_registered(AlertSource(name="s", integration_type="API"), Payload(key="k", body=b"{}"))


@contextmanager
def unwritable(db: Database) -> Iterator[None]:
    """The database reads and takes no writes, as one does that has run out of disk."""

    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA query_only=ON" if db.sqlite else "SET TRANSACTION READ ONLY")

    event.listen(db.engine, "begin", begun)
    try:
        yield
    finally:
        event.remove(db.engine, "begin", begun)
        db.engine.dispose()


def test_a_database_that_takes_no_writes_sends_payloads_to_the_disk_and_the_intake_lives_on(
    cast: Cast, ingest: Ingest
) -> None:
    async def live() -> list[bool]:
        stopping = asyncio.Event()
        worker = asyncio.create_task(ingest.run(stopping))
        async with asyncio.timeout(20):
            with unwritable(cast.db):
                first = await ingest.receive(alert(cast, 1))
            second = await ingest.receive(alert(cast, 2))
        stopping.set()
        await worker
        return [first.spooled, second.spooled]

    assert asyncio.run(live()) == [True, False]
    assert opened(cast) == 2


def test_where_neither_database_nor_disk_takes_anything_nothing_is_promised(
    cast: Cast, ingest: Ingest, tmp_path: Path
) -> None:
    full = tmp_path / "spool" / "current.jsonl"
    full.symlink_to("/dev/full")

    async def live() -> None:
        stopping = asyncio.Event()
        worker = asyncio.create_task(ingest.run(stopping))
        async with asyncio.timeout(20):
            with unwritable(cast.db):
                with pytest.raises(Overloaded, match="No space left"):
                    await ingest.receive(alert(cast, 1))
                full.unlink()
                assert (await ingest.receive(alert(cast, 2))).spooled
        stopping.set()
        await worker

    asyncio.run(live())
    assert drain_step(ingest) == 1
    assert opened(cast) == 1


def test_what_a_full_disk_or_a_crash_cut_off_takes_nothing_else_with_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SeededChance(5))
    spool.put([Payload(key="a", body=b"{}")], EPOCH)
    with (tmp_path / "current.jsonl").open("ab") as file:
        file.write(b'{"id":"nobody was promised this')
    spool.put([Payload(key="b", body=b"{}")], EPOCH)
    assert [[p.key for p in batch] for batch in spool.batches(10)] == [["a", "b"]]

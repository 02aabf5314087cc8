"""The running engine: an event becomes a page by itself; stopping loses nothing; lateness is noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble
from tests.engine.test_escalations import WHERE
from tocsin.channels.email import channel
from tocsin.core.people import PHONE, Contact
from tocsin.engine import escalations, watchdog
from tocsin.engine.deliveries import Lane
from tocsin.engine.ingest import Ingest
from tocsin.engine.run import Engine
from tocsin.engine.spool import Spool
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import ManualClock, SystemClock
from tocsin.plugins import Answer, MailAnswer, MailRequest, Request
from tocsin.store import contacts, notifications, people
from tocsin.store.database import Database
from tocsin.store.intake import Payload


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def test_from_event_to_hand_over_by_wake_ups_alone(cast: Cast, tmp_path: Path) -> None:
    cast.db.clock = SystemClock()
    chance = SeededChance(5)
    handed: asyncio.Queue[str] = asyncio.Queue()

    async def perform(request: Request) -> Answer:
        assert isinstance(request, MailRequest)
        await handed.put(request.recipient)
        return MailAnswer(code=250, text="ok")

    async def live() -> None:
        lane = Lane(
            db=cast.db, channel=channel, perform=perform, sender="t@t.example", where=WHERE, chance=chance
        )
        engine = Engine(db=cast.db, ingest=Ingest(cast.db, Spool(tmp_path, chance), chance), lanes=(lane,))
        await engine.start()
        body = b'{"eventType":"ALERT","summary":"x","incidentKey":"k"}'
        await engine.ingest.receive(Payload(key=cast.source.integration_key, body=body))
        # The backstop of the loops is 5 s: only a wake-up is quicker.
        assert await asyncio.wait_for(handed.get(), 3) == "ann@example.org"
        assert engine.report()["ready"]
        await engine.stop()

    asyncio.run(live())
    with cast.db.read() as tx:
        assert notifications.of_incident(tx, 1)[0].state == "SENT"


def test_an_attempt_that_breaks_is_an_outcome_that_nobody_knows(cast: Cast) -> None:
    cast.alert()
    escalations.step(cast.db)

    async def broken(request: Request) -> Answer:
        raise KeyError("secret")

    async def live() -> None:
        chance = SeededChance(5)
        lane = Lane(
            db=cast.db, channel=channel, perform=broken, sender="t@t.example", where=WHERE, chance=chance
        )
        assert await lane.step() == 1
        await lane.drain()

    asyncio.run(live())
    with cast.db.read() as tx:
        page = notifications.of_incident(tx, 1)[0]
    assert (page.state, page.attempts) == ("SCHEDULED", 1)
    assert page.reason == "the attempt failed: KeyError"
    assert page.due_at is not None
    assert page.due_at - cast.db.clock.now() < timedelta(seconds=10)


def test_a_failing_loop_goes_on_and_readiness_says_so(cast: Cast, tmp_path: Path) -> None:
    cast.db.clock = SystemClock()
    chance = SeededChance(5)
    with cast.db.write() as tx:
        tx.run(sa.text("ALTER TABLE incidents RENAME TO elsewhere"))

    async def live() -> None:
        engine = Engine(db=cast.db, ingest=Ingest(cast.db, Spool(tmp_path, chance), chance), lanes=())
        await engine.start()
        await asyncio.sleep(0.2)
        report = engine.report()
        assert not report["ready"]
        assert "incidents" in report["failing"]["escalations"]
        await engine.stop()

    asyncio.run(live())


def test_what_is_overdue_is_measured_and_told_once_an_hour(
    cast: Cast, open_database: Callable[[str], Database]
) -> None:
    clock = cast.db.clock
    assert isinstance(clock, ManualClock)
    cast.alert()
    watchdog.tell(cast.db, watchdog.look(cast.db))
    assert _notices(cast) == 0
    clock.advance(timedelta(seconds=31))
    report = watchdog.look(cast.db)
    assert report.late["escalations"].rows == 1
    watchdog.tell(cast.db, report)
    watchdog.tell(cast.db, report)
    assert _notices(cast) == 1
    clock.advance(timedelta(hours=2))
    watchdog.tell(cast.db, watchdog.look(cast.db))
    assert _notices(cast) == 2


def test_a_clock_that_is_set_back_is_told_once_where_it_rules(cast: Cast) -> None:
    clock = cast.db.clock
    assert isinstance(clock, ManualClock)
    before = watchdog.look(cast.db)
    clock.advance(timedelta(minutes=-60))
    report = watchdog.look(cast.db)
    watchdog.tell_set_back(cast.db, before, report)
    watchdog.tell_set_back(cast.db, report, watchdog.look(cast.db))
    assert _notices(cast) == (1 if cast.db.sqlite else 0)
    with cast.db.read() as tx:
        said = notifications.contents(tx, range(1, 9)).values()
    assert all("60 minutes less" in content["text"] for content in said)


def test_who_has_only_a_telephone_is_told_by_what_it_is_proven_for(cast: Cast) -> None:
    with cast.db.write() as tx:
        people.set_contact_state(tx, cast.ann.contacts[0].id, "BOUNCED", "")
        proven = Contact(id=0, method=PHONE, target="+491701234567", verified=("SMS", "VOICE"))
        contacts.add(tx, cast.ann.id, proven)
    cast.alert()
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(seconds=31))
    watchdog.tell(cast.db, watchdog.look(cast.db))
    with cast.db.read() as tx:
        told = notifications.of_user(tx, cast.ann.id, limit=9)
        said = notifications.contents(tx, [n.id for n in told])
    assert {(n.method, n.target) for n in told} == {("SMS", "+491701234567"), ("VOICE", "+491701234567")}
    assert {content["headline"] for content in said.values()} == {"Tocsin is late"}


def _notices(cast: Cast) -> int:
    with cast.db.read() as tx:
        found = [notifications.one(tx, number) for number in range(1, 9)]
    return sum(n is not None and n.purpose == "NOTICE" for n in found)

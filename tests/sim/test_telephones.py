"""Providers under one seed: two for text messages, one for calls, all of them bad at times.

They refuse, are away, lose answers, ask for pauses, report late, twice, wrongly or never; people answer
late and twice; this process dies between the attempt and its outcome. What has to hold whatever happens:

* whoever is asked is reached, or every way failed and somebody else is told;
* nothing is sent after the incident was accepted, but for what was already on its way;
* a message is sent again only for a reason: a crash, an outcome nobody knows, or another provider;
* once the faults stop, nothing is overdue.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.cast import assemble
from tests.conftest import START
from tests.engine.telephones import AWAY, BO, LOST, REFUSED, Post, Twilio, World, slow_down
from tocsin.core.delivery import Notification, Receipt
from tocsin.core.providers import ChannelProvider
from tocsin.engine import escalations, switchboard
from tocsin.kit.clock import ManualClock
from tocsin.plugins import Answer, Request
from tocsin.store import notifications
from tocsin.store.database import Database
from tocsin.store.tables import notifications as table

SEEDS = 6
FAULTS_FOR = timedelta(minutes=8)
TICK = timedelta(seconds=15)
_OPEN = ("SCHEDULED", "SENDING")


@dataclass
class BadTwilio(Twilio):
    """Has a bad hour."""

    rnd: random.Random = field(default_factory=random.Random)
    bad: bool = True
    arrived: list[Post] = field(default_factory=list)

    async def perform(self, request: Request) -> Answer:
        roll = self.rnd.random() if self.bad else 1.0
        if roll < 0.15:
            return AWAY
        if roll < 0.25:
            return REFUSED
        if roll < 0.3:
            return slow_down(self.rnd.choice((5, 60)))
        answer = await super().perform(request)
        self.arrived.append(self.posts[-1])
        return LOST if roll < 0.4 else answer


@dataclass
class Telephones:
    """One seed, from the first alert to silence."""

    world: World
    rnd: random.Random
    twilio: BadTwilio
    providers: dict[str, ChannelProvider] = field(default_factory=dict)
    attempts: Counter[int] = field(default_factory=Counter)
    excuses: Counter[int] = field(default_factory=Counter)
    """Reasons for another attempt, by notification."""
    late: list[str] = field(default_factory=list)

    @property
    def clock(self) -> ManualClock:
        clock = self.world.db.clock
        assert isinstance(clock, ManualClock)
        return clock

    def tick(self) -> None:
        """A quarter of a minute in which everything that can happen may."""
        escalations.step(self.world.db)
        switchboard.step(self.world.db)
        for lane in self.world.lanes():
            for n, message in lane.lease(10):
                self.attempts[n.id] += 1
                accepted = n.incident_id and self.world.status(n.incident_id) != "PENDING"
                if accepted and n.purpose in notifications.PAGING:
                    self.late.append(f"#{n.id} by {lane.name}")
                receipt = asyncio.run(lane.attempt(message))
                if self.twilio.bad and self.rnd.random() < 0.1:
                    # We die before the outcome is written down: the lease runs out.
                    self.excuses[n.id] += 1
                    continue
                self._excuse(n, receipt)
                lane.settle([(n, receipt)])
        self._reports()
        if self.rnd.random() < 0.05:
            self._answer()
        self.clock.advance(TICK)

    def _excuse(self, n: Notification, receipt: Receipt) -> None:
        if receipt.outcome != "SENT":
            self.excuses[n.id] += 1

    def _reports(self) -> None:
        """Some messages are reported on: late, twice, as failed, or not at all."""
        for post in self.twilio.arrived[-3:]:
            roll = self.rnd.random()
            provider = self.providers["VOICE" if post.resource == "Calls" else post.account]
            good = "completed" if post.resource == "Calls" else "delivered"
            bad = "busy" if post.resource == "Calls" else "undelivered"
            if roll < 0.25 or not self.twilio.bad:
                self.world.report(provider, good, post)
            elif roll < 0.3:
                self.world.report(provider, bad, post)

    def _answer(self) -> None:
        """Ann answers her last message, twice as people do."""
        number = f"IN{self.rnd.random()}"
        for _ in range(2):
            self.world.call_back(self.providers["AC1"], "", Body="ack", From=BO, MessageSid=number)


def run(seed: int, db: Database) -> Telephones:
    """One seed to its end."""
    rnd = random.Random(f"telephones {seed}")
    twilio = BadTwilio(rnd=rnd)
    world = World(assemble(db), twilio)
    sim = Telephones(world, rnd, twilio)
    for name, channel, account, position in (
        ("AC1", "SMS", "AC1", 0),
        ("AC2", "SMS", "AC2", 1),
        ("VOICE", "VOICE", "AC3", 0),
    ):
        sim.providers[name] = world.provider(channel, account, position=position, report_seconds=30)
    world.telephone(world.cast.ann)
    world.rules(world.cast.ann, ("SMS", 0), ("VOICE", 1))
    end = sim.clock.now() + FAULTS_FOR
    number = 0
    while sim.clock.now() < end:
        if rnd.random() < 0.15 and number < 4:
            number += 1
            world.cast.alert(f"incident {number}", f"k{number}")
        sim.tick()
    twilio.bad = False
    for _ in range(int(timedelta(minutes=25) / TICK)):
        sim.tick()
    return sim


@pytest.mark.sim
@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_providers_do_somebody_is_told(seed: int, sqlite_url: str) -> None:
    db = Database(sqlite_url, ManualClock(START))
    # Nothing here outlives the test: nothing waits for the disk.
    sa.event.listen(db.engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
    try:
        sim = run(seed, db)
        _check(sim)
    finally:
        db.close()


def _check(sim: Telephones) -> None:
    db = sim.world.db
    with db.read() as tx:
        everything = [n for n in (notifications.one(tx, row.id) for row in tx.all(table.select())) if n]
    by_incident: dict[int, list[Notification]] = {}
    for n in everything:
        if n.incident_id is not None:
            by_incident.setdefault(n.incident_id, []).append(n)
    for incident, pages in by_incident.items():
        asked = [n for n in pages if n.purpose in notifications.PAGING]
        told = [n for n in asked if n.state in notifications.TOLD]
        others = [n for n in asked if n.user_id != sim.world.cast.ann.id]
        assert told or others or sim.world.status(incident) != "PENDING", f"incident {incident} told nobody"
    assert not sim.late, f"sent after the acceptance: {sim.late}"
    for number, attempts in sim.attempts.items():
        handed_on = 2
        assert attempts <= 1 + sim.excuses[number] + handed_on, f"#{number} was tried {attempts} times"
    overdue = [
        n.id
        for n in everything
        if n.method != "EMAIL" and n.state in _OPEN and n.due_at and n.due_at < db.clock.now() - TICK
    ]
    assert not overdue
    assert not [n.id for n in everything if n.report_due_at and n.report_due_at < db.clock.now() - TICK]

"""Incidents carried outward under crashes and a bad network: in order, at least once, and no more than explained.

The real core, store and engine under one seed. Before any settling the process may die (its lease runs
out); the network refuses for now, loses answers after the product heard, or works. A naive judge reads only
what the product heard.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.cast import Cast, assemble, by
from tocsin.auth.vault import Vault
from tocsin.core.connections import Connection
from tocsin.core.incidents import Accept, Command, Remark, Resolve
from tocsin.engine import escalations
from tocsin.engine.connections import lease_step, run, settle_step
from tocsin.engine.occasions import Outward, Ready
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import ManualClock
from tocsin.kit.errors import Refused
from tocsin.kit.value import loads
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure, Request
from tocsin.store import connections, decisions, errands
from tocsin.store.database import Database

pytestmark = pytest.mark.sim

STEPS = 60
SEEDS = range(6)


class Products:
    """Two products behind a bad network; what each heard, in order."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.calm = False
        self.heard: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self.lost: Counter[str] = Counter()

    async def perform(self, request: Request) -> Answer:
        """Sometimes nothing arrives; sometimes it arrives and nobody hears of it."""
        assert isinstance(request, HttpRequest)
        body: dict[str, Any] = loads(request.body)
        luck = 1.0 if self.calm else self.chance.random()
        if luck < 0.15:
            return NetworkFailure(reason="refused", sent="NO")
        if luck < 0.25:
            return HttpAnswer(status=503)
        self.heard[request.url, body["id"]].append(body["eventId"])
        if luck < 0.35:
            self.lost[body["eventId"]] += 1
            return NetworkFailure(reason="lost", sent="MAYBE")
        return HttpAnswer(status=200)


class World:
    """A small account with two connections, and everything that happens to it."""

    def __init__(self, db: Database, seed: int) -> None:
        self.chance = Random(seed)
        self.cast: Cast = assemble(db)
        self.products = Products(self.chance)
        seeded = SeededChance(seed)
        self.outward = Outward(Vault("s" * 32, seeded), "https://tocsin.example", seeded)
        self.crashes: Counter[int] = Counter()
        self.incidents: list[int] = []
        for name in ("one", "two"):
            wanted = Connection(
                name=name,
                type="webhook",
                source_ids=(self.cast.source.id,),
                triggers=(
                    "incident-created",
                    "incident-assigned",
                    "incident-acknowledged",
                    "incident-comment-added",
                    "incident-resolved",
                ),
                params={"webhookUrl": f"https://{name}.example/"},
            )
            with db.write() as tx:
                connections.create(tx, wanted)

    def happen(self) -> None:
        """Something happens to some incident."""
        if not self.incidents or self.chance.random() < 0.3:
            self.incidents.append(self.cast.alert(key=f"k{len(self.incidents)}"))
            return
        actor = by(self.chance.choice((self.cast.ann, self.cast.bo)))
        command: Command = self.chance.choice(
            (Accept(by=actor), Remark(by=actor, text="x"), Resolve(by=actor))
        )
        try:
            with self.cast.db.write() as tx:
                decisions.perform(tx, self.chance.choice(self.incidents), command)
        except Refused:
            return

    def work(self) -> None:
        """The loops run once; the process may die before it writes down how a try ended."""
        escalations.step(self.cast.db)
        for ready in lease_step(self.cast.db, self.outward, 50):
            self._try(ready)

    def _try(self, ready: Ready) -> None:
        outcome = asyncio.run(run(ready, self.products.perform))
        if not self.products.calm and self.chance.random() < 0.15:
            self.crashes[ready.errand.id] += 1
            return
        settle_step(self.cast.db, self.outward, [(ready.errand, outcome)])

    def pass_by(self, seconds: float) -> None:
        """Time passes."""
        assert isinstance(self.cast.db.clock, ManualClock)
        self.cast.db.clock.advance(timedelta(seconds=seconds))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_product_hears_everything_in_order_and_no_more_often_than_faults_explain(
    db: Database, seed: int
) -> None:
    world = World(db, seed)
    for _ in range(STEPS):
        world.happen()
        world.work()
        world.pass_by(world.chance.choice((1, 20, 200)))
    world.products.calm = True
    for _ in range(40):
        world.work()
        world.pass_by(1_000)
    with db.read() as tx:
        assert errands.next_due(tx) is None, "nothing is left over once the faults stop"
        told = [errand for number in (1, 2) for errand in errands.of_connection(tx, number, limit=10_000)]
    assert told
    wanted: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for errand in sorted(told, key=lambda e: e.id):
        assert errand.state == "DONE", errand
        wanted[errand.connection_id, str(errand.incident_id)].append(f"{errand.connection_id}-{errand.id}")
    for (url, incident), heard in world.products.heard.items():
        number = 1 if "one" in url else 2
        assert list(dict.fromkeys(heard)) == wanted[number, incident], "in order, everything"
        assert heard == sorted(heard, key=wanted[number, incident].index), (
            "never an earlier one after a later one"
        )
        for event, times in Counter(heard).items():
            faults = world.crashes[int(event.partition("-")[2])] + world.products.lost[event]
            assert times <= 1 + faults, f"{event} was told {times} times with {faults} faults"
    assert set(wanted) == {(1 if "one" in u else 2, i) for u, i in world.products.heard}

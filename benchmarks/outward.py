"""How long it takes to tell many products that each need 300 ms, one of them dead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import sqlalchemy as sa

from benchmarks.figures import Figure
from benchmarks.world import World
from tocsin.auth.vault import Vault
from tocsin.core.connections import Connection
from tocsin.engine.connections import OutwardLane
from tocsin.engine.ingest import parse_registered
from tocsin.engine.occasions import Outward
from tocsin.kit.chance import SystemChance
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure, Request
from tocsin.store import connections, intake
from tocsin.store.database import Database
from tocsin.store.tables import alert_sources

PRODUCT_SECONDS = 0.3
DEAD_SECONDS = 30.0


def measure(world: World, *, count: int) -> Iterator[Figure]:
    """One event of a source with `count` connections, until all living products have heard of it."""
    db = world.open()
    try:
        _connect(db, world, count)
        taken = asyncio.run(_drain(db, world, count))
        at_once = count * PRODUCT_SECONDS / taken
        yield Figure(
            name=f"{count:,} connections told of one event, {PRODUCT_SECONDS * 1000:.0f} ms each, one dead",
            database=world.kind,
            unit="s",
            rounds=(taken,),
            note=f"{at_once:.0f} under way at once on average; the most is 256",
        )
    finally:
        db.close()


def _connect(db: Database, world: World, count: int) -> None:
    with db.write() as tx:
        wanted = sa.select(alert_sources.c.id).where(alert_sources.c.integration_key == world.later_key)
        source = int(tx.scalar(wanted))
        for number in range(count):
            name = "dead" if number == 0 else f"product{number}"
            made = Connection(
                name=name,
                type="webhook",
                source_ids=(source,),
                triggers=("incident-created",),
                params={"webhookUrl": f"https://{name}.example/"},
            )
            connections.create(tx, made)


async def _drain(db: Database, world: World, count: int) -> float:
    """Seconds until all but the dead product have heard."""
    heard: set[str] = set()

    async def perform(request: Request) -> Answer:
        assert isinstance(request, HttpRequest)
        if "dead" in request.url:
            await asyncio.sleep(DEAD_SECONDS)
            return NetworkFailure(reason="no answer", sent="MAYBE")
        await asyncio.sleep(PRODUCT_SECONDS)
        heard.add(request.url)
        return HttpAnswer(status=204)

    chance = SystemChance()
    lane = OutwardLane(db, Outward(Vault("s" * 32, chance), "https://tocsin.example", chance), perform)
    _event(db, world)
    started = time.perf_counter()
    while len(heard) < count - 1:
        if not await lane.step():
            await asyncio.sleep(0.005)
    taken = time.perf_counter() - started
    for task in lane.in_flight:
        task.cancel()
    await asyncio.gather(*lane.in_flight, return_exceptions=True)
    return taken


def _event(db: Database, world: World) -> None:
    body = b'{"eventType":"ALERT","summary":"Disk full","incidentKey":"outward"}'
    with db.write() as tx:
        payload = intake.Payload(key=world.later_key, body=body)
        intake.take_in(tx, [payload], parse_registered, SystemChance())

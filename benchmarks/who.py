"""Who has each of many schedules now, asked of the database: nothing known, a few changed, nothing changed.

In processor time of the process that asks, so that others on the machine count less.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import sqlalchemy as sa

from benchmarks.figures import Figure, rounds
from benchmarks.schedules import Size, small, stepping_through
from benchmarks.world import World
from tocsin.core.on_call import Roster
from tocsin.core.schedules import Schedule
from tocsin.kit.value import replace
from tocsin.store import people, present, schedules
from tocsin.store.database import Database
from tocsin.store.tables import schedules as rows

CHANGED = 100
BATCH = 500


def measure(world: World, size: Size) -> Iterator[Figure]:
    """The same question three times."""
    db = world.open()
    try:
        ids = _filled(db, size.schedules)
        name = f"who has {len(ids):,} schedules, from the database"
        stepping = stepping_through(small(len(ids)), size) * len(ids)
        cold = rounds(min(size.rounds, 3), lambda: _ask(db, ids))
        yield _figure(
            world, f"{name}, cold", cold, 2_000.0, f"{stepping / min(cold):.1f} times as fast as stepping"
        )
        _keep(db, ids)
        still = rounds(size.rounds, lambda: _ask(db, ids))
        changed = ids[:: max(len(ids) // CHANGED, 1)]
        with db.write() as tx:
            schedules.touch(tx, changed)
        few = rounds(size.rounds, lambda: _ask(db, ids))
        for what, taken in ((f"{len(changed)} changed", few), ("nothing changed", still)):
            ratio = (
                f"{min(cold) / min(taken):.0f} times as fast as cold, {stepping / min(taken):.0f} as stepping"
            )
            yield _figure(world, f"{name}, {what}", taken, None, ratio)
    finally:
        db.close()


def _figure(world: World, name: str, taken: tuple[float, ...], below: float | None, note: str) -> Figure:
    return Figure(name=name, database=world.kind, unit="ms", rounds=taken, below=below, note=note)


def _filled(db: Database, count: int) -> list[int]:
    """That many schedules of three layers, all of the owner's."""
    ids: list[int] = []
    kinds = [rota.schedule for rota in small(4)]
    for start in range(0, count, BATCH):
        with db.write() as tx:
            owner = people.load(tx, people.owners(tx))
            made = (_of(kinds[n % 4], next(iter(owner))) for n in range(start, min(start + BATCH, count)))
            ids.extend(schedules.create(tx, schedule).id for schedule in made)
    return ids


def _of(schedule: Schedule, user_id: int) -> Schedule:
    layers = tuple(
        replace(layer, users=tuple(replace(user, id=user_id) for user in layer.users))
        for layer in schedule.schedule_layers
    )
    return replace(schedule, schedule_layers=layers)


def _keep(db: Database, ids: list[int]) -> None:
    """What the duties loop keeps at its look."""
    with db.write() as tx:
        rotas, _ = schedules.load(tx, ids, tx.now)
        for number, rota in rotas.items():
            shift = Roster(rota).shift_at(tx.now)
            found = present.kept([shift] if shift else [], tx.now, shift.end if shift else tx.now)
            tx.run(sa.update(rows).where(rows.c.id == number).values(done_at=tx.now, **found))


def _ask(db: Database, ids: list[int]) -> float:
    begun = time.process_time()
    with db.read() as tx:
        found = present.at(tx, ids, tx.now)
    assert len(found.shifts) == len(ids)
    return (time.process_time() - begun) * 1_000

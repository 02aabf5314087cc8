"""What a turn of the escalation loop costs when very much is open and little is due."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from benchmarks.figures import Figure, rounds
from benchmarks.world import World
from tocsin.engine import escalations
from tocsin.engine.ingest import parse_registered
from tocsin.kit.chance import SystemChance
from tocsin.store import incidents, intake, tables
from tocsin.store.database import Database

DUE = 100
INDEX = "ix_incidents_due"
_TABLE = tables.incidents

_NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count) ",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, :count)) ",
}


def measure(world: World, *, few: int, many: int, repeat: int) -> Iterator[Figure]:
    """The same step over few and over many open incidents."""
    db = world.open()
    try:
        template = first(db, world)
        small = filled(db, template, few)
        before = rounds(repeat, lambda: _step(db, small))
        yield _figure(world, few, before, "")
        large = filled(db, template, many)
        after = rounds(repeat, lambda: _step(db, large))
        ratio = min(after) / min(before)
        yield _figure(world, many, after, f"{ratio:.2f} times the step over {few:,}; {_plan(db)}")
        asked = rounds(repeat, lambda: _next_due(db))
        yield Figure(
            name=f"when is the next one due, {many:,} open", database=world.kind, unit="ms", rounds=asked
        )
    finally:
        db.close()


def _figure(world: World, opened: int, taken: tuple[float, ...], note: str) -> Figure:
    name = f"one step, {DUE} due of {opened:,} open"
    return Figure(name=name, database=world.kind, unit="ms", rounds=taken, note=note)


def first(db: Database, world: World) -> int:
    """An incident that came in the ordinary way; the others are copies of it."""
    body = json.dumps({"eventType": "ALERT", "summary": "Disk full", "incidentKey": "first"}).encode()
    with db.write() as tx:
        payload = intake.Payload(key=world.later_key, body=body)
        taken = intake.take_in(tx, [payload], parse_registered, SystemChance())[0].taken
    assert taken[0].verdict.incident_id
    return taken[0].verdict.incident_id


def filled(db: Database, template: int, count: int) -> list[int]:
    """Copy the template until `count` are open; the ids of those that may become due."""
    with db.write() as tx:
        present = int(tx.scalar(sa.select(sa.func.count()).select_from(_TABLE)))
        ids = tx.ids("incidents", count - present)
        names = [column.name for column in _TABLE.columns]
        replaced = {"id": "i + :offset", "key": "'k' || (i + :offset)", "key_fold": "'k' || (i + :offset)"}
        values = ", ".join(replaced.get(name, name) for name in names)
        numbers = _NUMBERS["sqlite" if tx.sqlite else "postgresql"]
        insert = f"INSERT INTO incidents ({', '.join(names)}) "
        select = f"SELECT {values} FROM n, incidents WHERE id = :template"
        statement = numbers + insert + select if tx.sqlite else insert + numbers + select
        tx.run(sa.text(statement), {"count": len(ids), "offset": ids[0] - 1, "template": template})
        tx.run(sa.update(_TABLE).values(auto_resolve_at=None).where(_TABLE.c.id == template))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    return ids


def _step(db: Database, ids: list[int]) -> float:
    """Milliseconds of one step with exactly `DUE` due."""
    chosen = [ids.pop() for _ in range(DUE)]
    with db.write() as tx:
        tx.run(sa.update(_TABLE).where(_TABLE.c.id.in_(chosen)).values(due_at=tx.now))
    begin = time.perf_counter()
    taken = escalations.step(db)
    spent = time.perf_counter() - begin
    assert taken == DUE, f"{taken} were due instead of {DUE}"
    return spent * 1000


def _next_due(db: Database) -> float:
    begin = time.perf_counter()
    with db.read() as tx:
        incidents.next_due(tx)
    return (time.perf_counter() - begin) * 1000


def _plan(db: Database) -> str:
    """Whether the database finds what is due by the partial index, in its own words."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, text: str, parameters: Any, *_: object) -> None:
        seen.append((text, parameters))

    with db.write() as tx:
        sa.event.listen(tx.connection, "before_cursor_execute", note)
        incidents.due(tx, escalations.BATCH)
        incidents.next_due(tx)
        prefix = "EXPLAIN QUERY PLAN " if tx.sqlite else "EXPLAIN "
        lines = []
        for text, parameters in tuple(seen)[:2]:
            plan = tx.connection.exec_driver_sql(prefix + text, parameters).all()
            lines.append(next((str(row[-1]).strip() for row in plan if INDEX in str(row[-1])), "NO INDEX"))
    return " | ".join(lines)

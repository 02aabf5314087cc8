"""Who has a schedule, as a naive reader of the tables says: also as it was known at an earlier instant."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from tests.sim.world import BERLIN, START, World

SUMMER = datetime(2026, 3, 29, 1, tzinfo=UTC)
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Stay:
    """A time in which one person has a schedule without a pause."""

    start: datetime
    end: datetime
    user_id: int


class Book:
    """The schedules of one run, with everything that was entered during it."""

    def __init__(self, connection: sa.Connection, world: World, judged: Counter[str]) -> None:
        self.world = world
        self.judged = judged
        self.stand_ins = rows(connection, "SELECT * FROM schedule_overrides ORDER BY id DESC")
        self.absences = rows(connection, "SELECT * FROM absences")
        revisions = rows(connection, "SELECT * FROM schedule_revisions ORDER BY since DESC")
        self.users = [
            (r["schedule_id"], instant(r["since"]), [u["id"] for u in _layer(r["body"])["users"]])
            for r in revisions
        ]

    def entered(self) -> list[datetime]:
        """When somebody entered something."""
        found = [instant(row["created_at"]) for row in [*self.stand_ins, *self.absences]]
        return found + [since for _, since, _ in self.users if since > START]

    def away(self, at: datetime, known: datetime = FOREVER) -> set[int]:
        """Who is absent at an instant."""
        return {row["user_id"] for row in self.absences if _covers(row, at, known)}

    def who(self, schedule_id: int, at: datetime, known: datetime = FOREVER) -> int | None:
        """Whoever has it at an instant, by what had been entered when it was `known`."""
        away = self.away(at, known)
        for row in self.stand_ins:
            if row["schedule_id"] == schedule_id and _covers(row, at, known) and row["user_id"] not in away:
                self.judged["stood in"] += 1
                return int(row["user_id"])
        watch = self.world.watches[schedule_id]
        if at >= watch.ends:
            return None
        # In spring the wall only jumps ahead: its reading is enough.
        wall = at.astimezone(BERLIN).replace(tzinfo=None)
        self.judged["on call"] += 1
        self.judged["on call in summer"] += at.astimezone(BERLIN).utcoffset() == timedelta(hours=2)
        of_it = [(since, users) for number, since, users in self.users if number == schedule_id]
        users = next((users for since, users in of_it if since <= min(at, known)), of_it[-1][1])
        found = users[(wall - watch.anchor) // timedelta(hours=watch.hours) % len(users)]
        self.judged["absent"] += found in away
        return None if found in away else found

    def stays(self, schedule_id: int, since: datetime, known: datetime = FOREVER) -> list[Stay]:
        """Who has it from an instant on, in order."""
        edges = sorted({since, *(edge for edge in self._edges(schedule_id) if edge > since)})
        found: list[Stay] = []
        for start, end in pairwise(edges):
            user_id = self.who(schedule_id, start, known)
            if found and found[-1].end == start and found[-1].user_id == user_id:
                found[-1] = Stay(found[-1].start, end, user_id)
            elif user_id is not None:
                found.append(Stay(start, end, user_id))
        return found

    def _edges(self, schedule_id: int) -> Iterator[datetime]:
        """Wherever it may pass to somebody else."""
        of_it = [row for row in self.stand_ins if row["schedule_id"] == schedule_id]
        for row in [*of_it, *self.absences]:
            yield from (instant(row["start"]), instant(row["end"]))
        yield from (since for number, since, _ in self.users if number == schedule_id)
        watch = self.world.watches[schedule_id]
        # A turn that begins in the hour that is left out begins where it would have.
        yield SUMMER
        turn = watch.anchor
        while (start := turn.replace(tzinfo=BERLIN).astimezone(UTC)) < watch.ends:
            yield start
            turn += timedelta(hours=watch.hours)
        yield watch.ends


def rows(connection: sa.Connection, query: str) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(sa.text(query))]


def instant(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def _covers(row: dict[str, Any], at: datetime, known: datetime) -> bool:
    return instant(row["start"]) <= at < instant(row["end"]) and instant(row["created_at"]) <= known


def _layer(body: str) -> dict[str, Any]:
    layers: list[dict[str, Any]] = json.loads(body)["scheduleLayers"]
    return layers[0]

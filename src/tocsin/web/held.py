"""The shifts that somebody has, over all schedules, as pages list them and forms name them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.core.on_call import Roster
from tocsin.core.schedules import BrokenSchedule, Schedule, Shift
from tocsin.core.shift_requests import ShiftPart
from tocsin.kit.clock import from_micros, to_micros
from tocsin.store import schedules
from tocsin.store.database import Transaction
from tocsin.web.visit import id_in

LATEST = to_micros(datetime(2200, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Held:
    """A shift that somebody has."""

    shift: Shift
    schedule: Schedule

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.schedule.id}:{to_micros(self.shift.start)}:{to_micros(self.shift.end)}"


def held(tx: Transaction, user_id: int, until: datetime) -> list[Held]:
    """The shifts that a user has from now on, in order; a schedule that cannot be read has none."""
    rotas, _ = schedules.whole(tx, schedules.planning_with(tx, user_id), tx.now)
    found: list[Held] = []
    for rota in rotas.values():
        try:
            shifts = Roster(rota).shifts(tx.now, until)
        except BrokenSchedule:
            continue
        found += [Held(shift=shift, schedule=rota.schedule) for shift in shifts if shift.user.id == user_id]
    return sorted(found, key=lambda one: one.shift.start)


def parts_in(keys: Iterable[str]) -> tuple[ShiftPart, ...]:
    """The stretches that a form names; what makes no sense is left out."""
    found = []
    for key in keys:
        numbers = [number for text in key.split(":") if (number := id_in(text)) is not None]
        if len(numbers) == 3 and max(numbers) < LATEST:
            number, start, end = numbers
            found.append(ShiftPart(schedule_id=number, start=from_micros(start), end=from_micros(end)))
    return tuple(found)

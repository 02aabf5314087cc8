"""Who is on call by many schedules, asked again and again: only what changed is computed anew.

An answer is kept with the rota that it was made from and the time for which it certainly holds. A rota that
says something else, or a time outside, makes a new one.
"""

from __future__ import annotations

from datetime import datetime

from tocsin.core.on_call import OnCall, Roster
from tocsin.core.schedules import Rota
from tocsin.kit.clock import to_micros

KEPT = 50_000
"""Answers that are kept; with more schedules all are made anew now and then."""


class Board:
    """Remembers answers; ask it for any number of schedules."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Rota, int, int, OnCall]] = {}

    def on_call(self, rota: Rota, at: datetime) -> OnCall:
        """Who is on call at an instant, as `core.on_call.on_call` says. Raises BrokenSchedule."""
        instant, number = to_micros(at), rota.schedule.id
        known = self._known.get(number)
        if known and known[1] <= instant < known[2] and known[0] == rota:
            return known[3]
        roster = Roster(rota)
        answer = roster.on_call(at)
        if len(self._known) >= KEPT:
            self._known.clear()
        self._known[number] = rota, instant, roster.steady_until(at), answer
        return answer

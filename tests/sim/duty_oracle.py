"""A second opinion on duties: reminders, hand-overs and calendars, by what people read in their messages."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.sim.on_call import Stay, instant, rows
from tests.sim.simulator import DUTIES_UNTIL
from tests.sim.world import START, Human

if TYPE_CHECKING:
    from tests.sim.oracle import Oracle

PATIENCE = timedelta(minutes=20)
"""While processes die, a look is this late at most."""
CALM = timedelta(seconds=1)
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Telling:
    """What one person was told at one instant of one shift, at all their addresses."""

    schedule: str
    user_id: int
    at: datetime
    start: str | None
    """SOON: the beginning as it was said."""


class DutyOracle:
    """Judges the duties of one run."""

    def __init__(self, oracle: Oracle) -> None:
        self.all = oracle
        self.book = oracle.book
        self.watches = {f"watch {index}": number for index, number in enumerate(oracle.world.watches)}
        told = "SELECT * FROM notifications WHERE incident_id IS NULL ORDER BY id"
        self.ledger = rows(oracle.connection, told)
        self.events = rows(oracle.connection, "SELECT * FROM calendar_events ORDER BY start")
        self.looks = rows(oracle.connection, "SELECT id, done_at FROM schedules")
        self.told: defaultdict[Telling, list[dict[str, Any]]] = defaultdict(list)
        for row in self.ledger:
            if row["purpose"] == "DUTY":
                self.told[_telling(row)].append(row)
        self.patience = CALM if oracle.calm else PATIENCE

    def verdicts(self) -> Iterator[str]:
        """Everything that is wrong."""
        yield from self._sent()
        for name, number in self.watches.items():
            stays = self.book.stays(number, START)
            for check in (self._handed_over, self._foretold, self._only_them):
                yield from (f"{name}: {said}" for said in check(name, number, stays))
        yield from self._calendars()

    def _sent(self) -> Iterator[str]:
        """Nothing is left over, and each address was told once of one thing."""
        for row in self.ledger:
            if row["due_at"] is not None:
                yield f"notification {row['id']} is still {row['state']}"
            if row["purpose"] == "NOTICE" and "cannot be computed" in row["content"]:
                yield f"a schedule was set aside: {json.loads(row['content'])['text']}"
        for telling, sent in self.told.items():
            ways = [(row["target"], row["method"]) for row in sent]
            if len(set(ways)) < len(ways):
                yield f"one address was told twice: {telling}"

    def _handed_over(self, name: str, number: int, stays: list[Stay]) -> Iterator[str]:
        """Whoever comes on call is told so once, by the rules for the hand-over."""
        for stay in stays:
            if stay.start > DUTIES_UNTIL:
                break
            human = self.all.world.humans[stay.user_id]
            last = min(stay.start + self.patience, stay.end)
            told = [t for t in self._told(name, stay.user_id) if t.start is None]
            told = [t for t in told if stay.start <= t.at < stay.end]
            if len(told) > 1:
                yield f"{human.name}, on call since {stay.start}, was told so again: {told[1:]}"
            rules = self._rules(human, number, stay.start, last)
            if not rules or not self.all._usable(human, last) or stay.end <= stay.start + self.patience:
                continue
            self.all.judged["handed over"] += 1
            if not any(t.at <= last for t in told):
                yield f"{human.name}, on call since {stay.start}, was not told so: {told}"
            else:
                yield from self._by_rules(human, rules, told[0], last)

    def _rules(self, human: Human, number: int, since: datetime, until: datetime) -> list[int | None]:
        """The addresses that the rules for a hand-over surely name; all the rules do, if something is open."""
        handed = self._open(number, since, until)
        return [contact for delay, contact in human.duty if delay == 0 or handed]

    def _open(self, number: int, since: datetime, until: datetime) -> bool:
        """Whether an incident was open all that time under a policy that asks the schedule."""
        asking = {
            i for i, ladder in self.all.world.ladders.items() if any(number in w for w in ladder.watches)
        }
        return any(
            stretch.since < since and until < stretch.until and stretch.policy in asking
            for case in self.all.cases
            if case.ended > until
            for stretch in case.stretches
        )

    def _by_rules(
        self, human: Human, rules: list[int | None], telling: Telling, last: datetime
    ) -> Iterator[str]:
        usable = self.all._usable(human, last)
        named = [a.target for a in human.addresses if a.contact_id in rules and a.target in usable]
        targets = {row["target"] for row in self.told[telling]}
        if not set(named) <= targets:
            yield f"{human.name}'s rules name {named}, told was {targets} at {telling.at}"

    def _foretold(self, name: str, number: int, stays: list[Stay]) -> Iterator[str]:
        """Before a shift its person is reminded when each rule says so, if nobody enters anything meanwhile."""
        entered = self.book.entered()
        for stay in stays:
            human = self.all.world.humans[stay.user_id]
            told = [t.at for t in self._told(name, stay.user_id) if t.start == _said(stay.start)]
            for delay in {delay for delay, _ in human.duty if delay > 0}:
                due = max(stay.start - timedelta(minutes=delay), START)
                last = due + self.patience
                if last >= stay.start or last > DUTIES_UNTIL or not self.all._usable(human, last):
                    continue
                if any(due - CALM <= at <= last for at in entered):
                    continue
                if self._begins(number, stay, due):
                    self.all.judged["reminded"] += 1
                    if not any(due <= at <= last for at in told):
                        yield f"{human.name}, on call at {stay.start}, was not reminded at {due}: {told}"

    def _only_them(self, name: str, number: int, stays: list[Stay]) -> Iterator[str]:
        """Nobody is told who is not, or will not be, on call; nor more often than their rules and edits say."""
        entered = self.book.entered()
        of_one: defaultdict[tuple[int, str], list[datetime]] = defaultdict(list)
        for telling in (t for t in self.told if t.schedule == name):
            human = self.all.world.humans[telling.user_id]
            own = {a.target for a in human.addresses}
            if any(row["target"] not in own for row in self.told[telling]) or not human.duty:
                yield f"{human.name} was told otherwise than they asked: {telling}"
            if telling.start is None:
                if not any(s.user_id == human.id and s.start <= telling.at < s.end for s in stays):
                    yield f"{human.name} is not on call: {telling}"
                continue
            ahead = self.book.stays(number, telling.at, telling.at)
            if not any(s.user_id == human.id and _said(s.start) == telling.start for s in ahead[:40]):
                yield f"{human.name} does not come on call then: {telling}"
            of_one[human.id, telling.start].append(telling.at)
        for (user_id, start), at in of_one.items():
            delays = {delay for delay, _ in self.all.world.humans[user_id].duty if delay > 0}
            edits = [e for e in entered if min(at) < e <= max(at)]
            if len(at) > len(delays) + len(edits):
                yield f"{user_id} was reminded of {start} {len(at)} times: {at}"

    def _begins(self, number: int, stay: Stay, known: datetime) -> bool:
        """Whether it was known that somebody comes on call then."""
        there = self.book.who(number, stay.start, known) == stay.user_id
        return there and self.book.who(number, stay.start - MOMENT, known) != stay.user_id

    def _calendars(self) -> Iterator[str]:
        """What they show of the time after the last look is who is on call then; and never two people at once."""
        for look in self.looks:
            number, at = look["id"], instant(look["done_at"])
            events = [e for e in self.events if e["schedule_id"] == number and e["cancelled_at"] is None]
            for one, two in pairwise(events):
                if instant(one["end"]) > instant(two["start"]) + self.patience:
                    yield f"calendars of schedule {number} show two at once: {one} and {two}"
            shown: list[Stay] = []
            for row in events:
                start, end, user_id = max(instant(row["start"]), at), instant(row["end"]), row["user_id"]
                if end <= at:
                    continue
                if shown and shown[-1].end == start and shown[-1].user_id == user_id:
                    start = shown.pop().start
                shown.append(Stay(start, end, user_id))
            wanted = self.book.stays(number, at, at)
            self.all.judged["in calendars"] += len(wanted)
            if shown != wanted:
                wrong = sorted({*shown} ^ {*wanted}, key=lambda stay: stay.start)
                yield f"calendars of schedule {number} and the schedule differ: {wrong[:4]}"

    def _told(self, name: str, user_id: int) -> list[Telling]:
        return [t for t in self.told if t.schedule == name and t.user_id == user_id]


def _telling(row: dict[str, Any]) -> Telling:
    """Read a message as its reader does."""
    content = json.loads(row["content"])
    _, schedule = content["headline"].rsplit(": ", 1)
    said = re.search(r" from (\S+ \S+) until ", content["text"])
    return Telling(schedule, row["user_id"], instant(row["created_at"]), said[1] if said else None)


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"

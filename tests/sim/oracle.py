"""A second opinion: naive, and sharing no code with what it judges.

It reads the log, the events, the mailbox and the configuration. From the other tables it takes only
what nothing else can tell: which timers are left, what was parked, and which step a page was for.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tests.sim.carriers import REPORTED_FAILED
from tests.sim.duty_oracle import DutyOracle
from tests.sim.on_call import FOREVER, Book, instant, rows
from tests.sim.simulator import Diary, Handed
from tests.sim.world import Human, Tool, World

LEASE = timedelta(seconds=60)
SLACK = timedelta(seconds=12)
MOST_TRIES = 15

ASKED = {"IncidentAssignedBySystem", "LevelReachedNobody"}
ANSWERED = {"UserResponse", "AlertSourceResponse", "IncidentAutoResolved"}
RESTARTED = {"EscalatedToLevel", "IncidentAssignedByUser", "IncidentAssignedToPolicy"}


@dataclass
class Line:
    """One line of the log."""

    id: int
    incident: int
    at: datetime
    type: str
    by: int | None
    vars: dict[str, Any]

    @property
    def place(self) -> tuple[int, int]:
        return self.vars["cycle"], self.vars["level"]


@dataclass
class Ask:
    """A level was asked, or found to reach nobody."""

    at: datetime
    cycle: int
    level: int


@dataclass
class Stretch:
    """From one start of the escalation to the next."""

    since: datetime
    start: Line | None
    policy: int
    low: bool
    until: datetime = FOREVER
    answered: datetime = FOREVER
    lines: list[Line] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    @property
    def closed(self) -> datetime:
        """When nobody needed paging any more because of this stretch."""
        return min(self.until, self.answered)

    def has(self, kind: str) -> bool:
        return any(line.type == kind for line in self.lines)


@dataclass
class Case:
    """An incident."""

    id: int
    tool: Tool
    policy: int
    """As reported; the stretches know what it became."""
    opened: datetime
    status: str
    lines: list[Line]
    mail: list[Handed]
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def ended(self) -> datetime:
        """When it was resolved."""
        return next((line.at for line in self.lines if _resolves(line)), FOREVER)


class Oracle:
    """Judges one run."""

    def __init__(self, engine: sa.Engine, world: World, diary: Diary) -> None:
        self.world = world
        self.diary = diary
        self.calm = world.temper.calm
        self.judged: Counter[str] = Counter()
        with engine.connect() as connection:
            self.connection = connection
            self.lines = [self._line(row) for row in self._rows("SELECT * FROM log_entries ORDER BY id")]
            self.events = self._rows("SELECT * FROM events ORDER BY id")
            self.rows = self._rows("SELECT * FROM incidents ORDER BY id")
            self.book = Book(connection, world, self.judged)
            self.ledger = self._rows("SELECT * FROM notifications WHERE incident_id IS NOT NULL ORDER BY id")
            self.cases = [self._case(row) for row in self.rows]
            self.duties = DutyOracle(self)
        self.bounces = [(m.at, m.to) for m in diary.mailbox if m.code == 550]

    def verdicts(self) -> list[str]:
        """Everything that is wrong."""
        found = [*self._at_rest(), *self._kept(), *self._grouped(), *self._sent_once(), *self._beats()]
        if self.world.duties:
            found += self.duties.verdicts()
        for case in self.cases:
            for check in (
                self._climbed,
                self._reached,
                self._unreached,
                self._quiet,
                self._resolved,
                self._never_silent,
                self._explained,
                self._informed,
            ):
                found.extend(f"incident {case.id}: {said}" for said in check(case))
        return found

    # Reading.

    def _rows(self, query: str) -> list[dict[str, Any]]:
        return rows(self.connection, query)

    def _line(self, row: dict[str, Any]) -> Line:
        told = json.loads(row["vars"])
        return Line(row["id"], row["incident_id"], instant(row["at"]), row["type"], row["by_id"], told)

    def _case(self, row: dict[str, Any]) -> Case:
        lines = [line for line in self.lines if line.incident == row["id"]]
        mail = [m for m in self.diary.mailbox if m.incident_id == row["id"]]
        tool = self.world.tools[row["source_id"]]
        opened = instant(row["reported_at"])
        case = Case(row["id"], tool, tool.policy_id, opened, row["status"], lines, mail)
        case.stretches = list(_stretches(case))
        return case

    def _human_at(self, target: str) -> int:
        return self.world.owner_of(target).id

    # Invariants of the whole run.

    def _at_rest(self) -> Iterator[str]:
        """Faults have stopped and time has passed: nothing waits, nothing was parked."""
        for row in self.ledger:
            if row["due_at"] is not None:
                yield f"notification {row['id']} is still {row['state']}"
            if row["report_due_at"] is not None:
                yield f"notification {row['id']} still waits for a report"
        for row in self.rows:
            if row["due_at"] is not None or row["auto_resolve_at"] is not None:
                yield f"incident {row['id']} still has a timer"
            if row["parked"] is not None:
                yield f"incident {row['id']} was parked: {row['parked']}"

    def _kept(self) -> Iterator[str]:
        """What was stored is there, once; what was not is not."""
        # A heartbeat's silence is an event of ours: nobody told it, and it has no mark.
        marks = Counter(json.loads(bytes(row["raw"])).get("mark") for row in self.events)
        yield from (f"event {mark} is stored {n} times" for mark, n in marks.items() if mark and n != 1)
        yield from (f"event {mark} was rolled back and is there" for mark in self.diary.lost if marks[mark])
        yield from (
            f"event {mark} was committed and is not there" for mark in self.diary.unsure if not marks[mark]
        )
        for told in self.diary.told:
            self.judged["events"] += 1
            if not marks[told.mark]:
                yield f"event {told.mark} was acknowledged and is not there"

    def _grouped(self) -> Iterator[str]:
        """Alerts open an incident or join the one they belong to; in the order of the log."""
        open_: dict[int, tuple[int, str]] = {}
        keys = {row["id"]: row["key"].strip().lower() for row in self.rows}
        ends = {line.id: line.incident for line in self.lines if _resolves(line)}
        opened = {line.id: line.incident for line in self.lines if line.type == "HeartbeatOverdue"}
        rows = {row["id"]: row for row in self.events}
        sources = {row["id"]: row["source_id"] for row in self.rows}
        for number in sorted({*ends, *rows, *opened}):
            if number in ends:
                open_.pop(ends[number], None)
                continue
            if number in opened:
                open_[opened[number]] = (sources[opened[number]], keys[opened[number]])
                continue
            row = rows[number]
            source, key = row["source_id"], row["key"].strip().lower()
            same = [i for i, place in open_.items() if key and place == (source, key)]
            if not same and row["event_type"] == "ALERT" and self.world.tools[source].one_open:
                same = [i for i, place in open_.items() if place[0] == source][-1:]
            self.judged["grouped"] += 1
            if row["event_type"] == "ALERT" and not same:
                if row["effect"] != "OPEN":
                    yield f"alert {number} should have opened an incident: {row['effect']} {row['incident_id']}"
                else:
                    open_[row["incident_id"]] = (source, keys[row["incident_id"]])
            elif row["incident_id"] != (same[0] if same else None):
                yield f"event {number} belongs to {same}: {row['effect']} {row['incident_id']}"

    def _sent_once(self) -> Iterator[str]:
        """A message is sent again only if its sender could not know that it had left."""
        by_number: defaultdict[int, list[Handed]] = defaultdict(list)
        for handed in self.diary.mailbox:
            by_number[handed.notification_id].append(handed)
        for number, tries in by_number.items():
            left = [t for t in tries if t.left]
            # What is refused for good, or taken and not reported, goes to the next carrier, however often it was tried.
            handed_on = {
                t.attempt
                for t in tries
                if t.code in (250, REPORTED_FAILED) or (t.code >= 500 and not t.final)
            }
            answered = {t.attempt for t in tries if not t.lost} - handed_on
            if any(n - 1 >= MOST_TRIES and n - 1 in answered for n in (t.attempt for t in tries)):
                yield f"notification {number} was tried again after its {MOST_TRIES} tries"
            self.judged["sent"] += bool(left)
            self.judged[f"sent by {tries[0].method}"] += bool(left)
            self.judged["sent twice"] += len(left) > 1
            if any(not t.doubtful for t in left[:-1]):
                yield f"notification {number} was sent again although it was known to have left: {tries}"
            self.judged["handed on"] += len({t.final for t in tries}) > 1
            if self._given_up(number, tries[-1]) and not any(
                t.final or t.attempt >= MOST_TRIES for t in tries
            ):
                yield f"notification {number} failed, and no other provider was asked: {tries}"
            lost = len({t.attempt for t in left if t.doubtful})
            lost += len([1 for n, _ in self.diary.crashed_attempts if n == number])
            if len(left) > 1 + lost:
                yield f"notification {number} left {len(left)} times for {lost} crashes and lost answers"

    def _given_up(self, number: int, last: Handed) -> bool:
        """Whether nobody tries any more what was refused or not reported, and somebody still needs it."""
        row = next((row for row in self.ledger if row["id"] == number), None)
        if (
            row is None
            or row["state"] not in ("FAILED", "SENT")
            or (row["state"] == "SENT" and not last.unreported)
        ):
            return False
        about = next(one for one in self.rows if one["id"] == row["incident_id"])
        needed = about["status"] == "PENDING" and about["generation"] == row["generation"]
        return needed or row["purpose"] not in ("ALERT", "FALLBACK")

    def _beats(self) -> Iterator[str]:
        """A silence becomes an incident after the interval, never before, and ends with the next ping."""
        for tool_id, pings in self.diary.pings.items():
            tool = self.world.tools[tool_id]
            assert tool.beat_seconds
            interval = timedelta(seconds=tool.beat_seconds)
            overdue = [
                line.at
                for line in self.lines
                if line.type == "HeartbeatOverdue"
                and any(c.id == line.incident and c.tool is tool for c in self.cases)
            ]
            for at in overdue:
                before = [p for p in pings if p <= at]
                if not before or at - before[-1] < interval:
                    yield f"heartbeat of {tool_id} called overdue at {at}, last ping {before[-1:]}"
            if not self.calm:
                continue
            for ping, following in zip(pings, [*pings[1:], FOREVER], strict=True):
                silent = following - ping > interval + SLACK
                told = [at for at in overdue if ping < at <= min(following, ping + interval + SLACK)]
                self.judged["silences"] += silent
                if silent != bool(told):
                    yield f"heartbeat of {tool_id}: ping at {ping}, next {following}, overdue {told}"
            final = [c for c in self.cases if c.tool is tool and c.opened > pings[-1]]
            if len(final) != 1:
                yield f"heartbeat of {tool_id}: {len(final)} incidents about its last silence"

    # Who is on call.

    def _asked(self, policy: int, level: int, at: datetime) -> list[int]:
        """Whom a level asks at an instant, as its schedules read on a wall in Berlin; nobody who is away."""
        ladder = self.world.ladders[policy]
        away = self.book.away(at)
        named = [user_id for user_id in ladder.levels[level - 1] if user_id not in away]
        on_call = [self.book.who(watch, at) for watch in ladder.watches[level - 1]]
        return list(dict.fromkeys([*named, *(user_id for user_id in on_call if user_id is not None)]))

    # Invariants of one incident.

    def _climbed(self, case: Case) -> Iterator[str]:
        """Level after level, pass after pass, none left out, each with its time."""
        for stretch in case.stretches:
            top = len(self.world.ladders[stretch.policy].levels)
            if stretch.start is not None and stretch.start.type == "IncidentAssignedByUser":
                if stretch.asks:
                    yield "a level was asked although a person was named"
                continue
            expected = _first_place(stretch)
            for ask in stretch.asks:
                if (ask.cycle, ask.level) != expected and expected[0] is not None:
                    yield f"asked {ask}, expected pass {expected[0]} level {expected[1]}"
                if ask.level != expected[1]:
                    yield f"asked {ask}, expected level {expected[1]}"
                expected = (ask.cycle, ask.level + 1) if ask.level < top else (ask.cycle + 1, 1)
            for one, two in zip(stretch.asks, stretch.asks[1:], strict=False):
                yield from self._timed(stretch, one, two)
            if stretch.closed is FOREVER and not self._satisfied_low(stretch):
                yield from self._complete(case, stretch)

    def _timed(self, stretch: Stretch, one: Ask, two: Ask) -> Iterator[str]:
        ladder = self.world.ladders[stretch.policy]
        due = one.at + timedelta(minutes=ladder.timeouts[one.level - 1])
        nobody = any(
            x.type == "LevelReachedNobody" and x.place == (one.cycle, one.level) for x in stretch.lines
        )
        if not nobody and two.at < due:
            yield f"{two} came before the {due} of {one}"
        if self.calm and not stretch.low and two.at > due + SLACK:
            yield f"{two} came after the {due} of {one}"
        self.judged["climbs"] += 1

    def _satisfied_low(self, stretch: Stretch) -> bool:
        """Low priority stays with the first level that somebody was asked on, or chose silence on."""
        chosen = any(x.vars.get("reason") == "NO_RULE_CHOSEN" for x in stretch.lines)
        return stretch.low and not stretch.has("EscalationEnded") and (bool(stretch.asks) or chosen)

    def _complete(self, case: Case, stretch: Stretch) -> Iterator[str]:
        ladder = self.world.ladders[stretch.policy]
        if not stretch.has("EscalationEnded"):
            yield f"nobody answered and the escalation did not end; asked {stretch.asks}"
            return
        self.judged["ended"] += 1
        last = stretch.asks[-1]
        whole = (last.cycle, last.level) == (ladder.passes, len(ladder.levels))
        told = any(m.left and m.at >= stretch.since for m in case.mail if m.purpose == "ALERT")
        if not whole and told:
            yield f"the escalation ended at {last}, it has {ladder.passes} passes of {len(ladder.levels)} levels"
        if whole and stretch.start is None:
            passes = Counter(ask.level for ask in stretch.asks)
            self.judged["repeated"] += ladder.passes > 1
            if any(n != ladder.passes for n in passes.values()) or len(passes) != len(ladder.levels):
                yield f"levels were asked {dict(passes)} times, expected {ladder.passes} passes"

    def _reached(self, case: Case) -> Iterator[str]:
        """Everybody who was to be asked got a message, or every address failed, or there was no time."""
        for stretch in case.stretches:
            if stretch.start is not None and stretch.start.type == "IncidentAssignedByUser":
                user_id = stretch.start.vars["users"][0]
                yield from self._was_told(case, stretch, user_id, stretch.since, [])
            for number, ask in enumerate(stretch.asks):
                for user_id in self._asked(stretch.policy, ask.level, ask.at):
                    later = [
                        a.at
                        for a in stretch.asks[number + 1 :]
                        if user_id in self._asked(stretch.policy, a.level, a.at)
                    ]
                    yield from self._was_told(case, stretch, user_id, ask.at, later)

    def _was_told(
        self, case: Case, stretch: Stretch, user_id: int, asked: datetime, again: list[datetime]
    ) -> Iterator[str]:
        human = self.world.humans[user_id]
        self.judged["asked"] += 1
        own = {a.target for a in human.addresses}
        until = stretch.closed
        tries = [
            m for m in case.mail if m.to in own and m.purpose == "ALERT" and asked <= m.at <= until + LEASE
        ]
        if any(m.left for m in tries):
            self.judged["told"] += 1
            return
        usable = self._usable(human, asked)
        silent = any(
            x.type == "NotTold" and x.vars["userId"] == user_id and x.at >= asked for x in stretch.lines
        )
        if not usable or (stretch.low and not human.low):
            by_choice = stretch.low and not human.low
            hopeless = all(a.state not in ("OK", "UNVERIFIED") for a in human.addresses)
            if not silent and (by_choice or hopeless):
                yield f"{human.name}, asked at {asked}, has no way to be told, and the log does not say so"
            return
        if self._held(case, own, asked):
            self.judged["held back"] += 1
            return
        failed = {m.to for m in tries if (m.code >= 500 and m.final) or m.attempt >= MOST_TRIES}
        if tries and failed == {m.to for m in tries}:
            return
        deadline = min([until, *again])
        rules = human.low if stretch.low else human.high
        patience = timedelta(minutes=max((delay for delay, _ in rules), default=0)) + SLACK
        if deadline - asked <= patience:
            return
        if deadline is not FOREVER and (tries or self._faults_between(asked, deadline)):
            return
        yield f"{human.name}, asked at {asked}, was never told (until {deadline}); tries {tries}"

    def _held(self, case: Case, own: set[str], since: datetime) -> bool:
        """Whether a message of this incident to these addresses was too much: it waited, or was told otherwise."""
        said = ("held back until", "told in a summary", "the same was shown")
        rows = [row for row in self.ledger if row["incident_id"] == case.id and row["target"] in own]
        return any(row["reason"].startswith(said) and instant(row["created_at"]) >= since for row in rows)

    def _unreached(self, case: Case) -> Iterator[str]:
        """“Reached nobody” is not said of a level whose message, or its stand-in, is known to have left."""
        for generation, stretch in enumerate(case.stretches):
            for line in stretch.lines:
                if line.type != "LevelReachedNobody" or line.vars["level"] < 1:
                    continue
                self.judged["unreached"] += 1
                pages = self._pages_of(case, (generation, line.vars["cycle"] - 1, line.vars["level"] - 1))
                for m in case.mail:
                    if m.notification_id in pages and m.left and not m.doubtful and m.at < line.at - SLACK:
                        yield f"level {line.vars['level']} is said at {line.at} to have reached nobody; {m}"

    def _pages_of(self, case: Case, place: tuple[int, int, int]) -> set[int]:
        """The ledger's pages of one step, and those that were sent in their stead."""
        rows = [row for row in self.ledger if row["incident_id"] == case.id and row["purpose"] == "ALERT"]
        rows = [row for row in rows if (row["generation"], row["cycle"], row["level"]) == place]
        stand_ins = (re.search(r"sent together with notification (\d+)", row["reason"]) for row in rows)
        return {row["id"] for row in rows} | {int(found[1]) for found in stand_ins if found}

    def _usable(self, human: Human, at: datetime) -> list[str]:
        # A bounce is known when its answer is stored: up to a lease later, or never after a crash.
        bounced = {to for when, to in self.bounces if when <= at + LEASE}
        return [
            a.target for a in human.addresses if a.state in ("OK", "UNVERIFIED") and a.target not in bounced
        ]

    def _faults_between(self, since: datetime, until: datetime) -> bool:
        return any(since - timedelta(minutes=40) <= at <= until for at, _ in self.diary.faults)

    def _quiet(self, case: Case) -> Iterator[str]:
        """Nobody is paged who was not asked, nor after an answer."""
        for m in case.mail:
            if m.purpose not in ("ALERT", "FALLBACK"):
                continue
            self.judged["pages"] += 1
            current = [s for s in case.stretches if s.since <= m.at][-1]
            if m.at > current.answered + LEASE:
                yield f"paged {m.to} at {m.at}, answered at {current.answered}"
            if m.purpose == "FALLBACK" or m.at <= current.since + LEASE:
                continue
            asked = {
                user_id
                for a in current.asks
                if a.at <= m.at
                for user_id in self._asked(current.policy, a.level, a.at)
            }
            if current.start is not None and current.start.type == "IncidentAssignedByUser":
                asked.update(current.start.vars["users"])
            if self._human_at(m.to) not in asked:
                yield f"paged {m.to} at {m.at}, whom nobody asks since {current.since}"

    def _resolved(self, case: Case) -> Iterator[str]:
        """The end is told to everybody who was paged, but for who brought it about."""
        end = next((line for line in case.lines if _resolves(line)), None)
        if end is None:
            if case.status == "RESOLVED":
                yield "it is resolved and the log does not say by whom"
            return
        paged = {m.to for m in case.mail if m.purpose in ("ALERT", "FALLBACK") and m.left}
        for to in sorted(paged):
            if end.by == self._human_at(to) and end.type == "UserResponse":
                continue
            self.judged["resolved told"] += 1
            if self._held(case, {to}, end.at):
                continue
            told = [m for m in case.mail if m.to == to and m.purpose == "RESOLVED"]
            if not any(m.left or m.code >= 500 or m.attempt >= MOST_TRIES for m in told):
                yield f"{to} was paged and not told of the end at {end.at}; tries {told}"

    def _never_silent(self, case: Case) -> Iterator[str]:
        """Whoever nobody of the policy could be told for, the fallback is, or the log says that nobody was."""
        for stretch in case.stretches:
            if stretch.closed is not FOREVER:
                continue
            since = stretch.since
            if any(m.left and m.at >= since and m.purpose in ("ALERT", "FALLBACK") for m in case.mail):
                continue
            if any(x.vars.get("reason") == "NO_RULE_CHOSEN" for x in stretch.lines):
                continue
            self.judged["silent"] += 1
            ways = [to for i in self.world.fallback for to in self._usable(self.world.humans[i], since)]
            tried = {m.to for m in case.mail if m.purpose == "FALLBACK" and m.at >= since and m.code >= 500}
            missing = [to for to in ways if to not in tried and to not in {b for _, b in self.bounces}]
            if missing:
                yield f"nobody was told, and the fallback's {missing} were not tried"
            if not stretch.has("NobodyTold"):
                yield "nobody was told and the log does not say so"

    def _explained(self, case: Case) -> Iterator[str]:
        """What was foretold when it opened is what happened, where nobody and nothing interfered."""
        told = self.diary.explained.get(case.id)
        if told is None or len(case.stretches) > 1 or case.stretches[0].closed is not FOREVER:
            return
        last = max([line.at for line in case.lines] + [m.at for m in case.mail])
        if self._faults_between(case.opened, last) or self.world.temper.lag_seconds:
            return
        # A way that fails, or says nothing of it, brings the next one forward.
        if any(m.code != 250 or m.lost or m.unreported for m in case.mail) or any(
            case.opened <= at <= last for at, _ in self.bounces
        ):
            return
        if any(case.opened < at <= last for at in self.book.entered()):
            return
        if self._held(case, {m.to for m in case.mail}, case.opened):
            return
        self.judged["explained"] += 1
        self.judged["explained pages"] += len(told.pages)
        foretold = sorted((p.target, p.method, p.purpose, p.at) for p in told.pages)
        seen = sorted((m.to, m.method, m.purpose, m.at) for m in case.mail if m.purpose != "SUBSCRIPTION")
        same = len(foretold) == len(seen) and all(
            a[:3] == b[:3] and timedelta() <= b[3] - a[3] <= SLACK
            for a, b in zip(foretold, seen, strict=True)
        )
        if not same:
            yield f"foretold {foretold}, seen {seen}"
        subscribed = {x.at for x in case.lines if x.type == "SubscriberAdded"}
        silences = {(s.user_id, s.level, s.cycle) for s in told.silences if s.user_id is not None}
        logged = {
            (x.vars["userId"], x.vars["level"], x.vars["cycle"])
            for x in case.lines
            if x.type == "NotTold" and x.at not in subscribed
        }
        if silences != logged:
            yield f"foretold silences {silences}, logged {logged}"

    def _informed(self, case: Case) -> Iterator[str]:
        """Whoever is subscribed hears of it, and of the end; but not what they did themselves."""
        ends = [line for line in case.lines if _resolves(line)]
        added = [line for line in case.lines if line.type == "SubscriberAdded"]
        for line in added:
            for user_id in line.vars["users"]:
                for news in (line, *(end for end in ends if end.id > line.id)):
                    if news.by != user_id or news.type in ("AlertSourceResponse", "IncidentAutoResolved"):
                        yield from self._was_informed(case, user_id, news)

    def _was_informed(self, case: Case, user_id: int, news: Line) -> Iterator[str]:
        self.judged["informed"] += 1
        own = {a.target for a in self.world.humans[user_id].addresses}
        tries = [m for m in case.mail if m.to in own and m.purpose in ("SUBSCRIPTION", "RESOLVED")]
        tries = [m for m in tries if m.at >= news.at]
        if any(m.left or m.code >= 500 or m.attempt >= MOST_TRIES for m in tries):
            return
        silent = [x for x in case.lines if x.type == "NotTold" and x.vars["userId"] == user_id]
        if not any(x.at == news.at for x in silent) and not self._held(case, own, news.at):
            yield f"{user_id} is subscribed and heard nothing of {news.type} at {news.at}; tries {tries}"


def _stretches(case: Case) -> Iterator[Stretch]:
    current = Stretch(since=case.opened, start=None, policy=case.policy, low=case.tool.low)
    low = case.tool.low
    for line in case.lines:
        low = low and not line.type.startswith("IncidentRaised")
        raised = line.type.startswith("IncidentRaised") and current.answered is FOREVER
        if line.type in RESTARTED or raised:
            current.until = line.at
            yield current
            policy = line.vars.get("policyId", current.policy)
            current = Stretch(since=line.at, start=line, policy=policy, low=low)
        current.lines.append(line)
        if line.type in ANSWERED:
            current.answered = min(current.answered, line.at)
        elif line.type in ASKED and "reason" not in line.vars:
            current.asks.append(Ask(line.at, *line.place))
    yield current


def _first_place(stretch: Stretch) -> tuple[int | None, int]:
    if stretch.start is not None and stretch.start.type == "EscalatedToLevel":
        return None, stretch.start.vars["level"]
    return 1, 1


def _resolves(line: Line) -> bool:
    return line.type == "IncidentAutoResolved" or line.vars.get("answer") == "RESOLVED"


def about(verdict: str) -> list[str]:
    """Words that lines of the trace about a verdict have."""
    found = re.search(r"(incident|notification) (\d+)", verdict)
    if found is None:
        return []
    return [f"incident {found[2]}"] if found[1] == "incident" else [f"#{found[2]}"]

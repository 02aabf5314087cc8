"""One simulated installation: real core, store and engine; time, chance, network and people are made up.

Everything happens in one thread in an order that the seed determines. The diary holds what the
world did (mailbox, answers, faults); the oracle judges the log by it.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import event

from tests.sim import carriers
from tests.sim import world as worlds
from tests.sim.carriers import REPORTED_FAILED, Fate
from tests.sim.world import START, World
from tocsin.auth.answer_tokens import read_answer_token
from tocsin.auth.provider_params import plugin_of
from tocsin.core.delivery import Notification, Receipt, ReportState
from tocsin.core.events import AlertSource, Event
from tocsin.core.explain import Explanation, explain
from tocsin.core.heartbeats import Signal
from tocsin.core.incidents import (
    Accept,
    AssignToPolicy,
    AssignToUser,
    Command,
    Escalate,
    Raise,
    Resolve,
    Subscribe,
)
from tocsin.core.messages import Message
from tocsin.core.people import Actor
from tocsin.core.policies import UserRef
from tocsin.core.providers import ChannelProvider
from tocsin.core.schedules import Absence, Override
from tocsin.engine import answers, callbacks, deliveries, duties, escalations, heartbeats, switchboard
from tocsin.engine.deliveries import Leased
from tocsin.engine.messages import Addresses
from tocsin.engine.outcomes import Result
from tocsin.engine.provider_lane import ProviderLane
from tocsin.kit.chance import Chance, SeededChance
from tocsin.kit.clock import ManualClock
from tocsin.kit.errors import BadInput, Refused
from tocsin.kit.value import loads, replace
from tocsin.plugins import Answer, MailAnswer, MailRequest, NetworkFailure, Reply, Report, Request
from tocsin.store import decisions, documents, incidents, intake, receipts, replacing, schedules
from tocsin.store import duties as looks
from tocsin.store.absences import Noted
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import POLICIES, SCHEDULES
from tocsin.store.tables import notifications

WHERE = Addresses(
    public_url="https://t.example", mail_domain="t.example", secret="s" * 32, replies_heard=True
)
LISTEN_SECONDS = 10
DUTIES_UNTIL = START + timedelta(hours=6)
"""Afterwards nobody looks at schedules any more: there is always another shift."""
MOST_STEPS = 20_000


_WAITING = (
    sa.select(notifications.c.method, sa.func.min(notifications.c.due_at).label("at"))
    .where(notifications.c.due_at.is_not(None))
    .group_by(notifications.c.method)
)


class Crash(BaseException):
    """The process dies here."""


class Stuck(AssertionError):
    """The engine never comes to rest."""


class CrashingDatabase(Database):
    """One node's way to the common database; it may die just before or just after a commit."""

    def __init__(self, url: str, clock: ManualClock) -> None:
        super().__init__(url, clock)
        self.die: Callable[[Literal["before", "after"]], bool] = lambda _: False
        if self.sqlite:
            event.listen(self.engine, "connect", _no_disk)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with super().write() as tx:
            yield tx
            if self.die("before"):
                raise Crash("before the commit")
        if self.die("after"):
            raise Crash("after the commit")


def _no_disk(raw: Any, _record: Any) -> None:
    raw.execute("PRAGMA synchronous=OFF")


class PretendMail:
    """A channel whose requests are never rendered: the simulated network takes the message itself."""

    method: Literal["EMAIL"] = "EMAIL"

    def render(self, message: Message, sender: str) -> MailRequest:
        return MailRequest(sender=sender, recipient=message.to, raw=message.message_id.encode())

    def read(self, answer: Answer) -> Receipt:
        if isinstance(answer, NetworkFailure):
            return Receipt(outcome="TEMPORARY" if answer.sent == "NO" else "UNKNOWN", answer=answer.reason)
        assert isinstance(answer, MailAnswer)
        if answer.code < 400:
            return Receipt(outcome="SENT", answer=answer.text)
        if answer.code < 500:
            return Receipt(outcome="TEMPORARY", answer=answer.text)
        return Receipt(outcome="PERMANENT", answer=answer.text, bounced=answer.code == 550)


@dataclass
class Wiring:
    """The engine's steps; a planted bug replaces one."""

    fire: Callable[[Database], int] = escalations.step
    lease: Callable[..., list[tuple[Notification, Message]]] = deliveries.lease_step
    settle: Callable[[Database, Sequence[tuple[Notification, Receipt]], Chance], None] = (
        deliveries.settle_step
    )
    perform: Callable[[Transaction, int, Command], object] = decisions.perform
    look: Callable[[Database], int] = duties.step


@dataclass
class Handed:
    """One try to hand a message to the mail server, or to another carrier."""

    at: datetime
    notification_id: int
    attempt: int
    incident_id: int
    to: str
    method: str
    purpose: str
    left: bool
    """Whether it gets there."""
    code: int
    """What was said: 250, 4xx, 5xx; 0 when the connection failed."""
    unreported: bool = False
    """It was taken, and no report says in time that it arrived."""
    final: bool = True
    """No other carrier of the method could take it."""
    doubtful: bool = False
    """The sender did not learn in time, or at all, that it left."""
    lost: bool = False
    """The sender died, or took too long, before it could write down the answer."""


@dataclass
class Told:
    """A tool's event that was stored."""

    at: datetime
    tool_id: int
    kind: str
    key: str
    mark: str
    effect: str
    incident_id: int | None


@dataclass
class Diary:
    """What the world did, as the oracle may know it."""

    mailbox: list[Handed] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Marks of events whose transaction died before its commit."""
    unsure: list[str] = field(default_factory=list)
    """Marks of events whose transaction was stored and whose answer was lost."""
    faults: list[tuple[datetime, str]] = field(default_factory=list)
    explained: dict[int, Explanation] = field(default_factory=dict)
    pings: dict[int, list[datetime]] = field(default_factory=dict)
    crashed_attempts: set[tuple[int, int]] = field(default_factory=set)
    """(notification, attempt) that a dying node took with it."""
    trace: list[str] = field(default_factory=list)


@dataclass
class Way:
    """One way from a node to the network."""

    method: str
    lease: Callable[[], list[Leased]]
    settle: Callable[[Sequence[Result]], None]
    provider: ChannelProvider | None = None
    """None: the mail server."""
    look: Callable[[], datetime | None] | None = None


@dataclass
class Node:
    name: str
    db: CrashingDatabase
    life: int = 0
    up: bool = True
    lanes: list[ProviderLane] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)


@dataclass
class Flight:
    """A message on its way."""

    node: Node
    life: int
    n: Notification
    message: Message
    way: Way
    wait: float
    """Seconds until the answer."""


class Simulation:
    """Runs one seed to the end, when nothing is left to happen."""

    def __init__(self, seed: int, url: str, wiring: Wiring | None = None, nodes: int | None = None) -> None:
        self.seed = seed
        self.rnd = random.Random(f"simulation {seed}")
        self.whims = random.Random(f"stand-ins {seed}")
        self.leaves = random.Random(f"leaves {seed}")
        self.chance = SeededChance(seed)
        self.clock = ManualClock(START)
        self.wiring = wiring or Wiring()
        self.diary = Diary()
        self.channel = PretendMail()
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        first = CrashingDatabase(url, self.clock)
        # A SQLite file has one owner; the draw is made all the same, so that chance goes on alike.
        several = self.rnd.randint(1, 3)
        count = 1 if first.sqlite else nodes or several
        others = [CrashingDatabase(url, self.clock) for _ in range(count - 1)]
        self.nodes = [Node(f"n{i}", db) for i, db in enumerate((first, *others))]
        self.world: World = worlds.make(seed, first, count)
        self.temper = self.world.temper
        self.faults_end = START + timedelta(minutes=self.temper.fault_minutes)
        self.away: list[tuple[datetime, datetime]] = []
        self.marks = itertools.count(1)
        self.in_flight: dict[tuple[int, int], tuple[Node, int]] = {}
        for node in self.nodes:
            node.db.die = lambda when, node=node: self._dies(when, node)  # type: ignore[misc]
            node.lanes = [self._lane(node, provider) for provider in self.world.providers]
            node.ways = [
                Way(
                    method="EMAIL",
                    lease=lambda node=node: self.wiring.lease(node.db, self.channel, WHERE, 64),  # type: ignore[misc]
                    settle=lambda results, node=node: self.wiring.settle(node.db, results, self.chance),  # type: ignore[misc]
                ),
                *(
                    Way(
                        method=lane.provider.channel,
                        lease=lambda lane=lane: lane.lease(64),  # type: ignore[misc]
                        settle=lane.settle,
                        provider=lane.provider,
                        look=lane.look,
                    )
                    for lane in node.lanes
                ),
            ]

    def _lane(self, node: Node, provider: ChannelProvider) -> ProviderLane:
        """A lane whose requests are never made: the simulated network takes the message itself."""
        return ProviderLane(
            db=node.db,
            perform=_never,
            where=WHERE,
            chance=self.chance,
            provider=provider,
            plugin=plugin_of(provider),
            config=None,
        )

    def close(self) -> None:
        for node in self.nodes:
            node.db.close()

    # Time.

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def faulty(self) -> bool:
        return self.now < self.faults_end

    def at(self, when: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (when, next(self._numbers), what))

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at(self.now + timedelta(seconds=seconds), what)

    def note(self, who: str, what: str) -> None:
        self.diary.trace.append(f"{self.now:%d %H:%M:%S.%f}"[:-3] + f" {who:<6} {what}")

    def run(self) -> None:
        self._plan()
        for _ in range(MOST_STEPS):
            due = self._pump()
            upcoming = self._heap[0][0] if self._heap else None
            if due is not None and (upcoming is None or due < upcoming):
                if self.faulty and self.temper.lag_seconds:
                    due += timedelta(seconds=self.rnd.random() * self.temper.lag_seconds)
                self.clock.set(due)
            elif upcoming is not None:
                when, _, what = heapq.heappop(self._heap)
                self.clock.set(max(when, self.now))
                what()
            else:
                return
        raise Stuck(f"something is still due after {MOST_STEPS} steps, at {self.now}")

    # The engine.

    def _pump(self) -> datetime | None:
        """Every living node works until nothing is due; says when something will be."""
        for _ in range(500):
            node = next((n for n in self.nodes if n.up), None)
            due = min((at for at, _ in self._jobs(node)), default=None) if node else None
            if due is None or due > self.now:
                return due
            nodes = [n for n in self.nodes if n.up]
            self.rnd.shuffle(nodes)
            for node in nodes:
                self._on(node, lambda node=node: self._work(node))  # type: ignore[misc]
        raise Stuck(f"something is always due at {self.now}")

    def _jobs(self, node: Node) -> list[tuple[datetime, Callable[[], int]]]:
        """What the node has to do, and when."""
        with node.db.read() as tx:
            jobs = [
                (incidents.next_due(tx), lambda: self.wiring.fire(node.db)),
                (receipts.next_report(tx), lambda: switchboard.step(node.db)),
            ]
            look = looks.next_due(tx) if self.world.duties else None
            if look is not None and look <= DUTIES_UNTIL:
                jobs.append((look, lambda: self.wiring.look(node.db)))
            waiting = {row.method: row.at for row in tx.all(_WAITING)}
        for way in node.ways:
            at = waiting.get(way.method)
            # A provider may pause: its lane knows until when.
            due = way.look() if way.look and at is not None and at <= self.now else at
            jobs.append((due, lambda way=way: self._lease(node, way)))  # type: ignore[misc]
        return [(at, job) for at, job in jobs if at is not None]

    def _work(self, node: Node) -> None:
        steps = [job for at, job in self._jobs(node) if at <= self.now]
        if self.faulty:
            self.rnd.shuffle(steps)
        for step in steps:
            step()

    def _lease(self, node: Node, way: Way) -> int:
        leased = way.lease()
        for notification, message in leased:
            self._send(node, notification, message, way)
        return len(leased)

    def _on(self, node: Node, what: Callable[[], Any]) -> Any:
        """Do something on a node; None when the node died over it."""
        try:
            return what()
        except Crash as crash:
            self._kill(node, str(crash))
            return None

    def _dies(self, when: Literal["before", "after"], node: Node) -> bool:
        if not self.faulty or not node.up:
            return False
        odds = self.temper.crash_at_commit if when == "before" else self.temper.crash_after_commit
        return self.rnd.random() < odds

    def _kill(self, node: Node, why: str) -> None:
        if not node.up:
            return
        node.up = False
        node.life += 1
        self.diary.faults.append((self.now, f"{node.name} died {why}"))
        self.note(node.name, f"DIED {why}")
        self.after(self.rnd.choice((1, 5, 30, 200)), lambda: self._start(node))

    def _start(self, node: Node) -> None:
        node.up = True
        self.note(node.name, "started")
        self.diary.faults.append((self.now, f"{node.name} started"))
        self._on(node, lambda: heartbeats.start_listening(node.db))

    # The network.

    def _send(self, node: Node, n: Notification, message: Message, way: Way) -> None:
        self.note(
            node.name,
            f"leases #{n.id} try {n.attempts} {n.method} {n.purpose} of incident {n.incident_id} to {n.target}",
        )
        life = node.life
        leaving, answering = 0.05, 0.1
        if self.faulty:
            leaving = self.rnd.choice((0.01, 0.5, 5))
            answering = leaving + self.rnd.choice((0.01, 0.5, 5))
            if self.rnd.random() < self.temper.slow:
                answering = leaving + self.rnd.choice((30, 58, 90))
        flight = Flight(node, life, n, message, way, answering - leaving)
        self.after(leaving, lambda: self._hand_over(flight))

    def _hand_over(self, flight: Flight) -> None:
        node, life, n, message = flight.node, flight.life, flight.n, flight.message
        if node.life != life:
            self.diary.crashed_attempts.add((n.id, n.attempts))
            return
        if self.faulty and self.rnd.random() < self.temper.crash_before_send:
            self.diary.crashed_attempts.add((n.id, n.attempts))
            self._kill(node, f"before sending #{n.id}")
            return
        became = self._fate(flight)
        left, code, incident_id = became.left, became.code, n.incident_id or 0
        handed = Handed(
            self.now, n.id, n.attempts, incident_id, message.to, n.method, message.purpose, left, code
        )
        provider = flight.way.provider
        handed.unreported = became.unreported or code == REPORTED_FAILED
        handed.final = provider is None or provider is self._last(provider.channel)
        handed.lost = flight.wait >= 50
        handed.doubtful = left and (code != 250 or handed.lost or became.unreported)
        self.diary.mailbox.append(handed)
        self.note(
            n.method.lower(), f"#{n.id} {message.purpose} incident {incident_id} to {message.to}: {became}"
        )
        if left:
            self._arrived(message, incident_id, provider)
        for seconds, state in became.reports:
            self.after(seconds, lambda state=state: self._report_back(flight, state, handed))  # type: ignore[misc]
        if self.faulty and self.rnd.random() < self.temper.crash_after_send:
            handed.lost, handed.doubtful = True, left
            self._kill(node, f"after sending #{n.id}")
            return
        self.after(flight.wait, lambda: self._settle(flight, became.receipt, handed))

    def _last(self, method: str) -> ChannelProvider:
        return [p for p in self.world.providers if p.channel == method][-1]

    def _fate(self, flight: Flight) -> Fate:
        """What the network does with it."""
        n, message = flight.n, flight.message
        if flight.way.provider is not None:
            health = self.world.address(message.to).health
            return carriers.fate(self.rnd, self.temper, n.method, health, faulty=self.faulty)
        answer, left = self._server(message)
        return Fate(self.channel.read(answer), left, answer.code if isinstance(answer, MailAnswer) else 0)

    def _report_back(self, flight: Flight, state: ReportState, handed: Handed) -> None:
        """The carrier says what became of a message; if nobody hears it, nobody knows."""
        node, provider, number = self._any_node(), flight.way.provider, flight.n.id
        assert provider

        def go(db: Database) -> bool:
            with db.write() as tx:
                n = receipts.locked(tx, number)
                assert n
                if state == "FAILED":
                    callbacks.failed(tx, provider, n, Report(state=state, reason="unknown subscriber"))
                else:
                    receipts.arrived(tx, n, seen=state == "SEEN")
            return True

        self.note("report", f"#{number} {state}")
        if node is None or not self._on(node, lambda: go(node.db)):
            handed.doubtful = handed.left

    def _server(self, message: Message) -> tuple[Answer, bool]:
        health = self.world.address(message.to).health
        if any(since <= self.now < until for since, until in self.away):
            return NetworkFailure(reason="connection refused", sent="NO"), False
        if self.faulty and self.rnd.random() < self.temper.temporary:
            if self.rnd.random() < 0.5:
                return NetworkFailure(reason="no route", sent="NO"), False
            return MailAnswer(code=451, text="try later"), False
        if health == "BOUNCES":
            return MailAnswer(code=550, text="no such user"), False
        if health == "REJECTS":
            return MailAnswer(code=554, text="not wanted"), False
        if self.faulty and self.rnd.random() < self.temper.lost_answer:
            return NetworkFailure(reason="connection lost", sent="MAYBE"), self.rnd.random() < 0.6
        return MailAnswer(code=250, text="queued"), True

    def _settle(self, flight: Flight, receipt: Receipt, handed: Handed) -> None:
        node, life = flight.node, flight.life
        if node.life != life:
            handed.lost, handed.doubtful = True, handed.left
            return
        self._on(node, lambda: flight.way.settle([(flight.n, receipt)]))
        if node.life != life:
            handed.lost, handed.doubtful = True, handed.left

    # People.

    def _arrived(self, message: Message, incident_id: int, provider: ChannelProvider | None) -> None:
        if message.purpose not in ("ALERT", "FALLBACK") or self.rnd.random() >= self.temper.answering:
            return
        human = self.world.owner_of(message.to)
        wait = self.rnd.choice((20, 150, 700, 4000))
        for _ in range(self.rnd.choice((1, 1, 1, 2))):
            if provider is None:
                self.after(wait, lambda: self._act(human.id, incident_id))
            else:
                self._reply(provider, message, wait)
            wait += self.rnd.choice((1, 60, 900))

    def _act(self, user_id: int, incident_id: int) -> None:
        by = Actor(kind="USER", id=user_id, name=self.world.humans[user_id].name, via="API")
        command = self._command(by)
        policy_id = self.rnd.choice(list(self.world.ladders))
        node = self._any_node()
        if node is None:
            return

        def go() -> None:
            try:
                with node.db.write() as tx:
                    wanted = command or AssignToPolicy(by=by, policy=documents.get(tx, POLICIES, policy_id))
                    self.wiring.perform(tx, incident_id, wanted)
                said = "ok"
            except Refused as refused:
                said = refused.code
            what = type(command).__name__ if command else "AssignToPolicy"
            self.note(by.name, f"{what} incident {incident_id}: {said}")

        self._on(node, go)

    def _reply(self, provider: ChannelProvider, message: Message, wait: float) -> None:
        """Somebody answers on the same channel; the carrier brings it once, or twice."""
        digits = self.rnd.choice(("1", "1", "1", "2", "2", "3", "what?"))
        reply = Reply(text=digits, key=f"reply {next(self._numbers)}", from_address=message.to)
        if self.rnd.random() < 0.5:
            reply = replace(reply, token=message.token, from_address=None)
        for _ in range(self.rnd.choice((1, 2))):
            self.after(wait, lambda: self._hear(provider, reply))
            wait += self.rnd.choice((0.5, 30))

    def _hear(self, provider: ChannelProvider, reply: Reply) -> None:
        node = self._any_node()

        def go(db: Database) -> str:
            with db.write() as tx:
                return answers.take(tx, provider, reply, _read_token).outcome

        if node is not None:
            self.note("reply", f"{reply.text} by {provider.channel}: {self._on(node, lambda: go(node.db))}")

    def _subscribe(self) -> None:
        """Somebody wants somebody to be kept informed."""
        known = sorted({t.incident_id for t in self.diary.told if t.incident_id})
        node = next((n for n in self.nodes if n.up), None)
        by, whom = (self.whims.choice(list(self.world.humans)) for _ in range(2))
        if not known or node is None:
            return
        actor = Actor(kind="USER", id=by, name=self.world.humans[by].name, via="API")
        command = Subscribe(by=actor, user_ids=(whom,))
        incident_id = self.whims.choice(known)

        def go() -> None:
            with node.db.write() as tx:
                self.wiring.perform(tx, incident_id, command)
            self.note("people", f"{by} subscribes {whom} to incident {incident_id}")

        self._on(node, go)

    def _command(self, by: Actor) -> Command | None:
        """Mostly accepted, often resolved; None hands it to another policy."""
        roll = self.rnd.random()
        if roll > 0.95:
            return None
        if roll > 0.9:
            return Raise(by=by)
        if roll > 0.83:
            return AssignToUser(by=by, user_id=self.rnd.choice(list(self.world.humans)))
        if roll > 0.75:
            return Escalate(by=by)
        return Resolve(by=by) if roll > 0.5 else Accept(by=by)

    def _meddle(self) -> None:
        """Somebody does something to an incident that may be nobody's or another person's."""
        known = sorted({t.incident_id for t in self.diary.told if t.incident_id})
        if known:
            self._act(self.rnd.choice(list(self.world.humans)), self.rnd.choice(known))

    def _stand_in(self) -> None:
        """Somebody takes over a schedule for a while, from now or a little later."""
        watch, user_id = (
            self.whims.choice(list(self.world.watches)),
            self.whims.choice(list(self.world.humans)),
        )
        start = self.now + timedelta(seconds=self.whims.choice((0, 0, 601)))
        end = start + timedelta(seconds=self.whims.choice((907, 3607, 11_003)))
        wanted = Override(user=UserRef(id=user_id), start=start, end=end)
        self._plan_anew(
            f"{user_id} stands in on {watch} from {start} until {end}",
            lambda tx: replacing.override(tx, watch, wanted, user_id),
        )

    def _leave(self) -> None:
        """Somebody is away for a while, from now or a little later."""
        user_id = self.leaves.choice(list(self.world.humans))
        start = self.now + timedelta(seconds=self.leaves.choice((0, 0, 1303)))
        end = start + timedelta(seconds=self.leaves.choice((1709, 5407)))
        wanted = Noted(absence=Absence(user=UserRef(id=user_id), start=start, end=end))
        self._plan_anew(
            f"{user_id} is away from {start} until {end}",
            lambda tx: replacing.add_absence(tx, wanted, user_id),
        )

    def _regroup(self) -> None:
        """Other people take turns on a schedule from now on."""
        watch = self.leaves.choice(list(self.world.watches))
        ids = self.leaves.sample(list(self.world.humans), self.leaves.randint(1, 3))

        def go(tx: Transaction) -> None:
            before = documents.get(tx, SCHEDULES, watch)
            layer = replace(before.schedule_layers[0], users=tuple(UserRef(id=i) for i in ids))
            schedules.change(tx, replace(before, schedule_layers=(layer,)))

        self._plan_anew(f"{ids} take turns on {watch}", go)

    def _plan_anew(self, what: str, change: Callable[[Transaction], object]) -> None:
        node = next((n for n in self.nodes if n.up), None)
        if node is None:
            return

        def go(db: Database) -> None:
            try:
                with db.write() as tx:
                    change(tx)
                self.note("people", what)
            except BadInput as refused:
                self.note("people", f"{what}: {refused}")

        self._on(node, lambda: go(node.db))

    def _any_node(self) -> Node | None:
        nodes = [n for n in self.nodes if n.up]
        return self.rnd.choice(nodes) if nodes else None

    # Tools.

    def _plan(self) -> None:
        tools = [t for t in self.world.tools.values() if t.beat_seconds is None]
        span = 90 * 60
        for _ in range(self.rnd.randint(3, 8)):
            tool = self.rnd.choice(tools)
            burst = self.rnd.choice((1, 1, 1, 2, 5))
            self.after(self.rnd.random() * span, lambda tool=tool, burst=burst: self._report(tool, burst))  # type: ignore[misc]
        for _ in range(self.temper.meddling):
            self.after(self.rnd.random() * 2 * span, self._meddle)
        for _ in range(self.temper.kills):
            when = self.rnd.random() * self.temper.fault_minutes * 60
            self.after(
                when, lambda: self._kill(self.rnd.choice(self.nodes), "at any time") if self.faulty else None
            )
        for _ in range(self.temper.away):
            since = START + timedelta(seconds=self.rnd.random() * span)
            self.away.append((since, since + timedelta(minutes=self.rnd.choice((2, 10, 35)))))
            self.diary.faults.append((since, "the mail server is away"))
        for beating in self.world.tools.values():
            if beating.beat_seconds is not None:
                self._beat(beating)
        for _ in range(self.whims.choice((0, 1, 3))):
            self.after(self.whims.random() * 2 * span, self._stand_in)
        for _ in range(self.whims.choice((0, 2, 5))):
            self.after(self.whims.random() * span, self._subscribe)
        if not self.world.duties:
            return
        for change in self.leaves.choices((self._leave, self._regroup), k=self.leaves.choice((0, 0, 1, 2))):
            self.after(self.leaves.random() * 2 * span, change)

    def _report(self, tool: worlds.Tool, burst: int) -> None:
        events = []
        for _ in range(burst):
            kind = self.rnd.choice(("ALERT", "ALERT", "ALERT", "ALERT", "RESOLVE", "ACCEPT", "COMMENT"))
            key = (
                self.rnd.choice(("disk", "Disk ", "cpu", "net", ""))
                if kind == "ALERT"
                else self.rnd.choice(("disk", "CPU"))
            )
            mark = f"m{next(self.marks)}"
            events.append({"kind": kind, "key": key, "mark": mark})
        self._deliver_events(tool, events, 0)

    def _deliver_events(self, tool: worlds.Tool, events: list[dict[str, str]], tries: int) -> None:
        """A tool sends until it gets its 2xx, as a good one does; in one batch."""
        node = self._any_node()
        marks = [e["mark"] for e in events]
        if node is None:
            self.after(10, lambda: self._deliver_events(tool, events, tries))
            return
        payloads = [intake.Payload(key=tool.key, body=_body(e)) for e in events]

        def go() -> list[intake.Outcome]:
            with node.db.write() as tx:
                return intake.take_in(tx, payloads, _parse, self.chance)

        before = len(self.diary.faults)
        outcomes = self._on(node, go)
        if outcomes is None:
            stored = self.diary.faults[before][1].endswith("after the commit")
            (self.diary.unsure if stored else self.diary.lost).extend(marks)
            self.note("tool", f"{tool.id} got no answer for {marks}")
            again = [{**e, "mark": f"m{next(self.marks)}"} for e in events]
            self.after(15, lambda: self._deliver_events(tool, again, tries + 1))
            return
        for e, outcome in zip(events, outcomes, strict=True):
            verdict = outcome.taken[0].verdict
            told = Told(
                self.now, tool.id, e["kind"], e["key"], e["mark"], verdict.effect, verdict.incident_id
            )
            self.diary.told.append(told)
            self.note(
                "tool",
                f"{tool.id} {e['kind']} {e['key']!r} {e['mark']}: {verdict.effect} {verdict.incident_id}",
            )
            if verdict.effect == "OPEN" and verdict.incident_id:
                self._explain(node, verdict.incident_id, tool)

    def _explain(self, node: Node, incident_id: int, tool: worlds.Tool) -> None:
        with node.db.read() as tx:
            policy = documents.get(tx, POLICIES, tool.policy_id)
            around = decisions.surroundings_of_policy(tx, policy)
        self.diary.explained[incident_id] = explain(around, self.now, "LOW" if tool.low else "HIGH")

    # Jobs.

    def _beat(self, tool: worlds.Tool) -> None:
        """A job that pings regularly, pauses twice, comes back, and stops for good in the end."""
        assert tool.beat_seconds
        moment = 30.0
        for _ in range(3):
            for _ in range(self.rnd.randint(2, 5)):
                self.after(moment, lambda: self._ping(tool))
                moment += tool.beat_seconds * self.rnd.uniform(0.3, 0.8)
            moment += tool.beat_seconds * self.rnd.uniform(2.5, 3.5)
        self._listen(START + timedelta(seconds=moment + 4 * tool.beat_seconds + 300))

    def _ping(self, tool: worlds.Tool) -> None:
        node = self._any_node()
        if node is None:
            return
        before = len(self.diary.faults)
        known = self._on(node, lambda: heartbeats.ping_step(node.db, [Signal(key=tool.key)]))
        assert known in (None, ["HEARD"])
        if known or self.diary.faults[before][1].endswith("after the commit"):
            self.diary.pings.setdefault(tool.id, []).append(self.now)
            self.note("job", f"{tool.id} pings")

    def _listen(self, until: datetime) -> None:
        for node in self.nodes:
            if node.up:
                self._on(node, lambda node=node: heartbeats.step(node.db))  # type: ignore[misc]
        if self.now < until:
            self.after(LISTEN_SECONDS, lambda: self._listen(until))


async def _never(request: Request) -> Answer:
    raise AssertionError(f"nothing leaves the simulation: {request}")


def _read_token(token: str) -> int | None:
    return read_answer_token(WHERE.secret, token)


def _body(told: dict[str, str]) -> bytes:
    return f'{{"kind": "{told["kind"]}", "key": "{told["key"]}", "mark": "{told["mark"]}"}}'.encode()


def _parse(source: AlertSource, payload: intake.Payload) -> tuple[Event, ...]:
    del source
    said = loads(payload.body)
    return (Event(event_type=said["kind"], summary=f"about {said['mark']}", key=said["key"]),)

"""How fast due notifications leave over many channels at once, and that a stalled provider delays no other."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from benchmarks.figures import Figure, percentile
from benchmarks.ticks import filled, first
from benchmarks.world import World
from tocsin.auth.provider_params import opened, plugin_of, sealed
from tocsin.auth.vault import Vault
from tocsin.channels.email import channel
from tocsin.core.people import PHONE, Contact, Method, User
from tocsin.core.providers import ChannelProvider
from tocsin.engine.deliveries import Lane, Sender
from tocsin.engine.messages import Addresses
from tocsin.engine.provider_lane import ProviderLane
from tocsin.kit.chance import SystemChance
from tocsin.kit.value import replace
from tocsin.plugins import Answer, HttpAnswer, MailAnswer, Request
from tocsin.store import contacts, documents, people
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import PROVIDERS
from tocsin.store.tables import notifications

PROVIDER_SECONDS = 0.2
STALLED_SECONDS = 3600.0
STALLED: Method = "TELEGRAM"
WHERE = Addresses(
    public_url="https://tocsin.example", mail_domain="tocsin.example", secret="s" * 32, replies_heard=False
)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One method, its provider, and somebody who is told by it."""

    method: Method
    target: str
    kind: Method
    """The kind of the address."""
    type: str = ""
    """The provider's; "" is the mail server."""
    params: dict[str, Any] = field(default_factory=dict)
    answer: Answer


_TWILIO = {"accountSid": "AC1", "authToken": "t", "sender": "+4915735990000"}
_CREATED = HttpAnswer(status=201, body=b'{"sid":"SM1","status":"queued"}')
WAYS = (
    Way(method="EMAIL", target="bo@example.org", kind="EMAIL", answer=MailAnswer(code=250, text="taken")),
    Way(method="SMS", target="+491701234567", kind=PHONE, type="twilio", params=_TWILIO, answer=_CREATED),
    Way(method="VOICE", target="+491701234568", kind=PHONE, type="twilio", params=_TWILIO, answer=_CREATED),
    Way(
        method="PUSH",
        target="ntfy:8f3k2q7",
        kind="PUSH",
        type="ntfy",
        answer=HttpAnswer(status=200, body=b'{"id":"n1"}'),
    ),
    Way(
        method=STALLED,
        target="4711",
        kind=STALLED,
        type="telegram",
        params={"botToken": "1:t"},
        answer=HttpAnswer(status=200, body=b'{"ok":true,"result":{"message_id":1}}'),
    ),
)


def measure(world: World, *, count: int, rounds: int) -> Iterator[Figure]:
    """All methods at once; then the others without and with one that stalls, in turn: the machine may be shared."""
    db = world.open()
    try:
        incident = first(db, world)
        share = count // len(WAYS)
        lanes = _Lanes(db, [incident, *filled(db, incident, share)])
        everybody, others = WAYS, [way for way in WAYS if way.method != STALLED]
        whole = max(asyncio.run(lanes.drain(everybody)))
        yield Figure(
            name=f"{share * len(WAYS):,} due notifications over {len(WAYS)} channels, all handed over",
            database=world.kind,
            unit="s",
            rounds=(whole,),
            note=f"{PROVIDER_SECONDS * 1000:.0f} ms an answer; {share * len(WAYS) / whole:.0f} a second",
        )
        lanes.incident_ids = lanes.incident_ids[: max(share // 10, 1)]
        alone, beside = [], []
        for _ in range(rounds):
            alone.append(percentile(asyncio.run(lanes.drain(others)), 99))
            beside.append(percentile(asyncio.run(lanes.drain(everybody, stalled=True)), 99))
        yield Figure(
            name="99 of 100 of the other channels' pages while one provider stalls, against without",
            database=world.kind,
            unit="times",
            rounds=tuple(b / a for a, b in zip(alone, beside, strict=True)),
            note=f"{statistics.median(beside):.2f} s against {statistics.median(alone):.2f} s",
        )
    finally:
        db.close()


class _Handed:
    """When messages were handed over, until all of them were."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.times: list[float] = []
        self.all = asyncio.Event()

    def over(self) -> None:
        """One more."""
        self.times.append(time.perf_counter())
        if len(self.times) >= self.wanted:
            self.all.set()


class _Lanes:
    """A lane for each way, and incidents to tell of."""

    def __init__(self, db: Database, incident_ids: Sequence[int]) -> None:
        self.db = db
        self.incident_ids = list(incident_ids)
        self.generation = 0
        self.chance = SystemChance()
        self.vault = Vault(WHERE.secret, self.chance)
        with db.write() as tx:
            self.contacts = {way.method: self._person(tx, way) for way in WAYS}
            self.providers = {way.method: self._provider(tx, way) for way in WAYS if way.type}

    def _person(self, tx: Transaction, way: Way) -> tuple[int, int]:
        name = way.method.lower()
        person = people.create(tx, User(username=name, email=f"{name}@example.org", first_name=name))
        verified = (way.method,) if way.kind == PHONE else ()
        wanted = Contact(id=0, method=way.kind, target=way.target, verified=verified)
        return person.id, contacts.add(tx, person.id, wanted).id

    def _provider(self, tx: Transaction, way: Way) -> ChannelProvider:
        fresh = ChannelProvider(channel=way.method, type=way.type, name=way.type, report_seconds=0)
        params = sealed(self.vault, fresh, way.params, {})
        return documents.insert(tx, PROVIDERS, replace(fresh, params=params))

    async def drain(self, ways: Sequence[Way], *, stalled: bool = False) -> list[float]:
        """Seconds until each was handed over, of those whose provider works."""
        living = [way for way in ways if not (stalled and way.method == STALLED)]
        handed = _Handed(wanted=len(self.incident_ids) * len(living))
        lanes = [self._lane(way, handed, stalled=way not in living) for way in ways]
        self._make_due(ways)
        begun = time.perf_counter()
        driven = [asyncio.create_task(_drive(lane)) for lane in lanes]
        await handed.all.wait()
        under_way = [task for lane in lanes for task in lane.in_flight if lane.name.startswith(STALLED)]
        for task in (*driven, *(under_way if stalled else ())):
            task.cancel()
        await asyncio.gather(*driven, *(t for lane in lanes for t in lane.in_flight), return_exceptions=True)
        with self.db.write() as tx:
            tx.run(sa.update(notifications).values(due_at=None))
        return [at - begun for at in handed.times]

    def _lane(self, way: Way, handed: _Handed, *, stalled: bool) -> Sender:
        async def perform(request: Request) -> Answer:
            del request
            await asyncio.sleep(STALLED_SECONDS if stalled else PROVIDER_SECONDS)
            handed.over()
            return way.answer

        common = {"db": self.db, "perform": perform, "where": WHERE, "chance": self.chance}
        if not way.type:
            return Lane(**common, channel=channel, sender="tocsin@tocsin.example")  # type: ignore[arg-type]
        provider = self.providers[way.method]
        return ProviderLane(
            **common,  # type: ignore[arg-type]
            provider=provider,
            plugin=plugin_of(provider),
            config=opened(self.vault, provider),
        )

    def _make_due(self, ways: Sequence[Way]) -> None:
        """One page of every incident by each way."""
        self.generation += 1
        with self.db.write() as tx:
            for way in ways:
                ids = tx.ids("notifications", len(self.incident_ids))
                pairs = zip(ids, self.incident_ids, strict=True)
                tx.insert(notifications, [self._row(tx, way, number, i) for number, i in pairs])

    def _row(self, tx: Transaction, way: Way, number: int, incident_id: int) -> dict[str, Any]:
        user_id, contact_id = self.contacts[way.method]
        return {
            "id": number,
            "incident_id": incident_id,
            "user_id": user_id,
            "contact_id": contact_id,
            "method": way.method,
            "target": way.target,
            # Never held back: it is the lanes that are measured.
            "purpose": "FALLBACK",
            "generation": self.generation,
            "cycle": 0,
            "level": 0,
            "rule": way.method,
            "state": "SCHEDULED",
            "due_at": tx.now,
            "created_at": tx.now,
            "attempts": 0,
            "sent_at": None,
            "reason": "",
            "content": None,
        }


async def _drive(lane: Sender) -> None:
    while True:
        if not await lane.step():
            await asyncio.sleep(0.005)

"""Listening to message brokers: everything at least once, and the source shows how it goes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble
from tests.net.brokers import LOCAL, Mosquitto
from tocsin.auth.vault import Vault
from tocsin.core.brokers import PASSWORD_FOR, Broker
from tocsin.core.events import AlertSource
from tocsin.engine import broker_sources
from tocsin.engine.broker_sources import BrokerSources
from tocsin.engine.ingest import Ingest
from tocsin.engine.spool import Spool
from tocsin.kit.errors import Overloaded
from tocsin.kit.value import replace
from tocsin.net.brokers import Client
from tocsin.net.http import Network
from tocsin.net.kafka import KafkaClient
from tocsin.net.mqtt import MqttClient
from tocsin.store import brokers, sources
from tocsin.store.database import Database
from tocsin.store.intake import Outcome, Payload
from tocsin.store.tables import events, incidents


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_sources, "PAUSES_SECONDS", (0.05,))
    monkeypatch.setattr("tocsin.net.mqtt.TURN_SECONDS", 0.1)


@pytest.fixture
def broker(mosquitto: str, tmp_path: Path, free_tcp_port: int) -> Iterator[Mosquitto]:
    running = Mosquitto(mosquitto, tmp_path / "mosquitto", free_tcp_port)
    yield running
    running.stop()


class Intake(Ingest):
    """The real one, which may be told to be full."""

    full = False

    async def receive(self, payload: Payload) -> Outcome:
        if self.full:
            raise Overloaded("too much is waiting")
        return await super().receive(payload)


@dataclass
class House:
    """An account with one source that listens."""

    cast: Cast
    folder: Path
    source: AlertSource = field(init=False)

    def __post_init__(self) -> None:
        self.vault = Vault("s" * 32, self.cast.chance)
        self.intake = Intake(self.cast.db, Spool(self.folder / "spool", self.cast.chance), self.cast.chance)

    def tell(self, kind: str, broker: Broker, **more: Any) -> None:
        wanted = AlertSource(
            name="plant", integration_type=kind, policy_id=self.cast.policy.id, broker=broker, **more
        )
        with self.cast.db.write() as tx:
            self.source = sources.create(tx, wanted, self.cast.chance)

    def change(self, **change: Any) -> None:
        with self.cast.db.write() as tx:
            self.source = sources.change(tx, replace(self.source, **change))

    def process(self, name: str = "one", allowed: Sequence[Network] = LOCAL) -> BrokerSources:
        clients: dict[str, Client] = {"MQTT": MqttClient(), "KAFKA": KafkaClient()}
        return BrokerSources(self.cast.db, self.intake, self.vault, clients, allowed, name)

    @asynccontextmanager
    async def listening(self, process: BrokerSources) -> AsyncIterator[None]:
        stopping, over = asyncio.Event(), asyncio.Event()

        async def steps() -> None:
            while not stopping.is_set():
                await process.step()
                await asyncio.sleep(0.05)

        running, intake = asyncio.create_task(steps()), asyncio.create_task(self.intake.run(over))
        try:
            yield
        finally:
            stopping.set()
            await running
            await process.close()
            over.set()
            await intake

    async def until(self, done: Callable[[], object]) -> None:
        for _ in range(600):
            if await asyncio.to_thread(done):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"it never happened: {self.standing()}, {self.incidents()}")

    def standing(self) -> tuple[str, str]:
        with self.cast.db.read() as tx:
            known = brokers.standing(tx, self.source)
        return (known.state, known.reason) if known else ("", "")

    def connected(self) -> bool:
        return self.standing()[0] == "CONNECTED"

    def away(self, why: str) -> Callable[[], bool]:
        return lambda: self.standing()[0] == "AWAY" and why in self.standing()[1]

    def incidents(self) -> list[tuple[str, str]]:
        with self.cast.db.read() as tx:
            rows = tx.all(sa.select(incidents.c.summary, incidents.c.status).order_by(incidents.c.id))
        return [(row.summary, row.status) for row in rows]

    def received(self) -> int:
        with self.cast.db.read() as tx:
            return int(tx.scalar(sa.select(sa.func.count()).select_from(events)))


@pytest.fixture
def house(db: Database, tmp_path: Path) -> House:
    return House(assemble(db), tmp_path)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


def test_messages_of_a_real_broker_open_and_resolve(house: House, broker: Mosquitto) -> None:
    broker.start()
    house.tell("MQTT", broker.broker("plant/+/state", "alerts/#"))

    async def story() -> None:
        async with house.listening(house.process()):
            await house.until(house.connected)
            broker.publish("plant/7/state", "offline")
            broker.publish("plant/7", "not listened to")
            broker.publish("alerts/a", '{"eventType":"ALERT","alertKey":"a","summary":"Press is hot"}')
            await house.until(lambda: len(house.incidents()) == 2)
            broker.publish("plant/7/state", "online")
            broker.publish("alerts/a", '{"eventType":"RESOLVE","alertKey":"a"}')
            await house.until(lambda: {state for _, state in house.incidents()} == {"RESOLVED"})

    run(story())
    assert house.incidents() == [("plant/7/state: offline", "RESOLVED"), ("Press is hot", "RESOLVED")]


def test_what_is_not_stored_or_comes_meanwhile_is_handed_over_again(house: House, broker: Mosquitto) -> None:
    broker.start()
    house.tell("MQTT", broker.broker("a"))

    async def story() -> None:
        house.intake.full = True
        async with house.listening(house.process()):
            await house.until(house.connected)
            broker.publish("a", "first")
            await house.until(house.away("too much is waiting"))
            house.intake.full = False
            await house.until(lambda: len(house.incidents()) == 1)
        broker.publish("a", "second")
        async with house.listening(house.process("two")):
            await house.until(lambda: house.received() == 2)
            broker.stop()
            await house.until(house.away("onnection"))
            broker.start()
            await house.until(house.connected)

    run(story())


def test_a_source_that_is_switched_off_leaves_nothing_at_the_broker(house: House, broker: Mosquitto) -> None:
    broker.start()
    house.tell("MQTT", broker.broker("a", "b"))

    async def story() -> None:
        async with house.listening(house.process()):
            await house.until(house.connected)
            house.change(active=False)
            await asyncio.sleep(0.5)
            broker.publish("a", "nobody listens")
            house.change(active=True, broker=broker.broker("b"))
            await house.until(house.connected)
            broker.publish("a", "no topic of ours")
            broker.publish("b", "heard")
            await house.until(house.received)

    run(story())
    assert house.incidents() == [("b: heard", "PENDING")]


def test_a_password_is_sealed_and_a_wrong_one_is_told(house: House, broker: Mosquitto) -> None:
    broker.users = {"tocsin": "right"}
    broker.start()
    wrong, right = (house.vault.seal(word, PASSWORD_FOR) for word in ("wrong", "right"))
    house.tell("MQTT", broker.broker("a", username="tocsin", password=wrong))

    async def story() -> None:
        async with house.listening(house.process()):
            await house.until(house.away("Not authorized"))
            house.change(broker=broker.broker("a", username="tocsin", password=right))
            await house.until(house.connected)

    run(story())


def test_private_addresses_are_not_asked_unless_allowed(house: House) -> None:
    house.tell("MQTT", Broker(servers=("127.0.0.1:1883",), topics=("a",)))

    async def story() -> None:
        async with house.listening(house.process(allowed=())):
            await house.until(house.away("TOCSIN_ALLOW_PRIVATE_TARGETS"))
            house.change(broker=Broker(servers=("127.0.0.1:1",), topics=("a",), certificate="nonsense"))
        async with house.listening(house.process("two")):
            await house.until(house.away("certificate"))
            house.change(broker=Broker(servers=("127.0.0.1:1",), topics=("a",)))
            await house.until(house.away("refused"))

    run(story())


def test_a_fault_of_ours_is_told_and_does_not_end_it(
    house: House, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.start()
    house.tell("MQTT", broker.broker("a"))

    async def broken(*_: object) -> None:
        raise ArithmeticError

    async def story() -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MqttClient, "consume", broken)
            process = house.process()
            await process.step()
            await asyncio.sleep(0.2)
            await process.step()
            assert house.away("a fault of Tocsin's")()
            await process.close()
        async with house.listening(process):
            await house.until(house.connected)

    run(story())


@pytest.mark.parametrize("kind, package", [("MQTT", "paho.mqtt"), ("KAFKA", "aiokafka")])
def test_an_extra_that_is_not_installed_is_named(
    house: House, kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    house.tell(kind, Broker(servers=("127.0.0.1:1",), topics=("a",)))

    async def story() -> None:
        async with house.listening(house.process()):
            await house.until(house.away(f"tocsin[{kind.lower()}]"))

    run(story())


def test_one_process_listens_and_another_takes_over(house: House, broker: Mosquitto) -> None:
    broker.start()
    house.tell("MQTT", broker.broker("a"))

    async def story() -> None:
        first, second = house.process("one"), house.process("two")
        await first.step()
        assert await second.step() == 0
        await house.until(house.connected)
        await first.close()
        async with house.listening(second):
            await house.until(house.connected)
            broker.publish("a", "x")
            await house.until(house.received)

    run(story())

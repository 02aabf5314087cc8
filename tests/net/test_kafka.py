"""Listening to Kafka: from the end, everything at least once, and by the same id whenever it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.net.brokers import LOCAL, Kafka, kafka
from tocsin.core.brokers import Message
from tocsin.net import kafka as kafka_client
from tocsin.net.brokers import BrokerAway, Target
from tocsin.net.kafka import KafkaClient


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka_client, "TURN_MS", 50)
    monkeypatch.setattr(kafka_client, "LOOK_EVERY_TURNS", 1)


@pytest.fixture(scope="module")
def broker() -> Iterator[Kafka]:
    with kafka() as running:
        running.publish("alerts", "long ago")
        yield running


def target(broker: Kafka, *topics: str) -> Target:
    return Target(broker.broker(*topics), "tocsin", LOCAL)


@dataclass
class Taker:
    """Takes what comes, once it is allowed to."""

    broker: Kafka
    publish: Sequence[str]
    full: bool = False
    came: list[Message] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, messages: Sequence[Message]) -> None:
        self.came += messages
        if self.full:
            raise BrokerAway("nothing can be stored")
        if len(self.came) >= 2:
            self.done.set()

    async def connected(self) -> None:
        async def later() -> None:
            await asyncio.sleep(0.3)
            for text in self.publish:
                await asyncio.to_thread(self.broker.publish, "alerts", text, "k")

        self.publishing = asyncio.create_task(later())

    async def run(self) -> None:
        consuming = asyncio.create_task(
            KafkaClient().consume(target(self.broker, "alerts"), self.take, self.connected)
        )
        enough = asyncio.create_task(self.done.wait())
        await asyncio.wait({consuming, enough}, return_when=asyncio.FIRST_COMPLETED, timeout=30)
        enough.cancel()
        consuming.cancel()
        await consuming


@pytest.mark.e2e  # a quarter of a minute: the broker gives a group time to gather
def test_a_message_that_was_not_stored_comes_again(broker: Kafka) -> None:
    async def story() -> None:
        first = Taker(broker, ["one"], full=True)
        with pytest.raises(BrokerAway, match="nothing can be stored"):
            await first.run()
        second = Taker(broker, ["two"])
        with pytest.raises(asyncio.CancelledError):
            await second.run()
        assert [message.body for message in first.came] == [b"one"]
        assert [message.body for message in second.came] == [b"one", b"two"]
        assert second.came[0] == first.came[0]
        assert (second.came[0].topic, second.came[0].key) == ("alerts", "k")
        assert second.came[0].id != second.came[1].id

    asyncio.run(story())


def test_what_cannot_be_listened_to_is_told(broker: Kafka) -> None:
    async def why(wanted: Target) -> str:
        async def nothing(*_: object) -> None:
            raise AssertionError

        with pytest.raises(BrokerAway) as away:
            await KafkaClient().consume(wanted, nothing, nothing)
        return away.value.message

    assert asyncio.run(why(target(broker, "others", "alerts"))) == "there is no topic others"
    assert "TOCSIN_ALLOW_PRIVATE_TARGETS" in asyncio.run(why(replace(target(broker, "alerts"), allowed=())))
    closed = Kafka(broker.producer, "127.0.0.1:1")
    assert "127.0.0.1" in asyncio.run(why(target(closed, "alerts")))

"""Message brokers for tests: the real Mosquitto, and the broker that librdkafka brings."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from confluent_kafka import Producer
from paho.mqtt import publish
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from tocsin.core.brokers import Broker

LOCAL = (ip_network("127.0.0.0/8"),)


@dataclass
class Mosquitto:
    """One Mosquitto, which may be stopped and started again."""

    program: str
    folder: Path
    port: int
    users: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            f"allow_anonymous {'false' if self.users else 'true'}",
        ]
        if self.users:
            passwords = self.folder / "passwords"
            passwords.touch(mode=0o600)
            for user, password in self.users.items():
                subprocess.run(["mosquitto_passwd", "-b", passwords, user, password], check=True)
            lines.append(f"password_file {passwords}")
        (self.folder / "conf").write_text("\n".join([*lines, "user root", ""]))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, "-c", self.folder / "conf"], stdout=log, stderr=log
            )
        self._wait()

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait()

    def publish(self, topic: str, text: str, *, retain: bool = False) -> None:
        publish.single(topic, text, qos=1, retain=retain, port=self.port)

    def broker(self, *topics: str, **more: Any) -> Broker:
        return Broker(servers=(f"127.0.0.1:{self.port}",), topics=topics, tls=False, **more)

    def _wait(self) -> None:
        for _ in range(200):
            try:
                Client(CallbackAPIVersion.VERSION2).connect("127.0.0.1", self.port)
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError((self.folder / "log").read_text())


@dataclass
class Kafka:
    """librdkafka's broker: it speaks Kafka's protocol, and lives as long as its producer."""

    producer: Producer
    server: str

    def publish(self, topic: str, text: str, key: str | None = None) -> None:
        self.producer.produce(topic, value=text.encode(), key=key)
        assert self.producer.flush(10) == 0

    def broker(self, *topics: str) -> Broker:
        return Broker(servers=(self.server,), topics=topics, tls=False)


@contextmanager
def kafka() -> Iterator[Kafka]:
    producer = Producer({"bootstrap.servers": "127.0.0.1:1", "test.mock.num.brokers": 1, "log_level": 0})
    (node,) = producer.list_topics(timeout=10).brokers.values()
    yield Kafka(producer, f"{node.host}:{node.port}")

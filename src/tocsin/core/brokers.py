"""What an alert source of type MQTT or KAFKA is told about the message broker that it listens to."""

from __future__ import annotations

import re
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import MaxLen, field, value

TYPES = frozenset({"MQTT", "KAFKA"})
MAX_SERVERS = 10
MAX_TOPICS = 20
MAX_TOPIC = 1_000
MAX_CERTIFICATE = 65_536
PASSWORD_FOR = "the password of an alert source's broker"  # noqa: S105 - what the vault binds it to
_SERVER = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}):(?P<port>[0-9]{1,5})")
_KAFKA_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
State = Literal["CONNECTING", "CONNECTED", "AWAY"]


@value
class Broker:
    """Where the messages are, and how to get at them."""

    servers: Annotated[tuple[Annotated[str, MaxLen(300)], ...], MaxLen(MAX_SERVERS)] = ()
    """`host:port`. Of MQTT one; of Kafka those that are asked for the others."""
    topics: Annotated[tuple[Annotated[str, MaxLen(MAX_TOPIC)], ...], MaxLen(MAX_TOPICS)] = ()
    """Names; of MQTT also filters with `+` and `#`."""
    tls: bool = True
    certificate: Annotated[str, MaxLen(MAX_CERTIFICATE)] = ""
    """PEM of the authority that signed the broker's certificate; empty for one that everybody trusts."""
    username: Annotated[str, MaxLen(255)] = ""
    password: Annotated[str, MaxLen(2_000)] = field(default="", repr=False)
    """Stored encrypted, never shown."""
    mechanism: Mechanism = "PLAIN"
    """Kafka: how the password is shown to it."""
    group: Annotated[str, MaxLen(200)] = ""
    """The client id (MQTT) or consumer group (Kafka) by which the broker knows what was taken; made if empty."""


@value
class Message:
    """What a broker hands over."""

    topic: str
    body: bytes
    key: str = ""
    """Kafka's; "" for none."""
    id: str = ""
    """A UUID that the same message has whenever it is handed over; "" where the broker gives it none."""


@value
class Standing:
    """How a source and its broker get on."""

    state: State
    since: datetime
    reason: str = ""
    """Why it is away."""


def hosts(servers: tuple[str, ...]) -> list[tuple[str, int]]:
    """Servers as hosts and ports. Raises BadInput."""
    found = []
    for place, server in enumerate(servers):
        match = _SERVER.fullmatch(server)
        if match is None or not 0 < int(match["port"]) < 65_536:
            raise BadInput.at(f"servers.{place}", "write host:port, for example mqtt.example.com:8883")
        found.append((match["host"].strip("[]"), int(match["port"])))
    return found


def checked(kind: str, broker: Broker) -> Broker:
    """The settings of a source of a type. Raises BadInput with the field's name of each that is wrong."""
    lists = {"servers": broker.servers, "topics": broker.topics}
    problems = [Problem(name, "name at least one") for name, found in lists.items() if not found]
    try:
        hosts(broker.servers)
    except BadInput as wrong:
        problems += wrong.problems
    if kind == "MQTT" and len(broker.servers) > 1:
        problems.append(Problem("servers", "MQTT has one server"))
    fits, how = (
        (_mqtt_topic, "a topic, or a filter with + or # as whole levels") if kind == "MQTT" else _KAFKA
    )
    problems += [Problem(f"topics.{n}", f"write {how}") for n, t in enumerate(broker.topics) if not fits(t)]
    if broker.certificate and "-----BEGIN CERTIFICATE-----" not in broker.certificate:
        problems.append(Problem("certificate", "paste a certificate in PEM, with its first and last line"))
    if problems:
        raise BadInput(*problems)
    return broker


def group_of(broker: Broker, integration_key: str) -> str:
    """The name by which the broker remembers us: the one said, else one of this source's own."""
    return broker.group or f"tocsin-{sha256(integration_key.encode()).hexdigest()[:12]}"


def _mqtt_topic(text: str) -> bool:
    levels = text.split("/")
    whole = all(level in ("+", "#") or not {"+", "#"} & set(level) for level in levels)
    shared = text.startswith("$share/")
    return bool(text) and whole and not shared and "#" not in levels[:-1] and "\0" not in text


def _kafka_topic(text: str) -> bool:
    return _KAFKA_TOPIC.fullmatch(text) is not None and text not in (".", "..")


_KAFKA = (_kafka_topic, "the name of a topic: letters, digits, dots, dashes and underscores")

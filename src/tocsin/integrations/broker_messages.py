"""Messages of a broker, which may say anything: our own JSON, the JSON of a tool, or a word.

A message that has no key of its own belongs to the topic it came on, so that `online` ends what `offline` began.
Kafka's key stands for it, where there is one.
"""

from __future__ import annotations

from tocsin.core.events import Event, NothingToReport
from tocsin.integrations import speaking, webhook
from tocsin.integrations.reading import Doc
from tocsin.kit.errors import BadInput
from tocsin.kit.value import loads
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """The message as an event. Raises NothingToReport for an empty one, by which brokers delete."""
    topic = inbound.query.get("topic", "")
    if speaking.speaks(inbound) or not topic:
        return speaking.parse(inbound)
    text = inbound.body.decode("utf-8", "replace").strip()
    if not text:
        raise NothingToReport(f"an empty message on {topic}")
    try:
        said = Doc(loads(inbound.body))
    except BadInput:
        said = Doc(text)
    if not isinstance(said.data, dict):
        said = Doc({"title": f"{topic}: {text}", "state": text})
    return (webhook.guess(said, key=inbound.query.get("key") or topic),)


def _tool(kind: str, name: str, tested: str) -> Integration:
    return Integration(
        type=kind,
        name=name,
        parse=parse,
        opens="eventType ALERT; any other message with something like a summary, or a word",
        accepts="eventType ACCEPT; a state like acknowledged, accepted",
        resolves="eventType RESOLVE; a state or word like ok, online, resolved, recovered",
        tested=tested,
    )


kafka = _tool("KAFKA", "Apache Kafka", "librdkafka's broker, by aiokafka")
mqtt = _tool("MQTT", "MQTT", "Mosquitto 2.0 (Debian), by paho-mqtt")

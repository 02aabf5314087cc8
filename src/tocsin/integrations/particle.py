"""Particle devices, by a webhook with its default data: what a device publishes may be anything.

It is read like a message of a broker whose topic is the event; a device's events of one name are one problem.
"""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations import broker_messages, webhook
from tocsin.integrations.reading import event, read
from tocsin.kit.value import replace
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """What the device published as an event."""
    said = read(inbound)
    name, device, data = said.text("event"), said.text("coreid"), said.text("data")
    if not (name and device):
        return webhook.parse(inbound)
    key = f"{device}/{name}"
    if not data:
        return (event("ALERT", key=key, summary=f"{name} ({device})", labels={"device": device}, raw=said),)
    message = Inbound(body=data.encode("utf-8", "replace"), query={"topic": name, "key": key})
    return tuple(
        replace(found, labels={**found.labels, "device": device}) for found in broker_messages.parse(message)
    )


integration = Integration(
    type="PARTICLE",
    name="Particle",
    parse=parse,
    opens="an event without data, with our own JSON (eventType ALERT), other JSON or any word",
    accepts="eventType ACCEPT; a state like acknowledged, accepted",
    resolves="eventType RESOLVE; a state or word like ok, online, resolved, recovered",
)

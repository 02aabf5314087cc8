"""Text messages that are alerts: what somebody writes to a number of ours who is none of our people.

They go to the alert source of type SMS, if there is one (of several the oldest). A message from a person's own
number is an answer to a page, as ever.
"""

from __future__ import annotations

from hashlib import sha256

from tocsin.core.events import AlertSource, Event
from tocsin.core.providers import ChannelProvider
from tocsin.core.replies import understand
from tocsin.integrations.api import integration
from tocsin.kit.chance import SystemChance
from tocsin.kit.value import dumps
from tocsin.plugins import Inbound, Reply
from tocsin.store import documents, intake
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES

TYPE = "SMS"
MAX_SUMMARY = 255


def take(tx: Transaction, provider: ChannelProvider, reply: Reply) -> bool:
    """Take in a stranger's text as an event; whether there is a source for it."""
    text = reply.text.strip()
    if provider.channel != "SMS" or not text or reply.token or reply.reference:
        return False
    source = documents.find(tx, SOURCES, integration_type=TYPE)
    if source is None or understand(text).meaning in ("STOP", "START"):
        return False
    told = {
        "eventType": "ALERT",
        "summary": " ".join(text.split())[:MAX_SUMMARY],
        "details": f"{text}\n\nFrom {reply.from_address or 'an unknown number'}, by {provider.name or provider.type}.",
        "labels": {"from": reply.from_address or ""},
    }
    payload = intake.Payload(
        key=source.integration_key,
        body=dumps(told).encode(),
        content_type="application/json",
        spool_id=_once(provider, reply),
        dialect=integration.type,
    )
    intake.take_in(tx, [payload], _parse, SystemChance())
    return True


def _once(provider: ChannelProvider, reply: Reply) -> str | None:
    """A provider that tells us a second time tells nothing new."""
    return sha256(f"sms {provider.id} {reply.key}".encode()).hexdigest() if reply.key else None


def _parse(source: AlertSource, payload: intake.Payload) -> tuple[Event, ...]:
    """Our own events are written as the event API has them."""
    del source
    return integration.parse(Inbound(body=payload.body))

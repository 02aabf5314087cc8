"""Whoever carries messages besides the mail server: two for texts, one for calls, one for push, one for chat.

They refuse, are away, ask for pauses and lose answers; those that report do it late, twice, wrongly or never.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.delivery import Receipt, ReportState
from tocsin.core.people import PHONE, Contact, Method
from tocsin.core.providers import ChannelProvider
from tocsin.store import contacts, documents, people
from tocsin.store.database import Transaction
from tocsin.store.kinds import PROVIDERS

if TYPE_CHECKING:
    from tests.sim.world import Human, Temper

CARRIERS: tuple[tuple[Method, str, int], ...] = (
    ("SMS", "twilio", 0),
    ("SMS", "vonage", 1),
    ("VOICE", "twilio", 0),
    ("PUSH", "ntfy", 0),
    ("TELEGRAM", "telegram", 0),
)
REPORTING = ("SMS", "VOICE")
REPORT_SECONDS, LATE_SECONDS = 150, 200
"""Longer than a lease: what nobody needs any more is not sent again only because no report came."""
REPORTED_FAILED = 599
"""The code of what was taken and never arrived."""


@dataclass
class Fate:
    """What becomes of a message that is handed over."""

    receipt: Receipt
    left: bool
    code: int
    reports: tuple[tuple[float, ReportState], ...] = ()
    """What is reported of it, and after how many seconds."""
    unreported: bool = False
    """It arrived, and no report says so in time."""


def fate(rnd: random.Random, temper: Temper, method: Method, health: str, *, faulty: bool) -> Fate:
    """What a carrier does with a message to an address of that health."""
    if faulty and rnd.random() < temper.temporary:
        pause = rnd.choice((None, None, 5.0, 60.0))
        return Fate(Receipt(outcome="TEMPORARY", answer="busy", pause_seconds=pause), left=False, code=429)
    if health != "GOOD":
        return Fate(Receipt(outcome="PERMANENT", answer="not wanted"), left=False, code=554)
    if faulty and rnd.random() < temper.lost_answer:
        receipt = Receipt(outcome="UNKNOWN", answer="connection lost")
        return Fate(receipt, left=rnd.random() < 0.6, code=0)
    sent = Receipt(outcome="SENT", answer="queued")
    if method not in REPORTING:
        return Fate(sent, left=True, code=250)
    match (
        rnd.choice(("prompt", "prompt", "twice", "late", "never", "failed", "lost")) if faulty else "prompt"
    ):
        case "twice":
            return Fate(
                sent,
                left=True,
                code=250,
                reports=((2, "DELIVERED"), (3, "SEEN"), (LATE_SECONDS, "DELIVERED")),
            )
        case "late":
            return Fate(sent, left=True, code=250, reports=((LATE_SECONDS, "DELIVERED"),), unreported=True)
        case "never":
            return Fate(sent, left=True, code=250, unreported=True)
        case "failed":
            return Fate(sent, left=False, code=REPORTED_FAILED, reports=((3, "FAILED"),))
        case "lost":
            return Fate(sent, left=False, code=REPORTED_FAILED)
        case _:
            return Fate(sent, left=True, code=250, reports=((1, "DELIVERED"),))


def providers(tx: Transaction) -> list[ChannelProvider]:
    """Store one of each."""
    return [
        documents.insert(
            tx,
            PROVIDERS,
            ChannelProvider(
                channel=method, type=kind, name=kind, position=position, report_seconds=REPORT_SECONDS
            ),
        )
        for method, kind, position in CARRIERS
    ]


def reach(rnd: random.Random, tx: Transaction, human: Human, delays: tuple[int, ...]) -> list[Contact]:
    """Give somebody a telephone, a device and a chat, perhaps, and rules for them; the new addresses."""
    found = []
    for kind, target, methods, odds in (
        (PHONE, f"+49170{4_000_000 + human.id}", ("SMS", "VOICE"), 0.5),
        ("PUSH", f"ntfy:{human.name}", ("PUSH",), 0.3),
        ("TELEGRAM", f"{700_000 + human.id}", ("TELEGRAM",), 0.3),
    ):
        if rnd.random() >= odds:
            continue
        verified = methods if kind == PHONE else ()
        contact = contacts.add(
            tx, human.id, Contact(id=0, method=kind, target=target, verified=verified, main=True)
        )
        found.append(contact)
        for method in rnd.sample(methods, rnd.randint(1, len(methods))):
            delay = rnd.choice(delays)
            people.add_rule(tx, human.id, kind="HIGH", method=method, delay_min=delay, contact_id=contact.id)
            human.high.append((delay, contact.id))
    return found

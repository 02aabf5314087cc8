"""Mails that are alerts: from an address to its source, and in by the way of every other event."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tocsin.channels.mail_source import read_mail
from tocsin.core.mail_source import CONTENT_TYPE, TYPES, ours_among
from tocsin.deployment import Intake
from tocsin.store import sources
from tocsin.store.database import Database
from tocsin.store.intake import Outcome, Payload

MAX_KEPT = 1_048_576
"""Bytes of a mail that are kept and read, attachments included; what lies beyond is cut off."""


@dataclass(frozen=True)
class MailAlerts:
    """Takes in mails for e-mail sources."""

    db: Database
    intake: Intake
    domain: str

    async def take(self, envelope: tuple[str, ...], raw: bytes) -> str:
        """Take in a mail for every source that it is for; the SMTP reply, "" when it is for none.

        Raises Overloaded or DatabaseAway: then nothing is promised, and the sending server tries again.
        """
        raw = raw[:MAX_KEPT]
        addresses = await asyncio.to_thread(self._addresses, envelope, raw)
        outcomes = [
            await self.intake.receive(Payload(key=address, body=raw, content_type=CONTENT_TYPE))
            for address in addresses
        ]
        return f"250 2.0.0 {', '.join(map(_said, outcomes))}" if outcomes else ""

    def _addresses(self, envelope: tuple[str, ...], raw: bytes) -> list[str]:
        """The sources' addresses that a mail is for: the envelope's, else those that its headers name.

        A mail that was forwarded to us arrives for whatever address the forwarder knew.
        """
        # Mails may be large and odd: they are read before a transaction is open.
        named, mail = ours_among(envelope, self.domain), read_mail(raw)
        with self.db.read() as tx:
            known = sources.by_keys(tx, named) if named else {}
            if not known and (named := ours_among(mail.recipients, self.domain)):
                known = sources.by_keys(tx, named)
        return [address for address in named if address in known and known[address].integration_type in TYPES]


def _said(outcome: Outcome) -> str:
    if outcome.spooled:
        return "stored"
    return " ".join(taken.verdict.effect.lower() for taken in outcome.taken) or "kept"

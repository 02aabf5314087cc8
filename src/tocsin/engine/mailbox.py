"""Emptying a mailbox: mails that are alerts, where nothing can be delivered to us by SMTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from tocsin.channels.mail_source import read_mail
from tocsin.core.mail_source import mailbox_addresses
from tocsin.engine.mail_alerts import MAX_KEPT, MailAlerts
from tocsin.kit.clock import from_micros, to_micros
from tocsin.kit.errors import Overloaded
from tocsin.net.imap import Fetched, ImapMailbox, MailboxAway
from tocsin.store import facts
from tocsin.store.database import Database, DatabaseAway

EVERY = timedelta(seconds=30)
FACT = "mailbox"

log = structlog.get_logger()


@dataclass
class MailboxReader:
    """Looks into one mailbox every half minute, in one process at a time."""

    db: Database
    mailbox: ImapMailbox
    alerts: MailAlerts

    async def step(self) -> int:
        """Take in what is new; how many mails. A mailbox that is away is no fault of ours: it is logged."""
        if not await asyncio.to_thread(self._claim):
            return 0
        try:
            fetched = await asyncio.to_thread(self.mailbox.unseen, MAX_KEPT)
            stored = [mail.uid for mail in fetched if await self._stored(mail)]
            if stored:
                await asyncio.to_thread(self.mailbox.mark_seen, stored)
        except MailboxAway as away:
            log.warning("mailbox not read", reason=away.message)
            return 0
        return len(stored)

    async def next_due(self) -> datetime | None:
        """When to look again."""
        return await asyncio.to_thread(self._next)

    async def _stored(self, mail: Fetched) -> bool:
        """Whether a mail is done with; one for no source is, and is left in the mailbox for a person."""
        read = await asyncio.to_thread(read_mail, mail.raw)
        named = mailbox_addresses(read.recipients, self.alerts.domain)
        try:
            taken = await self.alerts.take(named, mail.raw)
        except (Overloaded, DatabaseAway) as wrong:
            log.warning("a mail waits in the mailbox", reason=wrong.message)
            return False
        if not taken:
            log.warning("a mail in the mailbox is for no alert source", uid=mail.uid)
        return True

    def _claim(self) -> bool:
        with self.db.write() as tx:
            known = facts.get(tx, FACT)
            if known and from_micros(known["at"]) + EVERY > tx.now:
                return False
            facts.put(tx, FACT, {"at": to_micros(tx.now)})
        return True

    def _next(self) -> datetime | None:
        with self.db.read() as tx:
            known = facts.get(tx, FACT)
        return from_micros(known["at"]) + EVERY if known else None

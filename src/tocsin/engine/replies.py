"""Mails that come in: answers to a page, bounces, and mails that are alerts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from tocsin.auth.answer_tokens import read_answer_token
from tocsin.channels.mail_replies import Bounce, Reply, read_address, read_bounce, read_reply
from tocsin.core.delivery import Notification, Receipt
from tocsin.core.incidents import ANSWERS
from tocsin.core.notices import without_effect
from tocsin.core.people import Actor
from tocsin.engine.mail_alerts import MailAlerts
from tocsin.engine.outcomes import fail
from tocsin.kit.errors import Refused
from tocsin.languages import Language
from tocsin.net.inbound_smtp import InboundMail
from tocsin.store import decisions, notifications, people, trials
from tocsin.store.database import Database, Transaction

log = structlog.get_logger()


@dataclass(frozen=True)
class Mailroom:
    """Handles what the inbound listener receives."""

    db: Database
    secret: str
    alerts: MailAlerts | None = None
    """Takes in the mails that are alerts."""

    async def handle(self, mail: InboundMail) -> str:
        """Process one mail durably; the SMTP reply."""
        taken = await self.alerts.take(mail.recipients, mail.raw) if self.alerts else ""
        answer = await asyncio.to_thread(self.process, mail.sender, mail.recipients, mail.raw)
        return taken if taken and not answer.startswith("2") else answer

    def process(self, sender: str, recipients: tuple[str, ...], raw: bytes) -> str:
        """As `handle`, at once."""
        for recipient in recipients:
            known = read_address(recipient)
            number = read_answer_token(self.secret, known.token) if known else None
            if known is None or number is None:
                continue
            # Mails may be large and odd: they are read before a transaction is open.
            bounce, reply = read_bounce(raw, sender), read_reply(raw, sender)
            with self.db.write() as tx:
                notification = notifications.one(tx, number)
                if notification is None:
                    continue
                if known.kind == "BOUNCE":
                    return _bounced(tx, notification, bounce)
                return _answered(tx, notification, reply)
        return "550 5.1.1 no such address here"


def _answered(tx: Transaction, n: Notification, reply: Reply) -> str:
    if reply.action == "AUTO":
        return "250 2.0.0 automatic reply ignored"
    person = people.load(tx, (n.user_id,)).get(n.user_id)
    if person is None or (n.answers_for is None and n.purpose != "TEST"):
        return "550 5.7.1 this address takes no replies"
    outcome = _perform(tx, n, reply.action, Actor.of(person, "EMAIL"))
    answer = notifications.Answer(
        notification_id=n.id, at=tx.now, via="EMAIL", text=reply.line, outcome=outcome
    )
    notifications.add_reply(tx, answer)
    _confirm(tx, n, outcome, person.language)
    return f"250 2.0.0 {outcome.lower().replace('_', ' ')}"


def _perform(tx: Transaction, n: Notification, action: str, by: Actor) -> str:
    """Do it; the outcome as a code."""
    if action not in ANSWERS:
        return "NOT_UNDERSTOOD"
    if n.answers_for is None:
        trials.answered(tx, n.user_id)
        return "TESTED"
    try:
        decisions.perform(tx, n.answers_for, ANSWERS[action](by=by))
    except Refused as refused:
        return refused.code
    return action


def _confirm(tx: Transaction, n: Notification, outcome: str, language: Language) -> None:
    """A reply that did nothing is answered: silence would look like success."""
    said = without_effect(outcome, n.incident_id, language)
    if said is not None:
        content = {"purpose": "NOTICE", "method": n.method, **said}
        notifications.schedule_notice(tx, n.user_id, n.contact_id, n.target, content)


def _bounced(tx: Transaction, n: Notification, bounce: Bounce | None) -> str:
    if bounce is None or bounce.action != "FAILED":
        return "250 2.0.0 noted"
    receipt = Receipt(
        outcome="PERMANENT",
        answer=f"bounced: {bounce.diagnostic or bounce.status}",
        bounced=bounce.address_fault,
    )
    fail(tx, n, receipt)
    return "250 2.0.0 bounce noted"

"""What providers call us for: reports and answers, proven to be theirs, processed durably, answered in place."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import structlog

from tocsin.auth.answer_tokens import read_answer_token
from tocsin.auth.callback_tokens import callback_url, read_callback_token
from tocsin.auth.provider_params import opened, plugin_of
from tocsin.auth.vault import Vault
from tocsin.core.delivery import Notification, Receipt
from tocsin.core.providers import ChannelProvider
from tocsin.engine import answers, enrolments, sms_alerts
from tocsin.engine.deliveries import Perform
from tocsin.engine.messages import Addresses, compose
from tocsin.engine.outcomes import fail
from tocsin.engine.provider_lane import takes
from tocsin.kit.errors import NotFound
from tocsin.kit.value import replace
from tocsin.plugins import Answered, Callback, HttpReply, Reply, Report, Request, Sending
from tocsin.plugins.said import hearing
from tocsin.store import documents, leases, notifications, providers, receipts
from tocsin.store.database import Database, Transaction
from tocsin.store.kinds import PROVIDERS

MOST_AT_ONCE = 100
"""Reports and answers in one call."""
REDRAW_SECONDS = 2.0
"""Slack and Telegram wait for our answer meanwhile: Slack for three."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What comes of a provider's call."""

    reply: HttpReply
    redraws: tuple[Request, ...] = ()
    """Requests by which messages that were answered show how things stand now."""


@dataclass(frozen=True, kw_only=True)
class Callbacks:
    """Takes providers' calls."""

    db: Database
    where: Addresses
    vault: Vault
    perform: Perform

    async def receive(self, token: str, callback: Callback) -> HttpReply:
        """Process one call; what to give back. Raises NotFound, Forbidden, BadInput."""
        taken = await asyncio.to_thread(self.process, token, callback)
        await self.redraw(taken)
        return taken.reply

    async def redraw(self, taken: Taken) -> None:
        """Let the messages that were answered show how things stand. Nothing depends on it: it is tried once."""
        for request in taken.redraws:
            with suppress(TimeoutError):
                async with asyncio.timeout(REDRAW_SECONDS):
                    await self.perform(request)

    def process(self, token: str, callback: Callback) -> Taken:
        """As `receive`, at once, and without redrawing."""
        return self.take(self._provider(token), callback)

    def take(self, provider: ChannelProvider, callback: Callback) -> Taken:
        """Process what a provider told us; what comes of it. Raises Forbidden, BadInput."""
        plugin, config = plugin_of(provider), opened(self.vault, provider)
        with hearing(plugin.name):
            heard = plugin.hear(callback, config)
        with self.db.write() as tx:
            for report in heard.reports[:MOST_AT_ONCE]:
                self._report(tx, provider, report)
            answered = tuple(self._answer(tx, provider, reply) for reply in heard.replies[:MOST_AT_ONCE])
        url = callback_url(self.where.public_url, self.where.secret, provider.id)
        shown = (plugin.redraw(each, config) for each in answered if each.message is not None)
        return Taken(
            reply=plugin.respond(heard, answered, config, Sending(callback_url=url)),
            redraws=tuple(request for request in shown if request is not None),
        )

    def _provider(self, token: str) -> ChannelProvider:
        number = read_callback_token(self.where.secret, token)
        if number is None:
            raise NotFound("there is no such address")
        with self.db.read() as tx:
            return documents.get(tx, PROVIDERS, number)

    def _read_token(self, token: str) -> int | None:
        return read_answer_token(self.where.secret, token)

    def _answer(self, tx: Transaction, provider: ChannelProvider, reply: Reply) -> Answered:
        if reply.enrols:
            return enrolments.take(tx, provider, reply, self.where.secret)
        answered = answers.take(tx, provider, reply, self._read_token)
        if answered.outcome == "UNKNOWN" and not answered.text:
            sms_alerts.take(tx, provider, reply)
            return answered
        number = self._read_token(reply.token) if reply.token else None
        n = notifications.one(tx, number) if number is not None else None
        if n is None or answered.outcome == "UNKNOWN":
            return answered
        message = compose(tx, [n], self.where)[n.id]
        # A test that was answered asks for no more.
        tested = answered.outcome == "TESTED"
        return replace(answered, message=replace(message, answers=None) if tested else message)

    def _report(self, tx: Transaction, provider: ChannelProvider, report: Report) -> None:
        n = self._reported(tx, provider, report)
        if n is None:
            log.info("report about nothing we know", provider=provider.id, reference=report.reference)
            return
        match report.state:
            case "DELIVERED" | "SEEN":
                receipts.arrived(tx, n, seen=report.state == "SEEN")
            case "FAILED":
                failed(tx, provider, n, report)
            case "SENT":
                pass

    def _reported(self, tx: Transaction, provider: ChannelProvider, report: Report) -> Notification | None:
        # A gateway that names messages by itself and one that hands our own name back use the same field.
        number = self._read_token(report.token or report.reference or "")
        if number is not None:
            n = receipts.locked(tx, number)
        else:
            named = None if report.token else report.reference
            n = receipts.by_reference(tx, provider.channel, named) if named else None
        return n if n is not None and n.method == provider.channel else None


def failed(tx: Transaction, provider: ChannelProvider, n: Notification, report: Report) -> None:
    """The provider could not deliver: the next one tries; a call that nobody took brings the next rule forward."""
    if n.provider_id != provider.id or n.arrived or n.state not in ("SENDING", *notifications.LEFT):
        # Late news of an earlier attempt, or news that contradicts what we know.
        return
    reason = f"{provider.name}: {report.reason or 'not delivered'}"
    receipt = Receipt(outcome="PERMANENT", answer=reason[:500], bounced=report.bounced)
    leases.finish(tx, [(n.id, n.attempts, receipt.outcome, receipt.answer)])
    others = providers.others(tx, [n], takes, reports=True)[n.id]
    final = report.bounced or n.method == "VOICE" or notifications.no_longer_wanted(tx, (n.id,))
    if final or others.next_id is None:
        fail(tx, n, receipt)
        return
    again = replace(
        n, state="SCHEDULED", due_at=tx.now, provider_id=others.next_id, reason=reason, report_due_at=None
    )
    leases.settle(tx, [again])
    tx.wake(f"deliveries:{n.method}")

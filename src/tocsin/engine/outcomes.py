"""What the outcomes of attempts and the reports of providers make of notifications, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from tocsin.core.delivery import Failover, Notification, Receipt, settle
from tocsin.core.incidents import Unreached
from tocsin.kit.chance import Chance
from tocsin.kit.value import replace
from tocsin.store import contacts, decisions, incidents, leases, notifications, providers, reached, throttling
from tocsin.store.database import Transaction

log = structlog.get_logger()

Result = tuple[Notification, Receipt]
LONGEST_PAUSE = timedelta(hours=1)
"""What a provider may ask for; more is a mistake of its."""


def settle_results(
    tx: Transaction, results: Sequence[Result], chance: Chance, others: Mapping[int, Failover]
) -> None:
    """Store the outcomes of attempts, and let what failed move on: next provider, rule, level, fallback."""
    held = leases.held(tx, [(n.id, n.attempts) for n, _ in results])
    mine = [(held[n.id], receipt) for n, receipt in results if n.id in held]
    leases.finish(tx, [(n.id, n.attempts, r.outcome, r.answer) for n, r in mine])
    late = _late(tx, mine)
    settled = [settle(n, receipt, tx.now, chance.unit(), others.get(n.id)) for n, receipt in mine]
    leases.settle(tx, [_dropped(s.notification, late) for s in settled])
    _pause(tx, mine)
    for outcome, (_, receipt) in zip(settled, mine, strict=True):
        if outcome.failed:
            _failed(tx, outcome.notification, receipt)
        elif outcome.notification.due_at is not None and outcome.notification.due_at <= tx.now:
            tx.wake(f"deliveries:{outcome.notification.method}")


def fail(tx: Transaction, n: Notification, receipt: Receipt) -> None:
    """A notification that had left came back, or cannot leave at all: it never arrives."""
    failed = replace(n, state="FAILED", due_at=None, report_due_at=None, reason=receipt.answer)
    leases.settle(tx, [failed])
    _failed(tx, failed, receipt)


def _late(tx: Transaction, mine: Sequence[Result]) -> set[int]:
    unsure = [n.id for n, r in mine if r.outcome in ("TEMPORARY", "UNKNOWN")]
    return notifications.no_longer_wanted(tx, unsure) if unsure else set()


def _dropped(n: Notification, late: set[int]) -> Notification:
    """A page that would be tried again, but that nobody needs any more."""
    if n.state == "SCHEDULED" and n.id in late:
        return replace(n, state="CANCELLED", due_at=None, reason=notifications.NO_LONGER_WANTED)
    return n


def _pause(tx: Transaction, mine: Sequence[Result]) -> None:
    for n, receipt in mine:
        if receipt.pause_seconds and n.provider_id is not None:
            pause = min(timedelta(seconds=receipt.pause_seconds), LONGEST_PAUSE)
            providers.pause(tx, n.provider_id, tx.now + pause, receipt.answer)


def _failed(tx: Transaction, failed: Notification, receipt: Receipt) -> None:
    """Go on at once: the person's next rule, else the next level, else the fallback."""
    log.warning("delivery failed", notification=failed.id, answer=receipt.answer)
    if receipt.bounced and failed.contact_id is not None:
        contacts.give_up(tx, failed.contact_id, failed.method, "BOUNCED", receipt.answer)
    if failed.purpose == "SUMMARY":
        for one in throttling.told_in(tx, failed):
            _go_on(tx, one, receipt)
    else:
        _go_on(tx, failed, receipt)


def _go_on(tx: Transaction, failed: Notification, receipt: Receipt) -> None:
    if failed.purpose not in notifications.PAGING or failed.incident_id is None:
        return
    if notifications.hasten(tx, failed):
        return
    if incidents.get(tx, failed.incident_id).escalation.generation != failed.generation:
        # The escalation has started anew since: its own pages speak for it.
        return
    _, level_alive, _ = reached.reach(tx, (failed.incident_id,)).get(failed.incident_id, (False,) * 3)
    if not level_alive:
        decisions.perform(tx, failed.incident_id, Unreached(reason=receipt.answer))

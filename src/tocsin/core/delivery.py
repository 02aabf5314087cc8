"""The life of one notification: intent, attempts, outcome.

Rule: the intent is stored before anything is sent, “sending” is never a final state, and a
duplicate beats a loss. An attempt whose outcome nobody knows (a crash, a connection lost after
the message left) is sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from tocsin.core.notifying import Purpose
from tocsin.core.people import Method
from tocsin.kit.value import replace, value

State = Literal["SCHEDULED", "SENDING", "SENT", "DELIVERED", "SEEN", "ANSWERED", "FAILED", "CANCELLED"]
ReportState = Literal["SENT", "DELIVERED", "SEEN", "FAILED"]
Outcome = Literal["SENT", "TEMPORARY", "PERMANENT", "UNKNOWN"]

LEASE = timedelta(seconds=60)
"""How long one process may take over an attempt before another tries it again."""
MAX_ATTEMPTS = 15
"""With the back-off below a provider may be away for about two hours."""
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 900.0


@value
class Receipt:
    """What a channel reads out of the provider's answer."""

    outcome: Outcome
    answer: str = ""
    """The provider's own words, shown in the ledger."""
    reference: str | None = None
    """The provider's id of the message, for its later reports."""
    bounced: bool = False
    """The address itself is wrong: it is not used again until somebody mends it."""
    pause_seconds: float | None = None
    """The provider asks us to slow down (429, Retry-After): nothing is sent through it for so long."""


@value
class Notification:
    """One message to one person on one channel: a line of the page ledger."""

    id: int
    incident_id: int | None
    user_id: int
    contact_id: int | None
    method: Method
    target: str
    purpose: Purpose
    generation: int = 0
    cycle: int = 0
    level: int = 0
    rule: str = ""
    state: State = "SCHEDULED"
    due_at: datetime | None
    """When it is sent (SCHEDULED), or when its lease runs out (SENDING); None: nothing more happens."""
    created_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    reason: str = ""
    """Why it is in this state, in words."""
    provider_id: int | None = None
    """Who sends it, or tries next; None: the first in order, or the mail server."""
    reference: str | None = None
    """The provider's own id of it."""
    report_due_at: datetime | None = None
    """When a delivery report has to be here; None: none is expected."""
    delivered_at: datetime | None = None
    seen_at: datetime | None = None
    answered_at: datetime | None = None

    @property
    def answers_for(self) -> int | None:
        """The incident that whoever got it may answer; who is only kept informed may not."""
        return self.incident_id if self.purpose != "SUBSCRIPTION" else None

    @property
    def tries_provider(self) -> bool:
        """Whether it is a test of the provider that has it: then nobody else may send it."""
        return self.purpose == "TEST" and self.contact_id is None

    @property
    def heard_of(self) -> State:
        """How far it came by what was reported and answered."""
        if self.answered_at is not None:
            return "ANSWERED"
        if self.seen_at is not None:
            return "SEEN"
        return "DELIVERED" if self.delivered_at is not None else "SENT"

    @property
    def arrived(self) -> bool:
        """Whether there is a sign that it reached the person's device."""
        return self.heard_of != "SENT"


@value
class Settled:
    """A notification after an attempt."""

    notification: Notification
    failed: bool = False
    """It will never arrive: the person's next rule is due, and the level may have reached nobody."""


@value
class Failover:
    """Who could send it instead."""

    next_id: int | None = None
    """The provider after this one."""
    first_id: int | None = None
    """The provider to begin again with; None where there is only one way, or none is expected to report."""
    report_within: timedelta | None = None
    """How long the present provider may take for its delivery report; None: it makes none."""


def settle(
    sent: Notification, receipt: Receipt, now: datetime, unit: float, others: Failover | None = None
) -> Settled:
    """What the outcome of an attempt makes of a notification.

    `unit` in [0, 1) spreads retries. Attempts that ended in a crash count too; one more is made
    after each, however many there were: a duplicate beats a loss. A report or an answer that came
    meanwhile settles it, whatever the provider said.
    """
    others = others or Failover()
    if receipt.outcome == "SENT" or sent.arrived:
        waits = now + others.report_within if others.report_within and not sent.arrived else None
        done = replace(
            sent,
            state=sent.heard_of,
            due_at=None,
            sent_at=sent.sent_at or now,
            reason=receipt.answer,
            reference=receipt.reference or sent.reference,
            report_due_at=waits,
        )
        return Settled(notification=done)
    exhausted = sent.attempts >= MAX_ATTEMPTS
    if receipt.outcome == "PERMANENT" and others.next_id is not None and not receipt.bounced:
        return Settled(notification=_handed_on(sent, others.next_id, now, receipt.answer))
    if receipt.outcome == "PERMANENT" or exhausted:
        failed = replace(sent, state="FAILED", due_at=None, reason=receipt.answer, report_due_at=None)
        return Settled(notification=failed, failed=True)
    if receipt.outcome == "TEMPORARY" and others.next_id is not None:
        return Settled(notification=_handed_on(sent, others.next_id, now, receipt.answer))
    again = now + timedelta(seconds=retry_seconds(sent.attempts, unit))
    if receipt.pause_seconds:
        again = max(again, now + timedelta(seconds=receipt.pause_seconds))
    provider = sent.provider_id if receipt.outcome == "UNKNOWN" else others.first_id or sent.provider_id
    waiting = replace(sent, state="SCHEDULED", due_at=again, reason=receipt.answer, provider_id=provider)
    return Settled(notification=waiting)


def unreported(sent: Notification, others: Failover, now: datetime) -> Notification:
    """No delivery report came in time: the next provider tries; without one it stays SENT, and says so."""
    if others.next_id is not None:
        return _handed_on(sent, others.next_id, now, UNREPORTED)
    return replace(sent, report_due_at=None, reason=UNREPORTED)


UNREPORTED = "no delivery report came in time"


def _handed_on(sent: Notification, provider_id: int, now: datetime, why: str) -> Notification:
    reason = f"handed on to the next provider: {why}"
    return replace(
        sent, state="SCHEDULED", due_at=now, provider_id=provider_id, reason=reason, report_due_at=None
    )


def retry_seconds(attempts: int, unit: float) -> float:
    """Seconds before the next try: doubling from 5 s to 15 min, with up to a quarter of jitter."""
    doubled = FIRST_RETRY_SECONDS * 2.0 ** max(attempts - 1, 0)
    base = min(doubled, LONGEST_RETRY_SECONDS)
    return base * (1 + unit / 4)

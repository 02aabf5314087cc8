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

State = Literal["SCHEDULED", "SENDING", "SENT", "DELIVERED", "FAILED", "CANCELLED"]
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


@value
class Settled:
    """A notification after an attempt."""

    notification: Notification
    failed: bool = False
    """It will never arrive: the person's next rule is due, and the level may have reached nobody."""


def settle(sent: Notification, receipt: Receipt, now: datetime, unit: float) -> Settled:
    """What the outcome of an attempt makes of a notification.

    `unit` in [0, 1) spreads retries. Attempts that ended in a crash count too; one more is made
    after each, however many there were: a duplicate beats a loss.
    """
    if receipt.outcome == "SENT":
        done = replace(sent, state="SENT", due_at=None, sent_at=now, reason=receipt.answer)
        return Settled(notification=done)
    if receipt.outcome == "PERMANENT" or sent.attempts >= MAX_ATTEMPTS:
        failed = replace(sent, state="FAILED", due_at=None, reason=receipt.answer)
        return Settled(notification=failed, failed=True)
    again = now + timedelta(seconds=retry_seconds(sent.attempts, unit))
    return Settled(notification=replace(sent, state="SCHEDULED", due_at=again, reason=receipt.answer))


def retry_seconds(attempts: int, unit: float) -> float:
    """Seconds before the next try: doubling from 5 s to 15 min, with up to a quarter of jitter."""
    doubled = FIRST_RETRY_SECONDS * 2.0 ** max(attempts - 1, 0)
    base = min(doubled, LONGEST_RETRY_SECONDS)
    return base * (1 + unit / 4)

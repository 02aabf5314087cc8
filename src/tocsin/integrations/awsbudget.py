"""AWS Budgets, over Amazon SNS. A budget says when it is exceeded, never when it is not."""

from __future__ import annotations

from tocsin.core.events import Event
from tocsin.integrations.reading import event
from tocsin.integrations.sns import HEADERS, notice
from tocsin.plugins import Inbound, Integration


def parse(inbound: Inbound) -> tuple[Event, ...]:
    """An incident for each message."""
    sent = notice(inbound)
    summary = sent.subject or sent.message.partition("\n")[0][:200]
    return (event("ALERT", key="", summary=summary, details=sent.message, raw=sent.envelope),)


integration = Integration(
    type="AWSBUDGET",
    name="AWS Budgets",
    parse=parse,
    opens="every message",
    headers=HEADERS,
)

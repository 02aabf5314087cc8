"""A topic of Amazon SNS asks whether its messages are wanted; yes is a request to Amazon.

Nothing needs to be remembered: while we cannot say yes the topic hears 503, and asks again by itself.
What came of it stands in the source's event log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from tocsin.integrations import sns
from tocsin.integrations.sns_signature import is_genuine
from tocsin.kit.errors import BadInput, Overloaded
from tocsin.plugins import Answer, HttpAnswer, HttpRequest, NetworkFailure
from tocsin.store import events
from tocsin.store.database import Database
from tocsin.store.intake import Outcome, Payload

Ask = Callable[[HttpRequest], Awaitable[Answer]]

log = structlog.get_logger()


def asks(outcome: Outcome) -> bool:
    """Whether a payload was such a question, to a source that takes them."""
    return any(taken.verdict.code == sns.SUBSCRIPTION for taken in outcome.taken)


async def confirm(db: Database, ask: Ask, payload: Payload, source_id: int) -> None:
    """Say yes, if it is Amazon that asks. Raises BadInput if it is not, Overloaded to be asked again."""
    try:
        question = sns.confirmation(payload.body)
        certificate = await _fetched(ask, question.certificate)
        if not is_genuine(question, certificate):
            raise BadInput.at("Signature", "is not Amazon's, so the subscription is not confirmed")
        await _fetched(ask, question.subscribe)
    except (BadInput, Overloaded) as wrong:
        await asyncio.to_thread(_note, db, source_id, "REJECT", wrong.message)
        raise
    log.info("subscription confirmed", topic=question.topic)
    reason = f"the subscription to {question.topic} was confirmed"
    await asyncio.to_thread(_note, db, source_id, "DROP", reason)


async def _fetched(ask: Ask, request: HttpRequest) -> bytes:
    answer = await ask(request)
    if isinstance(answer, HttpAnswer) and answer.status == 200:
        return answer.body
    why = f"answered {answer.status}" if isinstance(answer, HttpAnswer) else "did not answer"
    if isinstance(answer, NetworkFailure):
        why = f"{why}: {answer.reason}"
    raise Overloaded(f"Amazon {why}; the subscription is not confirmed yet")


def _note(db: Database, source_id: int, effect: str, reason: str) -> None:
    with db.write() as tx:
        what = events.NewEvent(
            source_id=source_id,
            incident_id=None,
            at=tx.now,
            event_type="ALERT",
            key="",
            summary="",
            effect=effect,
            reason=reason,
            content_type="",
            raw=b"",
        )
        events.insert(tx, [what])

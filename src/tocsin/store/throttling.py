"""What may be sent now of what is due: looks up what an address got lately, and keeps back the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from tocsin.core.delivery import Notification
from tocsin.core.notices import summary
from tocsin.core.notifying import PLAIN, Purpose
from tocsin.core.throttle import HELD, LIMITS, SAME_WITHIN, Sent, Waiting, rule
from tocsin.kit.value import dumps, replace
from tocsin.store import documents, incidents, notifications, reply_codes
from tocsin.store.database import Transaction
from tocsin.store.kinds import USERS
from tocsin.store.tables import notifications as t

_LONGEST = max([SAME_WITHIN, *(limit.window for limit in LIMITS.values())], default=timedelta())


def allowed(tx: Transaction, due: Sequence[Notification]) -> list[Notification]:
    """Of the due notifications those to be sent now. The others wait, are dropped, or are told in one."""
    # Mails have their own manners: a mailbox takes them all, and shows one conversation.
    ruled = [n for n in due if n.method != "EMAIL" and n.contact_id is not None]
    if not ruled:
        return list(due)
    contents = _contents(tx, ruled)
    known = _known(tx, ruled)
    waiting = [_waiting(n, (n.incident_id, n.user_id) not in known, contents[n.id]) for n in ruled]
    ruling = rule(waiting, _sent(tx, ruled), tx.now)
    for hold in ruling.holds:
        change = {"state": "SCHEDULED", "due_at": hold.until, "reason": hold.reason}
        tx.run(sa.update(t).where(t.c.id == hold.id).values(change))
    for drop in ruling.drops:
        change = {"state": "CANCELLED", "due_at": None, "reason": drop.reason}
        tx.run(sa.update(t).where(t.c.id == drop.id).values(change))
    by_id = {n.id: n for n in due}
    for bundle in ruling.bundles:
        _tell_in_one(tx, [by_id[number] for number in bundle.ids])
    go = set(ruling.send)
    return [n for n in due if n.id in go or n.method == "EMAIL" or n.contact_id is None]


def told_in(tx: Transaction, summary_: Notification) -> list[Notification]:
    """The messages that a summary stood for, which has failed: so have they."""
    here = sa.and_(t.c.contact_id == summary_.contact_id, t.c.reason == _told_in(summary_.id))
    rows = tx.all(sa.select(*(t.c[name] for name in notifications.COLUMNS)).where(here).order_by(t.c.id))
    failed = {"state": "FAILED", "reason": summary_.reason}
    tx.run(sa.update(t).where(t.c.id.in_([row.id for row in rows])).values(failed))
    return [replace(notifications.notification_of(row), **failed) for row in rows]


def _told_in(number: int) -> str:
    return f"told in a summary: notification {number}"


def _waiting(n: Notification, first: bool, content: str) -> Waiting:  # noqa: FBT001
    return Waiting(
        id=n.id,
        incident_id=n.incident_id,
        user_id=n.user_id,
        contact_id=n.contact_id or 0,
        method=n.method,
        purpose=n.purpose,
        first=first and n.incident_id is not None,
        held=n.reason.startswith(HELD),
        content=content,
    )


def _contents(tx: Transaction, due: Sequence[Notification]) -> dict[int, str]:
    """What each says, as far as it tells the same from another."""
    plain = notifications.contents(tx, [n.id for n in due if n.purpose in PLAIN])
    return {n.id: _said(n, n.purpose, plain.get(n.id)) for n in due}


def _said(n: Any, purpose: Purpose, content: Any) -> str:
    """Asked anew, an incident is another message: who had accepted it has to know."""
    return dumps(content) if purpose in PLAIN else f"{n.incident_id} {n.generation} {purpose}"


def _known(tx: Transaction, due: Sequence[Notification]) -> set[tuple[int | None, int]]:
    """(incident, user) of those who were told of the incident before, or are being told. What failed told nobody."""
    query = (
        sa.select(t.c.incident_id, t.c.user_id)
        .where(t.c.incident_id.in_({n.incident_id for n in due if n.incident_id}))
        .where(sa.or_(t.c.sent_at.is_not(None), t.c.state == "SENDING"))
        # Who was only kept informed was not asked before.
        .where(t.c.purpose != "SUBSCRIPTION")
        .where(t.c.id.not_in([n.id for n in due]), t.c.state != "FAILED")
        .distinct()
    )
    return {(row.incident_id, row.user_id) for row in tx.all(query)}


def _sent(tx: Transaction, due: Sequence[Notification]) -> list[Sent]:
    """What left for these addresses lately, or is leaving."""
    lately = sa.or_(t.c.sent_at > tx.now - _LONGEST, t.c.state == "SENDING")
    query = (
        sa.select(
            *(t.c[name] for name in ("contact_id", "method", "sent_at", "incident_id", "generation")),
            *(t.c[name] for name in ("purpose", "content", "state")),
        )
        .where(t.c.contact_id.in_({n.contact_id for n in due}), lately)
        .where(t.c.id.not_in([n.id for n in due]))
        .order_by(t.c.id.desc())
        .limit(500)
    )
    return [
        Sent(
            contact_id=row.contact_id,
            method=row.method,
            at=row.sent_at or tx.now,
            purpose=row.purpose,
            content=_shown(row),
        )
        for row in tx.all(query)
    ]


def _shown(row: Any) -> str:
    """What a message showed; "" for one that failed, and showed nothing."""
    if row.state == "FAILED":
        return ""
    return _said(row, row.purpose, row.content)


def _tell_in_one(tx: Transaction, waited: Sequence[Notification]) -> None:
    """One message in place of several that waited for the same address."""
    first = waited[0]
    user = documents.get(tx, USERS, first.user_id, deleted=True)
    about = incidents.many(tx, {n.incident_id for n in waited if n.incident_id is not None})
    coded = about if first.method in reply_codes.CODED else ()
    codes = {i.id: reply_codes.code_for(tx, first.target, i.id) for i in coded}
    content: dict[str, Any] = summary([(i.id, i.summary) for i in about], user.language, codes)
    content |= {"purpose": "SUMMARY", "method": first.method}
    number = notifications.schedule_notice(tx, first.user_id, first.contact_id, first.target, content)
    tx.run(sa.update(t).where(t.c.id == number).values(provider_id=first.provider_id))
    change = {"state": "CANCELLED", "due_at": None, "reason": _told_in(number)}
    tx.run(sa.update(t).where(t.c.id.in_([n.id for n in waited])).values(change))

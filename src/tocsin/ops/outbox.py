"""The mails kept because no mail server is configured."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes
from email.policy import default

import sqlalchemy as sa

from tocsin.kit.errors import NotFound
from tocsin.kit.value import value
from tocsin.store.database import Transaction
from tocsin.store.tables import outbox


@value
class KeptMail:
    """One mail that was not sent."""

    id: int
    at: datetime
    sender: str
    recipient: str
    subject: str
    text: str | None = None
    """The readable part; only when one mail is asked for."""


def kept(tx: Transaction, limit: int) -> list[KeptMail]:
    """The newest mails, newest first."""
    return [_mail(row) for row in tx.all(sa.select(outbox).order_by(outbox.c.id.desc()).limit(limit))]


def one(tx: Transaction, mail_id: int) -> KeptMail:
    """One mail with its text. Raises NotFound."""
    row = tx.first(sa.select(outbox).where(outbox.c.id == mail_id))
    if row is None:
        raise NotFound(f"the outbox has no mail {mail_id}: `tocsin outbox` lists what it has")
    return _mail(row, whole=True)


def _mail(row: sa.Row[tuple[object, ...]], *, whole: bool = False) -> KeptMail:
    message = message_from_bytes(row.raw, policy=default)
    body = message.get_body(("plain", "html")) if whole else None
    return KeptMail(
        id=row.id,
        at=row.at,
        sender=row.sender,
        recipient=row.recipient,
        subject=str(message["subject"] or ""),
        text=str(body.get_content()) if body else ("" if whole else None),
    )

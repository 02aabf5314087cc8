"""The outbox: mails kept here because no mail server is configured, so that everything can be tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from starlette.responses import HTMLResponse, Response

from tocsin.kit.errors import NotFound
from tocsin.store.database import Transaction
from tocsin.store.tables import outbox
from tocsin.web.declare import Page
from tocsin.web.show import page
from tocsin.web.visit import Visit

SHOWN = 100
_DIRECTIVES = (
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    "img-src data: https:",
    "form-action 'none'",
    "frame-ancestors 'self'",
    "sandbox allow-popups allow-popups-to-escape-sandbox",
)
MAIL_POLICY = "; ".join(_DIRECTIVES)
"""For the HTML of a mail: its own sandbox, in which styles may be inline and nothing runs."""
NEW_WINDOW = '<base target="_blank">'


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A mail of the outbox, read."""

    id: int
    at: datetime
    recipient: str
    subject: str
    text: str
    html: str
    raw: str


def show(visit: Visit) -> Response:
    """The list, with the chosen mail beside it."""
    with visit.deployment.db.read() as tx:
        mails = [_kept(row) for row in tx.all(sa.select(outbox).order_by(outbox.c.id.desc()).limit(SHOWN))]
        chosen = _one(tx, visit.number("id")) if "id" in visit.request.path_params else None
    return page(visit, "outbox.html", mails=mails, chosen=chosen, shown=SHOWN)


def show_html(visit: Visit) -> Response:
    """The HTML of a mail, for the frame. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        mail = _one(tx, visit.number("id"))
    head = "<head>" if "<head>" in mail.html else ""
    html = mail.html.replace("<head>", f"<head>{NEW_WINDOW}", 1) if head else NEW_WINDOW + mail.html
    return HTMLResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


def _one(tx: Transaction, number: int) -> Kept:
    row = tx.first(sa.select(outbox).where(outbox.c.id == number))
    if row is None:
        raise NotFound("there is no such mail in the outbox")
    return _kept(row)


def _kept(row: sa.Row[Any]) -> Kept:
    raw = bytes(row.raw)
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return Kept(
        id=row.id,
        at=row.at,
        recipient=row.recipient,
        subject=str(mail.get("Subject", "")),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        raw=raw.decode(errors="replace"),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/outbox", action="OPERATE", get=show),
        Page(path="/outbox/{id}", action="OPERATE", get=show),
        Page(path="/outbox/{id}/html", action="OPERATE", get=show_html),
    ]

"""Paging by e-mail: an incident is one conversation that can be answered by link or by reply."""

from __future__ import annotations

import re
from email.utils import format_datetime

from tocsin.channels.mail_content import Content, content
from tocsin.channels.mail_faults import is_address_fault
from tocsin.channels.mail_html import html_body
from tocsin.channels.mail_mime import mail_bytes, mailbox, one_line, unstructured
from tocsin.channels.mail_text import text_body
from tocsin.core.delivery import Outcome, Receipt
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.plugins import Answer, MailAnswer, MailRequest, NetworkFailure
from tocsin.plugins.addresses import split_mailbox, wire_address

_MAX_ANSWER = 500
_UNFIT_FOR_ID = re.compile(r"[^\x21-\x7e]")


class EmailChannel:
    """The channel EMAIL."""

    method: Method = "EMAIL"

    def render(self, message: Message, sender: str) -> MailRequest:
        """The mail for `message`, from `sender` (`tocsin@example.com` or `Tocsin <tocsin@example.com>`)."""
        shown = content(message)
        name, own_address = split_mailbox(one_line(sender))
        message_id = _message_id(message, own_address)
        recipient = wire_address(message.to)
        headers = {
            "Date": format_datetime(message.sent_at),
            "From": mailbox(name or "Tocsin", own_address),
            "To": mailbox(message.name, recipient),
            "Subject": unstructured(shown.subject),
            "Message-ID": message_id,
            **_conversation(message, message_id),
            **_manners(message, shown),
        }
        return MailRequest(
            sender=wire_address(message.bounce_to or own_address),
            recipient=recipient,
            raw=mail_bytes(headers, text_body(shown), html_body(shown), seed=message_id),
        )

    def read(self, answer: Answer) -> Receipt:
        """What the mail server's last reply means (RFC 5321, RFC 3463)."""
        if isinstance(answer, NetworkFailure):
            unknown = answer.sent == "MAYBE"
            return Receipt(outcome="UNKNOWN" if unknown else "TEMPORARY", answer=answer.reason[:_MAX_ANSWER])
        if not isinstance(answer, MailAnswer):
            return Receipt(outcome="UNKNOWN", answer="not the answer of a mail server")
        return Receipt(
            outcome=_outcome(answer.code),
            answer=one_line(f"{answer.code} {answer.text}")[:_MAX_ANSWER],
            bounced=_is_bounce(answer),
        )


def _message_id(message: Message, own_address: str) -> str:
    stored = _UNFIT_FOR_ID.sub("", message.message_id)
    return stored or f"<{message.notification_id}@{own_address.rpartition('@')[2]}>"


def _conversation(message: Message, message_id: str) -> dict[str, str | None]:
    thread = _UNFIT_FOR_ID.sub("", message.thread_id or "")
    if not thread or thread == message_id:
        return {}
    return {"In-Reply-To": thread, "References": thread}


def _manners(message: Message, shown: Content) -> dict[str, str | None]:
    """Headers that say what kind of mail this is, and where answers go."""
    unsubscribe = _UNFIT_FOR_ID.sub("", message.unsubscribe_url or "")
    # RFC 8058 wants https; elsewhere the plain link of RFC 2369 remains.
    one_click = unsubscribe.startswith("https://")
    return {
        "Reply-To": wire_address(message.reply_to) if message.reply_to else None,
        "Auto-Submitted": "auto-generated",
        # All but NDR: we want to hear that a mail could not be delivered.
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "List-Unsubscribe": f"<{unsubscribe}>" if unsubscribe else None,
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if one_click else None,
        "X-Priority": "1" if shown.urgent else None,
        "Importance": "high" if shown.urgent else None,
    }


def _outcome(code: int) -> Outcome:
    match code // 100:
        case 2:
            return "SENT"
        case 4:
            return "TEMPORARY"
        case 5:
            return "PERMANENT"
        case _:
            return "UNKNOWN"


def _is_bounce(answer: MailAnswer) -> bool:
    """Whether the address is at fault. What was said to MAIL FROM is about our own address."""
    return answer.step != "MAIL" and is_address_fault(answer.code, answer.text)


channel = EmailChannel()

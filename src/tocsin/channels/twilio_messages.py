"""What Twilio reports about its messages: how they fared, and what people answer."""

from __future__ import annotations

from tocsin.channels.hearing import own_words, path_of, xml_reply
from tocsin.channels.twilio import is_no_such_number
from tocsin.core.delivery import ReportState
from tocsin.kit.value import replace
from tocsin.plugins import Callback, Heard, Reply, Report

_STATES: dict[str, ReportState] = {
    "sent": "SENT",
    "delivered": "DELIVERED",
    "read": "SEEN",
    "failed": "FAILED",
    "undelivered": "FAILED",
    "canceled": "FAILED",
}
NOTHING = xml_reply('<?xml version="1.0" encoding="UTF-8"?><Response/>')
"""Tells Twilio to answer a person nothing: what there is to say is sent as a message of its own."""


def heard(callback: Callback, fields: dict[str, str]) -> Heard:
    """A delivery report, or a person's answer."""
    what, token, _ = path_of(callback)
    if what == "status":
        return Heard(reports=_report(fields, token), answer=NOTHING)
    text = fields.get("ButtonPayload") or fields.get("Body", "")
    sender = fields.get("From", "").removeprefix("whatsapp:")
    if not sender or not text.strip():
        return Heard(answer=NOTHING)
    reply = Reply(
        text=own_words(text),
        from_address=sender,
        reference=fields.get("OriginalRepliedMessageSid") or None,
        key=fields.get("MessageSid", ""),
    )
    return Heard(replies=(reply,), answer=NOTHING)


def _report(fields: dict[str, str], token: str) -> tuple[Report, ...]:
    status = fields.get("MessageStatus") or fields.get("SmsStatus", "")
    state = _STATES.get(status)
    if state is None:
        return ()
    report = Report(state=state, token=token or None, reference=fields.get("MessageSid") or None)
    if state != "FAILED":
        return (report,)
    code = fields.get("ErrorCode", "")
    words = fields.get("ErrorMessage", "")
    reason = " ".join(filter(None, (status, code, words)))
    return (replace(report, reason=own_words(reason), bounced=is_no_such_number(code)),)

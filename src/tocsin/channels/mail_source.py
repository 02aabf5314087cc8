"""Reading a mail that is an alert: from bytes to the value that a source's rules look at. Nothing here raises."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from email.utils import getaddresses
from functools import lru_cache
from itertools import islice

from tocsin.channels.mail_reading import address, body, header, parse, parts
from tocsin.core.mail_source import Attachment, Mail

MAX_ATTACHMENTS = 50
MAX_RECIPIENTS = 100
_RECIPIENTS = (
    "Delivered-To",
    "X-Original-To",
    "X-Forwarded-To",
    "Envelope-To",
    "To",
    "Cc",
    "Bcc",
    "Resent-To",
)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")


@lru_cache(maxsize=4)
def read_mail(raw: bytes) -> Mail:
    """The mail in these bytes, as far as it can be made out.

    One mail is looked at several times on its way: for its addresses, then for each source that it is for.
    """
    mail = parse(raw)
    ids = _MESSAGE_ID.findall(header(mail, "Message-ID"))
    earlier = [
        *_MESSAGE_ID.findall(header(mail, "References")),
        *_MESSAGE_ID.findall(header(mail, "In-Reply-To")),
    ]
    return Mail(
        sender=_sound(address(mail, "From")),
        subject=_sound(header(mail, "Subject")),
        body=_sound(body(mail)),
        message_id=ids[0] if ids else "",
        thread=earlier[0] if earlier else "",
        recipients=_recipients(mail),
        attachments=tuple(about for about, _ in islice(_files(mail), MAX_ATTACHMENTS)),
    )


def attached(raw: bytes, place: int) -> tuple[Attachment, bytes] | None:
    """A file that came with the mail, by its place among `attachments`; None when there are not so many."""
    for number, (about, part) in enumerate(_files(parse(raw))):
        if number == place:
            return about, _content(part)
    return None


def _sound(text: str) -> str:
    """A text that every database takes: no NUL, and no half of a character."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _recipients(mail: Message) -> tuple[str, ...]:
    lines = [str(line) for name in _RECIPIENTS for line in mail.get_all(name, [])]
    found = dict.fromkeys(_sound(spelt.lower()) for _, spelt in getaddresses(lines) if "@" in spelt)
    return tuple(found)[:MAX_RECIPIENTS]


def _files(mail: Message) -> Iterator[tuple[Attachment, Message]]:
    for part in parts(mail):
        name = _name(part)
        if part.is_multipart() or not (name or part.get_content_disposition() == "attachment"):
            continue
        kind, size = part.get_content_type(), len(_content(part))
        yield Attachment(name=name or "without a name", content_type=kind, size=size), part


def _name(part: Message) -> str:
    try:
        named = part.get_filename()
    except (LookupError, TypeError, ValueError):
        return ""
    return _sound(" ".join(str(named).split())[:255]) if named else ""


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except ValueError:
        return b""
    return content if isinstance(content, bytes) else b""

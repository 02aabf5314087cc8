"""Messages that the tests of channels render, and how a mail is read back."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

from tocsin.channels.email import channel
from tocsin.core.incidents import Image, Link
from tocsin.core.messages import Answers, Message, Subject
from tocsin.kit.value import replace

SENDER = "tocsin@example.com"
AT = datetime(2026, 11, 23, 18, 4, 5, tzinfo=UTC)
ANSWERS = Answers(
    accept="https://t.example.com/r/41x8c?do=accept",
    resolve="https://t.example.com/r/41x8c?do=resolve",
    escalate="https://t.example.com/r/41x8c?do=escalate",
)
SUBJECT = Subject(
    id=123,
    summary="Disk full on db-1",
    details="Filesystem / is 98 % full.\n  used: 931 GiB",
    status="PENDING",
    priority="HIGH",
    source="Prometheus Frankfurt",
    policy="Database on-call",
    reported_at=AT,
    links=(Link(href="https://grafana.example.com/d/1?x=1&y=2", text="Grafana"),),
    images=(Image(src="https://grafana.example.com/i.png", alt="Disk usage"),),
    labels=(("severity", "critical"),),
)
PAGE = Message(
    notification_id=41,
    purpose="ALERT",
    to="ann@example.com",
    name="Ann Miller",
    timezone="Europe/Berlin",
    subject=SUBJECT,
    next_step="If nobody accepts, level 2 (Bo Ruiz) is told at 19:09.",
    incident_url="https://t.example.com/incidents/123",
    answers=ANSWERS,
    reply_to="reply+41x8c@example.com",
    bounce_to="bounce+41x8c@example.com",
    unsubscribe_url="https://t.example.com/u/41x8c",
    message_id="<41.alert@example.com>",
    thread_id="<incident.123.7@example.com>",
    sent_at=AT,
)


def page(subject: dict[str, Any] | None = None, **changes: Any) -> Message:
    """The page with other values; `subject` changes the incident that it shows."""
    return replace(PAGE, subject=replace(SUBJECT, **(subject or {})), **changes)


@dataclass
class Mail:
    """A rendered mail as a mail program sees it."""

    head: EmailMessage
    text: str
    html: str

    @property
    def names(self) -> list[str]:
        """The names of all headers."""
        return self.head.keys()


def rendered(message: Message, sender: str = SENDER) -> Mail:
    """Render a message and read the mail with the standard library."""
    mail = email.message_from_bytes(channel.render(message, sender).raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    plain, html = mail.iter_parts()
    for part in (mail, plain, html):
        assert not part.defects
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    text, page_ = (part.get_content().replace("\r\n", "\n") for part in (plain, html))
    return Mail(head=mail, text=text, html=page_)


class Seen(HTMLParser):
    """What a browser would make of the page: its elements, links and text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.hrefs: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.update(name for name, _ in attrs)
        self.hrefs.extend(url or "" for name, url in attrs if name == "href")

    def handle_data(self, data: str) -> None:
        self.text += data

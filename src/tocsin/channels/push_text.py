"""What a push or a chat message says: one title, a few lines, and where it leads."""

from __future__ import annotations

from tocsin.channels.incident_words import state_of
from tocsin.channels.mail_mime import one_line, unix_lines
from tocsin.channels.short_words import ShortWords, short_words
from tocsin.core.messages import Message
from tocsin.core.notifying import PLAIN
from tocsin.kit.value import value

MAX_TITLE = 150
MAX_BODY = 700
MAX_DETAILS = 1500
"""What a chat shows of an incident's details; a push shows none."""


@value
class PushText:
    """A message for a small screen."""

    title: str
    """`PENDING #12: Disk full on db-1`."""
    body: str
    """Priority, source, and what happens next."""
    details: str = ""
    """The incident's own words, for channels with room."""
    url: str = ""
    """The page that shows everything."""
    urgent: bool = False
    """Whether it may wake somebody: a page about an open incident of high priority."""
    tag: str
    """What replaces an earlier message about the same thing."""
    words: ShortWords

    @property
    def text(self) -> str:
        """Title and body as one text."""
        return "\n".join(filter(None, (self.title, self.body)))


def push_text(message: Message) -> PushText:
    """What to show for a page, an update or a notice."""
    words = short_words(message.language)
    about = message.subject
    if about is None or message.purpose in PLAIN:
        return PushText(
            title=_cut(one_line(message.headline) or "Tocsin", MAX_TITLE),
            body=_cut(unix_lines(message.text), MAX_BODY),
            url=message.incident_url or "",
            tag=f"notice-{message.notification_id}",
            words=words,
        )
    state = state_of(message, about)
    summary = one_line(about.summary) or words.no_summary
    lines = (
        f"{words.priority[about.priority]} · {one_line(about.source)}",
        one_line(message.next_step) or one_line(message.text),
    )
    return PushText(
        title=_cut(f"{words.state[state].upper()} #{about.id}: {summary}", MAX_TITLE),
        body=_cut("\n".join(filter(None, lines)), MAX_BODY),
        details=_cut(unix_lines(about.details).strip(), MAX_DETAILS),
        url=message.incident_url or "",
        urgent=about.priority == "HIGH" and message.answers is not None and state in ("PENDING", "ESCALATED"),
        tag=f"incident-{about.id}",
        words=words,
    )


def buttons(message: Message) -> tuple[tuple[str, str, str], ...]:
    """Action, label and page of each answer that is asked for and that the incident's state allows."""
    words, links = short_words(message.language), message.answers
    status = message.subject.status if message.subject else "PENDING"
    if links is None or status == "RESOLVED":
        return ()
    every = (
        ("accept", words.accept, links.accept),
        ("resolve", words.resolve, links.resolve),
        ("escalate", words.escalate, links.escalate),
    )
    return every[1:] if status == "ACCEPTED" else every


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

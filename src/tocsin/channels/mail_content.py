"""What a mail about an incident shows, cut to size and in words: the same for text and HTML.

Every text is free of control characters here; `mail_text` and `mail_html` only lay it out.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.channels.incident_words import State, state_of
from tocsin.channels.mail_mime import one_line, unix_lines
from tocsin.channels.mail_words import Words, instant_in, mail_words
from tocsin.core.messages import Answers, Message, Subject
from tocsin.core.notifying import PLAIN

MAX_DETAILS = 20_000
MAX_LISTED = 30
"""How many links, images or labels are listed."""
MAX_VALUE = 500
MAX_URL = 2000
MAX_SUBJECT = 200

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One mail, ready to be laid out. Empty texts and lists are left out."""

    words: Words
    language: str
    subject: str
    """The Subject header, before it is encoded."""
    urgent: bool
    state: State | None
    """None for a mail about no incident."""
    high: bool
    banner: str
    """State and priority: `Pending · High priority`."""
    number: str
    """The incident's number: `#123`."""
    title: str
    lead: str
    """Who did it, why this person is told, or the text of a notice."""
    next_step: str
    answers: Answers | None
    reply: bool
    """Whether a reply to the mail reaches us."""
    page: Pair | None
    """The button or link that leads to our page: words and address."""
    details: str
    details_note: str
    facts: tuple[Pair, ...]
    links: tuple[Pair, ...]
    images: tuple[Pair, ...]
    labels: tuple[Pair, ...]
    unsubscribe: Pair | None
    """The way out: words and address."""
    why: str


def content(message: Message) -> Content:
    """What the mail shows."""
    words = mail_words(message.language)
    if message.subject is None or message.purpose in PLAIN:
        return _notice(message, words)
    return _incident(message, message.subject, words)


def _incident(message: Message, about: Subject, words: Words) -> Content:
    state = state_of(message, about)
    number = f"#{about.id}"
    title = one_line(about.summary) or number
    details = unix_lines(about.details)
    return Content(
        words=words,
        language=message.language,
        subject=f"[{words.state[state].upper()}] {_cut(title, MAX_SUBJECT)} ({number})",
        urgent=about.priority == "HIGH" and state in ("PENDING", "ESCALATED"),
        state=state,
        high=about.priority == "HIGH",
        banner=f"{words.state[state]} · {words.priority[about.priority]}",
        number=number,
        title=title,
        lead=_lead(message, about, state, words),
        next_step=one_line(message.next_step),
        answers=message.answers if state != "RESOLVED" else None,
        reply=message.reply_to is not None and state != "RESOLVED",
        page=(words.open_incident, message.incident_url) if message.incident_url else None,
        details=details[:MAX_DETAILS],
        details_note=words.cut.format(limit=MAX_DETAILS) if len(details) > MAX_DETAILS else "",
        facts=(
            (words.source, one_line(about.source)),
            (words.policy, one_line(about.policy)),
            (words.reported, instant_in(words, about.reported_at, message.timezone)),
        ),
        links=_listed(words, [(link.text or link.href, _url(link.href)) for link in about.links]),
        images=_listed(words, [(i.alt or words.image, _url(i.href or i.src)) for i in about.images]),
        labels=_listed(words, [(name, one_line(value)[:MAX_VALUE]) for name, value in about.labels]),
        unsubscribe=_way_out(message, words),
        why=words.why.format(to=one_line(message.to)),
    )


def _notice(message: Message, words: Words) -> Content:
    label = words.join if message.purpose == "INVITATION" else words.open_link
    return Content(
        words=words,
        language=message.language,
        subject=_cut(one_line(message.headline) or "Tocsin", MAX_SUBJECT),
        urgent=False,
        state=None,
        high=False,
        banner="",
        number="",
        title=one_line(message.headline),
        lead=unix_lines(message.text)[:MAX_DETAILS],
        next_step=one_line(message.next_step),
        answers=None,
        reply=False,
        page=(label, message.incident_url) if message.incident_url else None,
        details="",
        details_note="",
        facts=(),
        links=(),
        images=(),
        labels=(),
        unsubscribe=_way_out(message, words),
        # These are sent because somebody asked for them, not by the settings of whoever gets them.
        why=""
        if message.purpose in ("INVITATION", "VERIFICATION")
        else words.why.format(to=one_line(message.to)),
    )


def _way_out(message: Message, words: Words) -> Pair | None:
    label = words.leave if message.purpose == "SUBSCRIPTION" else words.unsubscribe
    return (label, message.unsubscribe_url) if message.unsubscribe_url else None


def _lead(message: Message, about: Subject, state: State, words: Words) -> str:
    said = unix_lines(message.text)
    if message.purpose == "FALLBACK":
        why = words.fallback.format(policy=one_line(about.policy))
        return f"{why}\n{said}" if said else why
    if message.purpose == "ALERT" or not said:
        return said
    lead = words.by[state].format(who=said)
    # What happens next may begin with it: "Resolved by Bo Ruiz. Nothing more happens."
    return "" if message.next_step.startswith(lead) else lead


def _url(text: str) -> str:
    """A tool's link if a mail may offer it for clicking, else ""."""
    url = one_line(text)
    return url if len(url) <= MAX_URL and url.lower().startswith(("http://", "https://")) else ""


def _listed(words: Words, pairs: list[Pair]) -> tuple[Pair, ...]:
    shown = [(one_line(name)[:MAX_VALUE], value) for name, value in pairs[:MAX_LISTED]]
    if len(pairs) > MAX_LISTED:
        shown.append((words.more.format(count=len(pairs) - MAX_LISTED), ""))
    return tuple(shown)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

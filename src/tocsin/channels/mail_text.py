"""The plain text of a mail: for terminals, watches, screen readers and whoever prefers it."""

from __future__ import annotations

from tocsin.channels.mail_content import Content, Pair


def text_body(mail: Content) -> str:
    """The mail as plain text, the answers before the details."""
    words = mail.words
    blocks = (
        f"{mail.banner} · {mail.number}" if mail.banner else "",
        mail.title,
        mail.lead,
        f"{words.next}: {mail.next_step}" if mail.next_step else "",
        _answers(mail),
        f"{mail.page[0]}: {mail.page[1]}" if mail.page else "",
        _section(words.details, "\n".join(filter(None, (mail.details, mail.details_note)))),
        "\n".join(f"{name}: {value}" for name, value in mail.facts),
        _section(words.links, _listing(mail.links)),
        _section(words.images, _listing(mail.images)),
        _section(words.labels, _listing(mail.labels)),
        _footer(mail),
    )
    return "\n\n".join(filter(None, blocks)) + "\n"


def _answers(mail: Content) -> str:
    lines = []
    if mail.answers:
        lines = [
            f"{mail.words.accept}: {mail.answers.accept}",
            f"{mail.words.resolve}: {mail.answers.resolve}",
            f"{mail.words.escalate}: {mail.answers.escalate}",
            mail.words.confirm,
        ]
    if mail.reply:
        lines.append(mail.words.reply)
    return "\n".join(lines)


def _section(heading: str, body: str) -> str:
    return f"{heading}:\n{body}" if body else ""


def _listing(pairs: tuple[Pair, ...]) -> str:
    return "\n".join(f"- {name}: {value}" if value else f"- {name}" for name, value in pairs)


def _footer(mail: Content) -> str:
    unsubscribe = ": ".join(mail.unsubscribe) if mail.unsubscribe else ""
    lines = [line for line in (mail.why, unsubscribe) if line]
    # "-- " is where a reader's own mail program cuts when they reply.
    return "\n".join(("-- ", *lines)) if lines else ""

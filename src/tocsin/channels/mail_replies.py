"""What came back for a mail of ours: an answer, an automatic reply, or a report that it bounced.

The address that a mail came to says which notification it is about: `reply+<token>@domain` and
`bounce+<token>@domain`. Mail servers may fold the local part, so tokens are lower-case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from email.message import Message
from functools import cache
from typing import Literal

from tocsin.channels.mail_faults import enhanced_code, is_address_fault, is_address_status
from tocsin.channels.mail_reading import address, body, header, parse, part_text, parts
from tocsin.kit.value import value
from tocsin.languages import in_every_language, msgid

ReplyAction = Literal["ACCEPT", "RESOLVE", "ESCALATE", "AUTO", "UNKNOWN"]
AddressKind = Literal["REPLY", "BOUNCE"]

MAX_LINE = 200
_MAX_DIAGNOSTIC = 500

_ADDRESS = re.compile(r"<?(reply|bounce)\+([a-z0-9]{1,56})@([^@\s<>]+?)\.?>?")

_COMMANDS: dict[ReplyAction, tuple[str, str]] = {
    "ACCEPT": ("1", msgid("ack accept accepted acknowledge acknowledged", "an answer by mail")),
    "RESOLVE": ("2", msgid("resolve resolved close closed fixed", "an answer by mail")),
    "ESCALATE": ("3", msgid("escalate", "an answer by mail")),
}
_POLITE = msgid("please thanks thank-you", "said after an answer by mail")

_ATTRIBUTION = re.compile(
    r"(on|am) .{4,300}\b(wrote|schrieb)\b.{0,200}:$|.{1,200}\b(wrote|schrieb):$", re.IGNORECASE
)
_END_OF_OWN_TEXT = re.compile(
    r"--$|_{5,}|-{2,}\s*(original message|ursprüngliche nachricht|originalnachricht|forwarded message)"
    r"|\*?(from|von|sent|gesendet|to|an|subject|betreff)\s?:\*?\s"
    r"|(sent from my |get outlook for |von meinem .* gesendet|gesendet mit |diese nachricht wurde von mein)",
    re.IGNORECASE,
)

_AUTO_PRECEDENCE = frozenset({"bulk", "auto_reply", "junk", "list"})
_AUTO_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autorespons",
    "X-Auto-Reply",
    "X-Mail-Autoreply",
    "List-Id",
)
_AUTO_SUBJECT = re.compile(
    r"(out of (the )?office|automatic reply|auto(matic)?[ -]?reply|autoresponse|auto:|abwesen|"
    r"automatische antwort|ich bin (derzeit )?nicht im büro)",
    re.IGNORECASE,
)

_DAEMON = re.compile(r"(mailer-daemon|mail-daemon|postmaster|mailerdaemon)@?")
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (status|fail|has failed|incomplete|delay)|returned mail|mail delivery|failure notice"
    r"|could not be delivered|delayed mail|unzustellbar|nicht zustellbar|zustellung",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"^.*(?<![\d.])(?:[45]\d\d[ -]|[45]\.\d{1,3}\.\d{1,3}).*$", re.MULTILINE)


@value
class Reply:
    """What somebody answered to a page."""

    action: ReplyAction
    """AUTO was sent by a machine and means nothing; UNKNOWN is none of the words we know."""
    line: str = ""
    """The first line of their own text."""
    sender: str = ""
    """The From address, in lower case: easily forged, so for the record only."""
    message_id: str = ""


@value
class Bounce:
    """A report that a mail did not arrive, or not yet."""

    action: Literal["FAILED", "DELAYED"]
    status: str = ""
    """The enhanced status code (RFC 3463), for example 5.1.1."""
    diagnostic: str = ""
    """The words of the server that refused it."""
    recipient: str = ""
    """The address that it refused."""
    address_fault: bool = False
    """The address itself is wrong, and should not be used again."""


@value
class OwnAddress:
    """An address of ours that leads back to one notification."""

    kind: AddressKind
    token: str
    domain: str


def reply_address(token: str, domain: str) -> str:
    """Where a person's reply to a notification goes."""
    return f"reply+{token}@{domain}"


def bounce_address(token: str, domain: str) -> str:
    """The envelope sender of a notification, where mail servers report failures."""
    return f"bounce+{token}@{domain}"


def read_address(text: str) -> OwnAddress | None:
    """Which notification an address of ours is about; None for any other address."""
    found = _ADDRESS.fullmatch(text.strip().lower())
    if found is None:
        return None
    kind: AddressKind = "REPLY" if found[1] == "reply" else "BOUNCE"
    return OwnAddress(kind=kind, token=found[2], domain=found[3])


def read_reply(raw: bytes, envelope_sender: str | None = None) -> Reply:
    """What a mail to a reply address says. Never raises.

    `envelope_sender` is "" for a mail that no person wrote (RFC 3834).
    """
    mail = parse(raw)
    line = _first_own_line(body(mail))[:MAX_LINE]
    action: ReplyAction = "AUTO" if envelope_sender == "" or _is_automatic(mail) else _action(line)
    return Reply(
        action=action,
        line=line,
        sender=address(mail, "From"),
        message_id=header(mail, "Message-ID")[:MAX_LINE],
    )


def read_bounce(raw: bytes, envelope_sender: str | None = None) -> Bounce | None:
    """The delivery report that a mail is (RFC 3464, or the free forms before it); None for other mail."""
    mail = parse(raw)
    report = next(_reports(mail), None)
    if report is not None:
        return _from_report(report)
    if mail.get_content_type() == "multipart/report":
        return None
    return _from_free_form(mail, envelope_sender)


# Replies.


def _action(line: str) -> ReplyAction:
    """The whole line must be one of the words, with a courtesy at most: “close, but not yet” is none."""
    words = " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", line)).split()).casefold()
    return _commands().get(_polite().sub("", words), "UNKNOWN")


@cache
def _commands() -> Mapping[str, ReplyAction]:
    return {
        word: action
        for action, (digit, words) in _COMMANDS.items()
        for word in (digit, *in_every_language(words))
    }


@cache
def _polite() -> re.Pattern[str]:
    words = (re.escape(word.replace("-", " ")) for word in in_every_language(_POLITE))
    return re.compile(f" (?:{'|'.join(words)})$")


def _first_own_line(text: str) -> str:
    lines = (line.strip().strip("\ufeff\u200b\u200e\u200f").strip() for line in text.splitlines())
    return next(_own(lines), "")


def _own(lines: Iterator[str]) -> Iterator[str]:
    """The lines that the sender wrote, without what they quote."""
    for line in lines:
        if not line or line.startswith((">", "|")):
            continue
        if _END_OF_OWN_TEXT.match(line):
            return
        if _ATTRIBUTION.match(line):
            continue
        # "On Monday ... Tocsin" and "<tocsin@example.com> wrote:" on two lines.
        if line.lower().startswith(("on ", "am ")) and _ATTRIBUTION.match(f"{line} {next(lines, '')}"):
            continue
        yield line


def _is_automatic(mail: Message) -> bool:
    """Whether a machine wrote it (RFC 3834, and what programs did before it)."""
    submitted = header(mail, "Auto-Submitted").lower()
    return (
        (submitted != "" and not submitted.startswith("no"))
        or header(mail, "Precedence").lower() in _AUTO_PRECEDENCE
        or any(name in mail for name in _AUTO_HEADERS)
        or header(mail, "Return-Path") == "<>"
        or mail.get_content_type() == "multipart/report"
        or _DAEMON.match(address(mail, "From")) is not None
        or _AUTO_SUBJECT.match(header(mail, "Subject")) is not None
    )


# Bounces.


def _reports(mail: Message) -> Iterator[Message]:
    """The groups of fields, one for each recipient, that report a failure or a delay."""
    for part in parts(mail):
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        content = part.get_payload()
        for fields in content if isinstance(content, list) else ():
            if isinstance(fields, Message) and header(fields, "Action").lower() in ("failed", "delayed"):
                yield fields


def _from_report(fields: Message) -> Bounce:
    status = enhanced_code(header(fields, "Status"))
    diagnostic = header(fields, "Diagnostic-Code")
    words = diagnostic.partition(";")[2].strip() or diagnostic
    failed = header(fields, "Action").lower() == "failed"
    return Bounce(
        action="FAILED" if failed else "DELAYED",
        status=status,
        diagnostic=words[:_MAX_DIAGNOSTIC],
        recipient=_typed_address(fields),
        address_fault=failed and (is_address_status(status) or _says_address_fault(words)),
    )


def _typed_address(fields: Message) -> str:
    """The address in `rfc822; ann@example.com`; the original one, before any forwarding."""
    typed = header(fields, "Original-Recipient") or header(fields, "Final-Recipient")
    return (typed.partition(";")[2] or typed).strip().strip("<>").lower()


def _from_free_form(mail: Message, envelope_sender: str | None) -> Bounce | None:
    """Servers that write prose: recognised by who sends it and what the subject or text says."""
    from_daemon = _DAEMON.match(address(mail, "From")) is not None
    if not from_daemon and envelope_sender != "":
        return None
    subject = header(mail, "Subject")
    refusal = _REFUSAL.search(_prose(mail))
    # Absence notes have no envelope sender either, and phone numbers that look like reply codes.
    if not _BOUNCE_SUBJECT.search(subject) and not (from_daemon and refusal):
        return None
    words = " ".join(refusal[0].split()) if refusal else subject
    status = enhanced_code(words)
    delayed = status.startswith("4") or "delay" in subject.lower()
    return Bounce(
        action="DELAYED" if delayed else "FAILED",
        status=status,
        diagnostic=words[:_MAX_DIAGNOSTIC],
        recipient=header(mail, "X-Failed-Recipients").lower(),
        address_fault=not delayed and _says_address_fault(words),
    )


def _prose(mail: Message) -> str:
    return "\n".join(part_text(part) for part in parts(mail) if part.get_content_type() == "text/plain")


def _says_address_fault(words: str) -> bool:
    code = re.search(r"(?<![\d.])5\d\d(?![\d.])", words)
    return is_address_fault(int(code[0]) if code else 550, words)

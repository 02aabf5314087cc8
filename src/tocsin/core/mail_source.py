"""What a mail to an alert source becomes: the rules of sources of the types EMAIL and EMAIL2.

Any mail to the source's address is an event, unless the accept filter says otherwise. Its subject is the
summary, its text the details. A mail in a thread belongs to the thread's incident while that is open; in the
mode OPEN_RESOLVE_ON_EXTRACTION the key is cut out of the mail instead, and a resolve filter tells the mails that
mean the end. Whatever becomes of a mail, the source's event log says so and why.
"""

from __future__ import annotations

import re

from tocsin.core import patterns
from tocsin.core.events import (
    MAX_DETAILS,
    MAX_SUMMARY,
    AlertSource,
    Creation,
    Event,
    NothingToReport,
    storable_key,
)
from tocsin.core.incidents import Comment
from tocsin.core.mail_rules import Field, KeyExtractor, MailRules, Operator, Predicate
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import value
from tocsin.languages import msgid

TYPES = frozenset({"EMAIL", "EMAIL2"})
CONTENT_TYPE = "message/rfc822"
EXTRACTING: Creation = "OPEN_RESOLVE_ON_EXTRACTION"
MAX_LOCAL = 64
RESERVED = frozenset({"reply", "bounce", "tocsin", "postmaster", "abuse", "mailer-daemon", "noreply"})
"""Local parts with a meaning of their own."""

_LOCAL = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


@value
class Attachment:
    """A file that came with a mail."""

    name: str
    content_type: str
    size: int


@value
class Mail:
    """A mail, read."""

    sender: str = ""
    """The From address, in lower case."""
    subject: str = ""
    body: str = ""
    """As text, whatever form it came in."""
    message_id: str = ""
    thread: str = ""
    """The id of the mail that began its thread; "" for one that begins one."""
    recipients: tuple[str, ...] = ()
    """Every address that its headers name as a recipient."""
    attachments: tuple[Attachment, ...] = ()


def event_of(source: AlertSource, rules: MailRules, mail: Mail) -> Event:
    """The event that a mail is. Raises NothingToReport that says why it is none."""
    if rules.filtered and rules.predicates and not _hold(rules.predicates, rules.operator, mail):
        raise NothingToReport("the mail does not match the source's filter")
    extracting = source.incident_creation == EXTRACTING
    key = _extracted(rules.key_extractor, mail) if extracting else mail.thread or mail.message_id
    if extracting and not key:
        raise NothingToReport("no key could be extracted from the mail")
    over = (
        extracting
        and rules.resolve_filtered
        # Without a condition every mail would mean the end, and nothing would ever ring.
        and bool(rules.resolve_predicates)
        and _hold(rules.resolve_predicates, rules.resolve_operator, mail)
    )
    summary = " ".join(mail.subject.split()) or f"A mail without a subject from {mail.sender or 'nobody'}"
    details = _details(mail)
    return Event(
        event_type="RESOLVE" if over else "ALERT",
        summary=summary[:MAX_SUMMARY],
        details=details,
        key=storable_key(key),
        custom_details=_content(mail),
        comments=(Comment(creator=mail.sender or None, content=details[:MAX_SUMMARY]),) if over else (),
    )


def lacks_key(source: AlertSource) -> bool:
    """Whether no mail could ever count, because nothing says where the key stands that its mode needs."""
    if source.integration_type not in TYPES or source.incident_creation != EXTRACTING:
        return False
    return source.mail is None or source.mail.key_extractor is None


def check(rules: MailRules) -> None:
    """Refuse rules that cannot be followed. Raises BadInput with the fields as the wire names them."""
    problems: list[Problem] = []
    for name, predicates in (
        ("emailPredicates", rules.predicates),
        ("emailResolvePredicates", rules.resolve_predicates),
    ):
        for place, predicate in enumerate(predicates):
            if predicate.criteria in ("MATCHES_REGEX", "MATCHES_NOT_REGEX"):
                problems += _wrong(predicate.value, f"{name}.{place}.value")
    extractor = rules.key_extractor
    if extractor is not None and not extractor.value:
        problems.append(Problem("resolveKeyExtractor.value", "must not be empty"))
    elif extractor is not None and extractor.criteria == "MATCHES_REGEX":
        problems += _wrong(extractor.value, "resolveKeyExtractor.value")
    if problems:
        raise BadInput(*problems)


def address_of(wanted: str, domain: str) -> str:
    """The address of a source, from what somebody wants before the @ (or all of it). Raises BadInput."""
    local, at, host = wanted.strip().lower().partition("@")
    if at and host != domain.lower():
        raise BadInput.at("integrationKey", f"addresses of alert sources end with @{domain}")
    if not _LOCAL.fullmatch(local):
        raise BadInput.at(
            "integrationKey", msgid("use letters, digits, dots and dashes before the @, 64 at the most")
        )
    if local in RESERVED:
        raise BadInput.at("integrationKey", f"{local}@{domain} has a meaning of its own: use another")
    return f"{local}@{domain.lower()}"


def ours_among(addresses: tuple[str, ...], domain: str) -> tuple[str, ...]:
    """Those addresses that are of our domain; `a+b@…` also stands for `a@…`."""
    found: dict[str, None] = {}
    for address in addresses:
        local, _, host = address.strip().strip("<>").lower().rpartition("@")
        if local and len(local) <= MAX_LOCAL * 2 and host.rstrip(".") == domain.lower():
            found[f"{local}@{domain.lower()}"] = None
            found[f"{local.partition('+')[0]}@{domain.lower()}"] = None
    return tuple(found)


def mailbox_addresses(addresses: tuple[str, ...], domain: str) -> tuple[str, ...]:
    """Which addresses of ours a mail in somebody's mailbox may mean.

    `alerts+disk@their.example` means `disk@` our domain, and so does `disk@their.example`.
    """
    found: dict[str, None] = {}
    for address in addresses:
        local = address.strip().strip("<>").lower().rpartition("@")[0]
        stem, _, suffix = local.partition("+")
        for name in (suffix, stem):
            if name and len(name) <= MAX_LOCAL:
                found[f"{name}@{domain.lower()}"] = None
    return tuple(found)


def _hold(predicates: tuple[Predicate, ...], operator: Operator | None, mail: Mail) -> bool:
    results = (_holds(predicate, mail) for predicate in predicates)
    return any(results) if operator == "OR" else all(results)


def _holds(predicate: Predicate, mail: Mail) -> bool:
    text, wanted = _field(predicate.field, mail), predicate.value
    match predicate.criteria:
        case "CONTAINS_ANY_WORDS":
            return _any_word(wanted, text)
        case "CONTAINS_NOT_WORDS":
            return not _any_word(wanted, text)
        case "CONTAINS_STRING":
            return wanted.casefold() in text.casefold()
        case "CONTAINS_NOT_STRING":
            return wanted.casefold() not in text.casefold()
        case "IS_STRING":
            return wanted.strip().casefold() == text.strip().casefold()
        case "IS_NOT_STRING":
            return wanted.strip().casefold() != text.strip().casefold()
        case "MATCHES_REGEX":
            return patterns.pattern(wanted).search(text) is not None
        case "MATCHES_NOT_REGEX":
            return patterns.pattern(wanted).search(text) is None


def _any_word(wanted: str, text: str) -> bool:
    words = set(re.findall(r"\w+", text.casefold()))
    return any(word in words for word in re.findall(r"\w+", wanted.casefold()))


def _field(name: Field, mail: Mail) -> str:
    return {"EMAIL_FROM": mail.sender, "EMAIL_SUBJECT": mail.subject, "EMAIL_BODY": mail.body}[name]


def _extracted(extractor: KeyExtractor | None, mail: Mail) -> str:
    if extractor is None:
        return ""
    text = _field(extractor.field, mail)
    if extractor.criteria == "MATCHES_REGEX":
        found = patterns.pattern(extractor.value).search(text)
        return found.group().strip() if found else ""
    before, mark, after = text.partition(extractor.value)
    if not mark:
        return ""
    return (before if extractor.criteria == "ALL_TEXT_BEFORE" else after).strip()


def _details(mail: Mail) -> str:
    files = [f"- {file.name} ({file.content_type}, {file.size:,} bytes)" for file in mail.attachments]
    blocks = [mail.body.strip(), "\n".join(("Attachments:", *files)) if files else ""]
    return "\n\n".join(filter(None, blocks))[:MAX_DETAILS]


def _content(mail: Mail) -> dict[str, object]:
    """The mail as JSON, for templates and conditions."""
    return {
        "from": mail.sender,
        "to": list(mail.recipients),
        "subject": mail.subject,
        "body": mail.body[:MAX_DETAILS],
        "messageId": mail.message_id,
        "attachments": [
            {"name": f.name, "contentType": f.content_type, "size": f.size} for f in mail.attachments
        ],
    }


def _wrong(text: str, path: str) -> list[Problem]:
    try:
        patterns.pattern(text)
    except BadInput as wrong:
        return [Problem(path, wrong.problems[0].message)]
    return []

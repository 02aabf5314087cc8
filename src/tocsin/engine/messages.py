"""From a leased notification to the message that its channel renders: all look-ups, no decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tocsin.auth.answer_tokens import answer_token
from tocsin.auth.verification_codes import verification_code
from tocsin.channels.mail_replies import bounce_address, reply_address
from tocsin.core import subscribers
from tocsin.core.delivery import Notification
from tocsin.core.incidents import Incident, Surroundings
from tocsin.core.messages import Answers, Message, Subject
from tocsin.core.notices import verification
from tocsin.core.notifying import PLAIN
from tocsin.core.people import Person
from tocsin.core.sentences import next_step
from tocsin.store import contacts, decisions, documents, incidents, log, notifications, people, reply_codes
from tocsin.store.database import Transaction
from tocsin.store.kinds import SOURCES

DETAILS_SHOWN = 20_000


@dataclass(frozen=True)
class Addresses:
    """Where our links and mail addresses point."""

    public_url: str
    mail_domain: str
    secret: str
    replies_heard: bool
    """Whether an inbound mail listener runs, so that replies and bounces reach us."""


def compose(tx: Transaction, leased: Sequence[Notification], where: Addresses) -> dict[int, Message]:
    """The messages of these notifications, by id."""
    found = {i.id: i for i in _incidents(tx, leased)}
    around = decisions.outlook(tx, found.values(), {n.user_id for n in leased})
    everybody = _people(tx, {n.user_id for n in leased}, around)
    sources = documents.many(tx, SOURCES, {i.source_id for i in found.values()})
    badges = incidents.open_of_users(tx, {n.user_id for n in leased if n.method == "PUSH"})
    contents = notifications.contents(tx, [n.id for n in leased if n.purpose in PLAIN])
    told = {
        n.incident_id for n in leased if n.incident_id is not None and n.purpose not in notifications.PAGING
    }
    happened = {number: _what_happened(tx, number) for number in told}
    messages = {}
    for n in leased:
        person = everybody[n.user_id]
        plain = _plain(n, person, where, tx.now)
        if n.incident_id is None:
            messages[n.id] = Message(**plain, **_notice(contents.get(n.id, {}), n, person, where))
            continue
        incident = found[n.incident_id]
        if n.purpose == "SUBSCRIPTION":
            links = _links(n, where)
            headline, text = subscribers.words(contents.get(n.id, {}), incident, person.language)
            messages[n.id] = Message(**plain, **links, headline=headline, text=text)
            continue
        source = sources[incident.source_id].name
        sentence = next_step(incident, around[incident.id], tx.now, person.language, person.timezone)
        subject = _subject(incident, source, around[incident.id].policy.name)
        links = _links(n, where)
        code = str(reply_codes.code_for(tx, n.target, incident.id)) if n.method in reply_codes.CODED else ""
        messages[n.id] = Message(
            **plain,
            **links,
            subject=subject,
            text=happened[n.incident_id] if n.purpose not in notifications.PAGING else "",
            next_step=sentence,
            reply_code=code,
            open_incidents=badges.get(n.user_id, 0),
        )
    return messages


def _people(tx: Transaction, ids: set[int], around: Mapping[int, Surroundings]) -> Mapping[int, Person]:
    """Those who are told; most were looked up with the incidents, deleted ones were not."""
    known = next(iter(around.values())).people if around else {}
    missing = ids - known.keys()
    return {**known, **people.load(tx, missing, deleted=True)} if missing else known


def _incidents(tx: Transaction, leased: Sequence[Notification]) -> list[Incident]:
    wanted = {n.incident_id for n in leased if n.incident_id is not None}
    return incidents.many(tx, wanted)


def _plain(n: Notification, person: Person, where: Addresses, now: datetime) -> dict[str, Any]:
    return {
        "notification_id": n.id,
        "purpose": n.purpose,
        "to": n.target,
        "name": person.name,
        "language": person.language,
        "timezone": person.timezone,
        "message_id": f"<{n.id}.{n.purpose.lower()}@{where.mail_domain}>",
        "bounce_to": bounce_address(answer_token(where.secret, n.id), where.mail_domain)
        if where.replies_heard
        else None,
        "sent_at": now,
        "token": answer_token(where.secret, n.id),
    }


def _links(n: Notification, where: Addresses) -> dict[str, Any]:
    token = answer_token(where.secret, n.id)
    page = f"{where.public_url}/r/{token}"
    asks = n.purpose in ("ALERT", "FALLBACK", "ESCALATED")
    answers = Answers(
        accept=f"{page}?do=accept", resolve=f"{page}?do=resolve", escalate=f"{page}?do=escalate"
    )
    return {
        "incident_url": f"{where.public_url}/incidents/{n.incident_id}",
        "answers": answers if asks else None,
        "reply_to": reply_address(token, where.mail_domain) if where.replies_heard and asks else None,
        "unsubscribe_url": f"{where.public_url}/u/{token}",
        "thread_id": f"<incident.{n.incident_id}.{n.user_id}@{where.mail_domain}>",
    }


def _subject(incident: Incident, source: str, policy: str) -> Subject:
    return Subject(
        id=incident.id,
        summary=incident.summary,
        details=incident.details[:DETAILS_SHOWN],
        status=incident.status,
        priority=incident.priority,
        source=source,
        policy=policy,
        reported_at=incident.reported_at,
        links=incident.links,
        images=incident.images,
        labels=tuple(incident.labels.items()),
    )


def _notice(content: Mapping[str, Any], n: Notification, person: Person, where: Addresses) -> dict[str, Any]:
    """A message that is about no incident. The code of a verification is made here, and stored nowhere."""
    if n.purpose == "VERIFICATION":
        code = verification_code(where.secret, n.contact_id or 0, n.method, str(content.get("nonce", "")))
        return verification(code, contacts.CODE_LASTS // timedelta(minutes=1), person.language)
    path = content.get("path")
    said = {
        "headline": str(content.get("headline", "")),
        "text": str(content.get("text", "")),
        "incident_url": f"{where.public_url}{path}" if path else content.get("url"),
    }
    if n.purpose == "TEST" and content.get("answerable"):
        token = answer_token(where.secret, n.id)
        page = f"{where.public_url}/t/{token}"
        return {
            **said,
            "answers": Answers(accept=page, resolve=page, escalate=page),
            "incident_url": page,
            "reply_to": reply_address(token, where.mail_domain) if where.replies_heard else None,
        }
    return said


def _what_happened(tx: Transaction, incident_id: int) -> str:
    """For an update: who did it."""
    answered = {"UserResponse", "AlertSourceResponse", "IncidentAutoResolved", "EscalatedToLevel"}
    entries = log.timeline(tx, incident_id, limit=20)
    return next((entry.by.name for entry in entries if entry.type in answered), "")

"""Answers by mail: they count only with the token, only once, and never silently."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.cast import Cast, assemble
from tests.engine.test_escalations import WHERE, run
from tocsin.auth.answer_tokens import answer_token
from tocsin.core.incidents import Incident
from tocsin.engine.replies import Mailroom
from tocsin.kit.value import replace
from tocsin.store import incidents, notifications, people, profiles, trials
from tocsin.store.database import Database
from tocsin.store.tables import notifications as stored

REPLY = "From: ann@example.org\r\nTo: x\r\nSubject: Re: x\r\n\r\n{line}\r\n\r\n> ack\r\n"
BOUNCE = (
    "From: MAILER-DAEMON@example.org\r\nTo: x\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
    "Final-Recipient: rfc822; ann@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n"
)


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def mail(cast: Cast, line: str, *, kind: str = "reply", number: int = 1, secret: str = WHERE.secret) -> str:
    recipient = f"{kind}+{answer_token(secret, number).upper()}@t.example"
    raw = BOUNCE if kind == "bounce" else REPLY.format(line=line)
    sender = "" if kind == "bounce" else "ann@example.org"
    return Mailroom(cast.db, WHERE.secret).process(sender, (recipient,), raw.encode())


def incident(cast: Cast, incident_id: int) -> Incident:
    with cast.db.read() as tx:
        return incidents.get(tx, incident_id)


def test_a_reply_accepts_for_the_person_who_was_written_to(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    assert mail(cast, "Ack.").startswith("250")
    found = incident(cast, incident_id)
    assert (found.status, found.accepted_by) == ("ACCEPTED", cast.ann.id)
    with cast.db.read() as tx:
        kept = notifications.replies_of(tx, [1])[1]
    assert [(reply.via, reply.text, reply.outcome) for reply in kept] == [("EMAIL", "Ack.", "ACCEPT")]


def test_a_forged_token_changes_nothing(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    assert mail(cast, "ack", secret="f" * 32).startswith("550")
    assert incident(cast, incident_id).status == "PENDING"


def test_a_reply_is_answered_in_the_language_of_who_sent_it(cast: Cast) -> None:
    with cast.db.write() as tx:
        profiles.change(tx, cast.ann, replace(profiles.of(cast.ann), language="de"))
    incident_id = cast.alert()
    run(cast)
    mail(cast, "was ist das?")
    with cast.db.read() as tx:
        said = tx.scalar(sa.select(stored.c.content).where(stored.c.purpose == "NOTICE"))
    assert said["headline"] == f"Vorfall #{incident_id}: Ihre Antwort hat nichts geändert"
    assert said["text"].startswith("Ihre Antwort haben wir nicht verstanden.")


def test_the_monthly_test_is_answered_by_mail(cast: Cast) -> None:
    with cast.db.write() as tx:
        trials.send(tx, cast.ann)
    assert run(cast) == ["TEST:ann"]
    assert mail(cast, "hm") == "250 2.0.0 not understood"
    assert mail(cast, "1") == "250 2.0.0 tested"
    with cast.db.read() as tx:
        assert trials.of_users(tx, [cast.ann.id])[cast.ann.id].answered_at == cast.db.clock.now()
        kept = notifications.replies_of(tx, [1])[1]
    assert [reply.outcome for reply in kept] == ["NOT_UNDERSTOOD", "TESTED"]


def test_a_reply_that_does_nothing_is_answered(cast: Cast) -> None:
    cast.alert()
    run(cast)
    mail(cast, "what is this?")
    assert run(cast) == ["NOTICE:ann"]
    mail(cast, "resolve")
    run(cast)
    mail(cast, "resolve")
    assert run(cast) == ["NOTICE:ann"]


def test_escalating_by_reply(cast: Cast) -> None:
    cast.alert()
    run(cast)
    mail(cast, "escalate")
    assert run(cast) == ["ALERT:bo", "ALERT:chi"]


def test_a_bounce_is_a_failed_delivery_and_goes_on(cast: Cast) -> None:
    incident_id = cast.alert()
    run(cast)
    assert mail(cast, "", kind="bounce").startswith("250")
    assert run(cast) == ["ALERT:bo", "ALERT:chi"]
    with cast.db.read() as tx:
        assert notifications.of_incident(tx, incident_id)[0].state == "FAILED"
        assert people.one(tx, cast.ann.id).contacts[0].state == "BOUNCED"
    assert incident(cast, incident_id).status == "PENDING"

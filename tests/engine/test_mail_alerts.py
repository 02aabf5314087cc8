"""Mails to alert sources: whoever sends them, however they are written, and whatever way they came."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.fakes import FakeIntake
from tests.cast import Cast, assemble
from tocsin.channels.mail_source import read_mail
from tocsin.core.events import AlertSource
from tocsin.core.mail_rules import KeyExtractor, MailRules, Predicate
from tocsin.engine.mail_alerts import MailAlerts
from tocsin.engine.replies import Mailroom
from tocsin.kit.errors import Overloaded
from tocsin.net.inbound_smtp import InboundMail
from tocsin.store import events, incidents, sources
from tocsin.store.database import Database

ADDRESS = "disk@t.example"


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def source(cast: Cast, address: str = ADDRESS, **more: Any) -> AlertSource:
    with cast.db.write() as tx:
        wanted = AlertSource(
            name=address,
            integration_type="EMAIL",
            integration_key=address,
            policy_id=cast.policy.id,
            mail=more.pop("mail", MailRules()),
            **more,
        )
        return sources.create(tx, wanted, cast.chance)


def letter(subject: str = "Disk full", **headers: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = subject
    mail["From"] = "Monitor <mon@x.example>"
    for name, said in headers.items():
        mail[name.replace("_", "-")] = said
    mail.set_content("db1 is full\n")
    return mail.as_bytes()


def deliver(cast: Cast, raw: bytes, *recipients: str) -> str:
    """The SMTP reply."""
    intake = FakeIntake(cast)
    room = Mailroom(cast.db, "s" * 32, MailAlerts(cast.db, intake, "t.example"))
    mail = InboundMail(sender="mon@x.example", recipients=recipients or (ADDRESS,), raw=raw)
    return asyncio.run(room.handle(mail))


def found(cast: Cast) -> list[tuple[str, str]]:
    with cast.db.read() as tx:
        return [(one.summary, str(one.status)) for one in incidents.search(tx, incidents.Filter())][::-1]


def log(cast: Cast, number: int) -> list[tuple[str, str]]:
    with cast.db.read() as tx:
        return [(one.effect, one.reason) for one in events.listing(tx, number, 0, 50)][::-1]


def test_a_mail_opens_an_incident_and_its_thread_joins_it(cast: Cast) -> None:
    number = source(cast).id
    assert deliver(cast, letter(Message_ID="<1@x>")) == "250 2.0.0 open"
    assert (
        deliver(cast, letter("Re: Disk full", Message_ID="<2@x>", References="<1@x>")) == "250 2.0.0 append"
    )
    assert deliver(cast, letter("Another", Message_ID="<3@x>")) == "250 2.0.0 open"
    assert found(cast) == [("Disk full", "PENDING"), ("Another", "PENDING")]
    assert [effect for effect, _ in log(cast, number)] == ["OPEN", "APPEND", "OPEN"]


def test_every_way_to_address_a_source(cast: Cast) -> None:
    source(cast)
    for raw, recipients in (
        (letter("envelope"), ("DISK@T.Example",)),  # Bcc, too: it stands nowhere else
        (letter("suffix"), ("disk+db1@t.example",)),
        (letter("forwarded", To="ops@x.example", Delivered_To=ADDRESS), ("catch-all@t.example",)),
        (letter("copy", To="ops@x.example", Cc=f"Disk <{ADDRESS}>"), ("catch-all@t.example",)),
        (letter("blind", To="ops@x.example", Bcc=ADDRESS), ("catch-all@t.example",)),
    ):
        assert deliver(cast, raw, *recipients) == "250 2.0.0 open"
    assert [summary for summary, _ in found(cast)] == ["envelope", "suffix", "forwarded", "copy", "blind"]
    assert deliver(cast, letter(), "nobody@t.example").startswith("550")
    assert deliver(cast, letter(), cast.source.integration_key + "@t.example").startswith("550")


def test_one_mail_to_two_sources_is_read_once(cast: Cast) -> None:
    source(cast)
    source(cast, "db@t.example")
    read_mail.cache_clear()
    assert deliver(cast, letter(), ADDRESS, "db@t.example") == "250 2.0.0 open, open"
    assert read_mail.cache_info().misses == 1


def test_the_mail_log_says_why_a_mail_was_ignored(cast: Cast) -> None:
    rule = Predicate(field="EMAIL_FROM", criteria="CONTAINS_STRING", value="nagios")
    number = source(cast, mail=MailRules(filtered=True, predicates=(rule,))).id
    assert deliver(cast, letter()) == "250 2.0.0 drop"
    assert log(cast, number) == [("DROP", "the mail does not match the source's filter")]
    assert found(cast) == []


def test_extraction_opens_appends_and_resolves(cast: Cast) -> None:
    rules = MailRules(
        resolve_filtered=True,
        resolve_predicates=(Predicate(field="EMAIL_SUBJECT", criteria="CONTAINS_STRING", value="OK"),),
        key_extractor=KeyExtractor(
            field="EMAIL_SUBJECT", criteria="MATCHES_REGEX", value="(?<=Service:)(.*)(?=is)"
        ),
    )
    number = source(cast, mail=rules, incident_creation="OPEN_RESOLVE_ON_EXTRACTION").id
    for subject in (
        "Service: web is CRITICAL",
        "Service: web is WARNING",
        "Newsletter",
        "Service: web is OK",
        "Service: web is OK",
    ):
        deliver(cast, letter(subject))
    assert found(cast) == [("Service: web is CRITICAL", "RESOLVED")]
    assert [effect for effect, _ in log(cast, number)] == ["OPEN", "APPEND", "DROP", "RESOLVE", "DROP"]


def test_a_busy_intake_promises_nothing(cast: Cast) -> None:
    source(cast)
    intake = FakeIntake(cast)
    intake.overloaded = True
    alerts = MailAlerts(cast.db, intake, "t.example")
    with pytest.raises(Overloaded):
        asyncio.run(alerts.take((ADDRESS,), letter()))


def test_html_encodings_and_attachments(cast: Cast) -> None:
    source(cast)
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = "Überlauf ☃"
    mail.set_content("<p>Platte <b>voll</b></p><script>x</script>", subtype="html", charset="iso-8859-1")
    mail.add_attachment(b"x" * 2_000, maintype="image", subtype="png", filename="graph.png")
    deliver(cast, mail.as_bytes())
    with cast.db.read() as tx:
        (one,) = incidents.search(tx, incidents.Filter())
    assert one.summary == "Überlauf ☃"
    assert one.details.startswith("Platte voll")
    assert "- graph.png (image/png, 2,000 bytes)" in one.details


def test_a_mail_that_is_far_too_large_is_cut_and_kept(cast: Cast) -> None:
    number = source(cast).id
    assert deliver(cast, letter() + b"x" * 2_000_000) == "250 2.0.0 open"
    with cast.db.read() as tx:
        assert len(events.listing(tx, number, 0, 1)[0].raw) <= 1_048_576


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\0\0",
        b"Subject: =?utf-8?B?AAA=?=\r\n\r\na\0b",
        b"Subject: \xff\xfe\r\nMessage-ID: <" + b"x" * 900 + b"@x>\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    ],
)
def test_the_strangest_mail_is_still_an_alert(cast: Cast, raw: bytes) -> None:
    source(cast)
    assert deliver(cast, raw) == "250 2.0.0 open"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_are_a_mail(raw: bytes) -> None:
    mail = read_mail(raw)
    for text in (mail.subject, mail.body, mail.sender, *mail.recipients):
        assert "\0" not in text
        text.encode()

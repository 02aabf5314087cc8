from __future__ import annotations

import contextlib
import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.cli.conftest import HttpServer
from tocsin.auth import setup
from tocsin.auth.provider_params import sealed
from tocsin.auth.vault import Vault
from tocsin.core.people import Person, User
from tocsin.core.policies import EscalationPolicy, EscalationRule, UserRef
from tocsin.core.providers import ChannelProvider
from tocsin.kit.chance import SeededChance
from tocsin.kit.clock import ManualClock, SystemClock
from tocsin.kit.value import replace
from tocsin.ops import doctor, probes
from tocsin.ops.findings import Finding
from tocsin.ops.outbox import kept, one
from tocsin.settings import Address, Settings, SettingsError, SmtpServer
from tocsin.store import people, policies, providers
from tocsin.store.database import Database
from tocsin.store.tables import alert_sources, events, outbox

VAULT = Vault("a secret key of 32 letters or more", SeededChance(1))
MAIL = b"From: a@x.org\r\nTo: b@x.org\r\nSubject: =?utf-8?q?K=C3=B6ln?=\r\n\r\nHello\r\n"


def verdicts(findings: list[Finding], topic: str) -> list[tuple[str, str]]:
    return [(f.verdict, f.says) for f in findings if f.topic == topic]


def set_up(db: Database) -> Person:
    with db.write() as tx:
        return setup.create_owner(tx, User(username="ann", email="ann@x.org", role="OWNER"), "hash", None)


def test_a_database_without_an_owner_is_broken_and_says_what_to_do(db: Database) -> None:
    (finding,) = [f for f in doctor.of_database(db, VAULT) if f.topic == "owner"]
    assert finding.verdict == "BROKEN"
    assert "tocsin init" in finding.mend


def test_a_sound_database_has_no_broken_part(db: Database) -> None:
    set_up(db)
    db.clock = SystemClock()
    findings = doctor.of_database(db, VAULT)
    assert [f for f in findings if f.verdict == "BROKEN"] == []
    assert verdicts(findings, "owner")[0][0] == "OK"


def test_a_database_without_schema_is_broken(
    empty_database_url: str, open_database: Callable[[str], Database]
) -> None:
    findings = doctor.of_database(open_database(empty_database_url), VAULT)
    assert "tocsin migrate" in next(f.mend for f in findings if f.verdict == "BROKEN")


def test_whoever_a_policy_asks_and_nobody_can_reach_is_broken(db: Database) -> None:
    owner = set_up(db)
    with db.write() as tx:
        asked = people.create(tx, User(username="bob", email="bob@x.org", first_name="Bob"))
        idle = people.create(tx, User(username="eve", email="eve@x.org", first_name="Eve"))
        rule = EscalationRule(users=(UserRef(id=asked.id),))
        policies.create(tx, EscalationPolicy(name="P", escalation_rules=(rule,)))
        people.set_contact_state(tx, owner.contacts[0].id, "OK", "")
        for person in (asked, idle):
            people.set_contact_state(tx, person.contacts[0].id, "BOUNCED", "550")
    db.clock = SystemClock()
    found = verdicts(doctor.of_database(db, VAULT), "people")
    assert [(v, says.split(" ")[0]) for v, says in found] == [("BROKEN", "Bob"), ("NOTE", "Eve")]


def test_a_provider_whose_secrets_were_sealed_with_another_key_is_broken(db: Database) -> None:
    set_up(db)
    account = {"accountSid": "AC1", "authToken": "t", "sender": "+4915735990000"}
    twilio = ChannelProvider(channel="SMS", type="twilio", name="Twilio")
    with db.write() as tx:
        providers.create(tx, replace(twilio, params=sealed(VAULT, twilio, account, {})))
    other = Vault("another secret key, of 32 or more", SeededChance(1))
    assert verdicts(doctor.of_database(db, VAULT), "channels")[0][0] == "OK"
    ((verdict, says),) = verdicts(doctor.of_database(db, other), "channels")
    assert verdict == "BROKEN"
    assert "'Twilio' (SMS)" in says


def test_a_clock_that_was_set_back_is_noticed(db: Database, clock: ManualClock) -> None:
    set_up(db)
    with db.write() as tx:
        row = {
            "id": 1,
            "integration_type": "API",
            "integration_key": "k",
            "policy_id": 1,
            "name": "S",
            "body": "{}",
        }
        stamp = {"version": 1, "created_at": tx.now, "updated_at": tx.now}
        tx.run(sa.insert(alert_sources), {**row, **stamp})
        blank = dict.fromkeys(("key", "summary", "effect", "reason", "content_type"), "")
        tx.run(
            sa.insert(events),
            {"id": 1, "source_id": 1, "at": tx.now, "event_type": "ALERT", "raw": b"", **blank},
        )
    clock.advance(timedelta(hours=-3))
    found = verdicts(doctor.of_database(db, VAULT), "clock")
    assert any(v == "BROKEN" and "set back" in says for v, says in found)


@pytest.mark.parametrize("seconds, verdict", [(0, "OK"), (-1.9, "OK"), (5, "NOTE"), (-31, "BROKEN")])
def test_clocks_apart(clock: ManualClock, seconds: float, verdict: str) -> None:
    assert doctor.skew(clock.now() + timedelta(seconds=seconds), clock.now()).verdict == verdict


@pytest.mark.parametrize("free, verdict", [(50 << 20, "BROKEN"), (500 << 20, "NOTE"), (5 << 30, "OK")])
def test_room_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert doctor.disk(tmp_path / "not" / "yet")[0].verdict == verdict


def test_settings_are_shown_and_secrets_are_not() -> None:
    known = Settings.load(
        {"TOCSIN_SECRET_KEY": "x" * 40, "TOCSIN_API_KEY": "hush", "TOCSIN_TIME_SCALE": "60"}
    )
    found = doctor.of_settings(known)
    text = " ".join(f.says for f in found)
    assert "hush" not in text
    assert "xxxx" not in text
    assert ("NOTE", "time runs 60 times as fast: pages come too early for real people") in verdicts(
        found, "TOCSIN_TIME_SCALE"
    )


def test_every_wrong_setting_is_a_finding() -> None:
    with pytest.raises(SettingsError) as wrong:
        Settings.load({"TOCSIN_LISTEN": "x", "TOCSIN_SMTP": "y"})
    assert {f.topic for f in doctor.of_wrong_settings(wrong.value)} == {"TOCSIN_LISTEN", "TOCSIN_SMTP"}


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    greeting = b"220 here\r\n"


class _Smtp(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self.converse()

    def converse(self) -> None:
        self.wfile.write(self.server.greeting)
        for line in self.rfile:
            verb = line.split()[0].upper()
            if verb == b"EHLO":
                self.wfile.write(b"250-here\r\n250 AUTH PLAIN\r\n")
            elif verb == b"AUTH":
                self.wfile.write(b"535 wrong password\r\n" if b"AGEAYmFk" in line else b"235 welcome\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"502 no\r\n")


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    with MailServer(("127.0.0.1", 0), _Smtp) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def smtp_at(server: MailServer, security: str = "smtp", user: str = "", password: str = "") -> SmtpServer:
    host, port = str(server.server_address[0]), server.server_address[1]
    return SmtpServer(host=host, port=port, security=security, user=user, password=password)


def test_mail_out(mail_server: MailServer) -> None:
    assert probes.mail_out(None, "x.org").verdict == "NOTE"
    assert probes.mail_out(smtp_at(mail_server), "x.org").verdict == "OK"
    assert probes.mail_out(smtp_at(mail_server, user="a", password="good"), "x.org").verdict == "OK"


def test_mail_out_with_a_wrong_password_without_showing_it(mail_server: MailServer) -> None:
    finding = probes.mail_out(smtp_at(mail_server, user="a", password="bad"), "x.org")
    assert finding.verdict == "BROKEN"
    assert finding.says.endswith("refuses the login: 535 wrong password")


@pytest.mark.parametrize("security", ["smtps", "smtp+starttls"])
def test_mail_out_without_the_tls_asked_for(mail_server: MailServer, security: str) -> None:
    finding = probes.mail_out(smtp_at(mail_server, security), "x.org")
    assert finding.verdict == "BROKEN"
    assert finding.mend


def test_mail_in(mail_server: MailServer) -> None:
    address = Address(str(mail_server.server_address[0]), mail_server.server_address[1])
    assert probes.mail_in(None, running=True).verdict == "OK"
    assert probes.mail_in(address, running=True).verdict == "OK"
    mail_server.greeting = b"SSH-2.0-x\r\n"
    assert probes.mail_in(address, running=True).verdict == "BROKEN"


def test_nothing_listens_is_a_fault_only_of_a_server_that_runs(free_port: int) -> None:
    address = Address("127.0.0.1", free_port)
    assert not probes.listening(address)
    assert probes.mail_in(address, running=False).verdict == "NOTE"
    assert probes.mail_in(address, running=True).verdict == "BROKEN"
    assert (
        probes.mail_out(SmtpServer(host="127.0.0.1", port=free_port, security="smtp"), "x.org").verdict
        == "BROKEN"
    )


def test_the_public_url(http_server: HttpServer, free_port: int) -> None:
    known = Settings.load({"TOCSIN_PUBLIC_URL": http_server.url})
    http_server.answers["/healthz"] = (200, {"status": "alive"})
    first, second = probes.public_url(known, running=True)
    assert (first.verdict, second.verdict) == ("OK", "NOTE")
    http_server.answers["/healthz"] = (502, {})
    assert probes.public_url(known, running=True)[0].verdict == "BROKEN"
    away = Settings.load({"TOCSIN_PUBLIC_URL": f"http://127.0.0.1:{free_port}"})
    assert probes.public_url(away, running=True)[0].verdict == "BROKEN"
    assert probes.public_url(away, running=False)[0].verdict == "NOTE"


def test_the_outbox_is_listed_newest_first_and_shown(db: Database) -> None:
    with db.write() as tx:
        for number in (1, 2):
            row = {
                "id": number,
                "notification_id": 1,
                "at": tx.now,
                "sender": "a@x.org",
                "recipient": "b@x.org",
            }
            values = {c.name: row[c.name] for c in outbox.columns if c.name in row}
            tx.run(sa.insert(outbox), {**values, "raw": MAIL})
    with db.read() as tx:
        assert [(m.id, m.subject, m.text) for m in kept(tx, 5)] == [(2, "Köln", None), (1, "Köln", None)]
        assert one(tx, 1).text == "Hello\r\n" or one(tx, 1).text == "Hello\n"
    assert verdicts(doctor.of_database(db, VAULT), "outbox")[0][0] == "NOTE"


def test_everything_at_once(
    tmp_path: Path, sqlite_url: str, open_database: Callable[[str], Database], free_port: int
) -> None:
    environ = {"TOCSIN_DATA_DIR": str(tmp_path), "TOCSIN_LISTEN": f"127.0.0.1:{free_port}"}
    findings = doctor.examine(Settings.load(environ), lambda: open_database(sqlite_url))
    assert {"disk", "database", "owner", "clock", "mail out", "mail in", "public URL"} <= {
        f.topic for f in findings
    }
    assert all(f.mend for f in findings if f.verdict != "OK")

"""A mailbox is emptied: every mail once, none marked as seen before it is stored."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.api.fakes import FakeIntake
from tests.cast import Cast, assemble
from tests.engine.test_mail_alerts import found, letter, source
from tests.net.imap_server import Box, imap_server
from tocsin.core.mail_source import mailbox_addresses
from tocsin.engine.mail_alerts import MailAlerts
from tocsin.engine.mailbox import MailboxReader
from tocsin.kit.clock import ManualClock
from tocsin.net.imap import ImapMailbox, MailboxAway
from tocsin.store.database import Database


@pytest.fixture
def cast(db: Database) -> Cast:
    return assemble(db)


def reader(cast: Cast, box: Box, intake: FakeIntake | None = None) -> MailboxReader:
    mailbox = ImapMailbox("127.0.0.1", box.port, "alerts", "secret", tls=False)
    return MailboxReader(cast.db, mailbox, MailAlerts(cast.db, intake or FakeIntake(cast), "t.example"))


def later(cast: Cast) -> None:
    assert isinstance(cast.db.clock, ManualClock)
    cast.db.clock.advance(timedelta(seconds=31))


def test_mails_are_taken_in_once_and_then_marked(cast: Cast) -> None:
    source(cast)
    with imap_server() as box:
        box.put(letter("first", To="alerts+disk@their.example"))
        box.put(letter("second", To="Disk <disk@their.example>"))
        box.put(letter("nobody's", To="ops@their.example"))
        reading = reader(cast, box)
        assert asyncio.run(reading.step()) == 3
        assert box.seen == {1, 2, 3}
        assert asyncio.run(reading.step()) == 0, "only every half minute"
        later(cast)
        assert asyncio.run(reading.step()) == 0
    assert found(cast) == [("first", "PENDING"), ("second", "PENDING")]


def test_what_cannot_be_stored_stays_unseen(cast: Cast) -> None:
    source(cast)
    intake = FakeIntake(cast)
    with imap_server() as box:
        box.put(letter(To="disk@their.example"))
        intake.overloaded = True
        reading = reader(cast, box, intake)
        assert asyncio.run(reading.step()) == 0
        assert box.seen == set()
        intake.overloaded = False
        later(cast)
        assert asyncio.run(reading.step()) == 1
    assert len(found(cast)) == 1


def test_a_mailbox_that_is_away_is_tried_again(cast: Cast) -> None:
    with imap_server() as box:
        box.password = "another"
        reading = reader(cast, box)
        assert asyncio.run(reading.step()) == 0
        due = asyncio.run(reading.next_due())
        assert due == cast.db.clock.now() + timedelta(seconds=30)
    with pytest.raises(MailboxAway):
        ImapMailbox("127.0.0.1", box.port, "alerts", "secret", tls=False).unseen(10)


def test_a_folder_that_is_not_there() -> None:
    with imap_server() as box:
        mailbox = ImapMailbox("127.0.0.1", box.port, "alerts", "secret", folder="Nowhere", tls=False)
        with pytest.raises(MailboxAway, match="Nowhere"):
            mailbox.unseen(10)


def test_which_source_a_mailbox_address_means() -> None:
    assert mailbox_addresses(("alerts+disk@their.example", "Db@x"), "t.example") == (
        "disk@t.example",
        "alerts@t.example",
        "db@t.example",
    )

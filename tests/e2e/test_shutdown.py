"""Starting and stopping: quickly, losing nothing, and not at all where that would do harm."""

from __future__ import annotations

import os
import sqlite3
import time

import psycopg
import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import Server
from tests.e2e.mailserver import MailServer, until
from tests.e2e.storm import Storm, assert_nothing_lost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_sigterm_under_load_ends_soon_and_loses_nothing(
    make_server: MakeServer, server_database: str | None, mail_server: MailServer
) -> None:
    server = make_server(server_database)
    source = server.source(server.policy((server.user("Bo"),), minutes=30))
    mail_server.slow_seconds = 0.2
    storm = Storm(server, source["integrationKey"], clients=6, new_one_in=5, pause_seconds=0)
    storm.start()
    try:
        until(lambda: len(storm.promised) > 100 and mail_server.mails, "storm")
        begun = time.monotonic()
        status = server.term()
        took = time.monotonic() - begun
    finally:
        storm.stop()
    print(f"ended in {took:.2f} s, {len(storm.promised)} events promised, {len(mail_server.mails)} mails out")
    assert status == 0, server.log_tail()
    assert took < 10
    assert any(sent.status is None for sent in storm.sent), "the storm was over before the server"
    before = len(mail_server.mails)

    server.start()
    incidents = assert_nothing_lost(storm, source["id"])
    mail_server.slow_seconds = 0
    mails = mail_server.wait("bo@people.test", "alert", count=len(incidents), seconds=60)
    assert len({mail.notification for mail in mails}) == len(mails) == len(incidents), (
        "somebody was told twice"
    )
    assert before <= len(mails)


def test_a_second_server_on_the_same_data_says_so_and_ends(make_server: MakeServer) -> None:
    server = make_server()
    second = Server(server.folder, more={"TOCSIN_DATA_DIR": str(server.folder / "data")})
    refused = second.command("serve")
    second.close()
    assert refused.returncode == 2
    assert "holds the data" in refused.stderr
    assert server.process
    assert str(server.process.pid) in refused.stderr, "it does not say which process that is"
    assert "Traceback" not in refused.stderr
    assert server.readiness()["ready"], "the first one suffered"


def test_a_newer_schema_is_left_alone(make_server: MakeServer, server_database: str | None) -> None:
    server = make_server(server_database, running=False)
    change = "UPDATE alembic_version SET version_num = '9999'"
    if server_database is None:
        with sqlite3.connect(server.folder / "data" / "tocsin.db") as database:
            database.execute(change)
        database.close()
    else:
        with psycopg.connect(server_database.replace("postgresql+psycopg", "postgresql")) as connection:
            connection.execute(change.encode())
    refused = server.command("serve")
    assert refused.returncode == 2, refused.stderr
    assert "9999" in refused.stderr or "newer" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_second_start_is_quick(make_server: MakeServer, server_database: str | None) -> None:
    server = make_server(server_database)
    assert server.term() == 0
    begun = time.monotonic()
    server.start()
    took = time.monotonic() - begun
    print(f"ready {took:.2f} s after the second start (3 s wanted), load {os.getloadavg()[0]:.1f}")
    assert took < 30

"""The database goes away while events arrive: they wait on disk, and nothing is lost, doubled or overtaken."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import Server
from tests.e2e.mailserver import MailServer, until
from tests.e2e.postgres import MortalPostgres
from tests.e2e.storm import Storm, assert_nothing_lost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


@pytest.fixture
def postgres() -> Iterator[MortalPostgres]:
    server = MortalPostgres()
    server.command('CREATE DATABASE "tocsin"')
    yield server
    server.close()


@pytest.fixture
def server(make_server: MakeServer, postgres: MortalPostgres) -> Server:
    return make_server(postgres.url("tocsin"))


@pytest.fixture
def source(server: Server) -> dict[str, str]:
    return server.source(server.policy((server.user("Bo"),), minutes=30))


def test_events_wait_on_disk_and_keep_their_order(
    server: Server, source: dict[str, str], postgres: MortalPostgres, mail_server: MailServer
) -> None:
    key = source["integrationKey"]
    assert server.event(key, "before") == 200
    postgres.stop()
    # Only in this order there are three incidents, the last of them open.
    kinds = ["ALERT", "RESOLVE", "ALERT", "RESOLVE", "ALERT", "ACCEPT"]
    assert [server.event(key, "disk", kind=kind) for kind in kinds] == [202] * len(kinds)
    assert [server.event(key, f"other {n}") for n in range(20)] == [202] * 20
    assert server.client.get("/readyz").status_code == 503, "it is not ready without its database"
    assert server.client.get("/healthz").status_code == 200, "but it lives: no reason to restart it"
    assert server.readiness()["spooledBytes"] > 0
    postgres.start()

    until(lambda: server.readiness()["spooledBytes"] == 0, "empty spool")
    events = [(event["eventType"], event["key"]) for event in server.events(int(source["id"]))]
    assert events == [
        ("ALERT", "before"),
        *((kind, "disk") for kind in kinds),
        *(("ALERT", f"other {n}") for n in range(20)),
    ]
    disks = [i["status"] for i in server.incidents()[::-1] if i["incidentKey"] == "disk"]
    assert disks == ["RESOLVED", "RESOLVED", "ACCEPTED"]
    mails = mail_server.wait("bo@people.test", "alert", count=21, seconds=30)
    assert len({mail.notification for mail in mails}) == len(mails)


def test_what_comes_just_after_the_database_is_back_does_not_overtake(
    server: Server, source: dict[str, str], postgres: MortalPostgres
) -> None:
    key = source["integrationKey"]
    postgres.stop()
    assert server.event(key, "disk") == 202
    postgres.start()
    assert server.event(key, "disk", kind="RESOLVE") in (200, 202), "the end came before the beginning"
    number = server.only_incident()["id"]
    server.wait_status(number, "RESOLVED")


def test_a_storm_while_the_database_comes_and_goes(
    server: Server, source: dict[str, str], postgres: MortalPostgres
) -> None:
    storm = Storm(server, source["integrationKey"], pause_seconds=0.01)
    storm.start()
    try:
        for _ in range(3):
            time.sleep(1)
            postgres.stop()
            time.sleep(1)
            postgres.start()
        time.sleep(1)
    finally:
        storm.stop()
    assert {sent.status for sent in storm.sent} == {200, 202}, "somebody was turned away"
    until(lambda: server.readiness()["spooledBytes"] == 0, "empty spool")
    assert_nothing_lost(storm, int(source["id"]))


def test_the_spool_outlives_kill_9(
    server: Server, source: dict[str, str], postgres: MortalPostgres, mail_server: MailServer
) -> None:
    key = source["integrationKey"]
    postgres.stop()
    assert [server.event(key, f"alert {n}") for n in range(10)] == [202] * 10
    server.kill9()
    postgres.start()
    server.start()
    until(lambda: server.readiness()["spooledBytes"] == 0, "empty spool")
    assert [event["key"] for event in server.events(int(source["id"]))] == [f"alert {n}" for n in range(10)]
    mail_server.wait("bo@people.test", "alert", count=10)


def test_a_spool_that_cannot_be_written_refuses_and_recovers(
    server: Server, source: dict[str, str], postgres: MortalPostgres
) -> None:
    key = source["integrationKey"]
    spool = server.folder / "data" / "spool"
    postgres.stop()
    spool.rename(server.folder / "elsewhere")
    spool.touch()  # no folder: nothing can be written into it
    refused = server.event(key, "refused")
    assert refused >= 500, "promised what is not on disk"
    spool.unlink()
    (server.folder / "elsewhere").rename(spool)
    assert server.event(key, "kept") == 202
    postgres.start()
    until(lambda: server.readiness()["spooledBytes"] == 0, "empty spool")
    assert [event["key"] for event in server.events(int(source["id"]))] == ["kept"]


def test_a_database_that_answers_nothing_for_a_while_loses_nothing(
    server: Server, source: dict[str, str], postgres: MortalPostgres
) -> None:
    storm = Storm(server, source["integrationKey"], clients=3)
    storm.start()
    try:
        time.sleep(1)
        postgres.freeze()
        alive = threading.Event()
        asking = threading.Thread(target=lambda: _ask(server, alive))
        asking.start()
        time.sleep(4)
        postgres.thaw()
        asking.join(30)
        assert alive.is_set(), "the whole process stood still with its database"
        time.sleep(1)
    finally:
        storm.stop()
    until(lambda: server.readiness()["spooledBytes"] == 0, "empty spool")
    assert_nothing_lost(storm, int(source["id"]))
    server.wait_ready()


def _ask(server: Server, alive: threading.Event) -> None:
    if server.client.get("/healthz", timeout=3).status_code == 200:
        alive.set()

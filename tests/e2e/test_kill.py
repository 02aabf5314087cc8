"""The power fails again and again, in the middle of a storm: nothing promised is lost, nobody is paged at random."""

from __future__ import annotations

import random
import time
from collections import defaultdict
from typing import Any

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import Server
from tests.e2e.mailserver import Mail, MailServer, until
from tests.e2e.storm import Storm, assert_nothing_lost

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

KILLS = 50


def test_kill_9_fifty_times(
    make_server: MakeServer, server_database: str | None, mail_server: MailServer
) -> None:
    # A lease lasts 12 seconds: far longer than a mail takes, so that only a kill can cause a copy.
    server = make_server(server_database, time_scale=5)
    users = [server.user(name) for name in ("Bo", "Cy")]
    source = server.source(server.policy(*((user,) for user in users), minutes=1))
    storm = Storm(server, source["integrationKey"])
    storm.start()
    try:
        kills = _kill_and_start(server, KILLS, random.Random(1))
    finally:
        storm.stop()
    assert len(kills) >= KILLS
    assert len(storm.promised) > KILLS, "the storm never got through"

    incidents = assert_nothing_lost(storm, source["id"])
    ledgers = until(
        lambda: _all_ended(server, incidents), "every incident through its policy", seconds=120, every=1
    )
    copies: defaultdict[int, list[Mail]] = defaultdict(list)
    for mail in mail_server.mails:
        if mail.purpose == "alert":
            copies[mail.notification].append(mail)
    for alert, number in incidents.items():
        lines = ledgers[number]
        assert sorted((line["user"]["id"], line["state"]) for line in lines) == [
            (user, "SENT") for user in users
        ], f"{alert}: {lines}"
        for line in lines:
            _told_at_least_once_and_no_more_than_kills_explain(line, copies[line["id"]], kills)
    known = {line["id"] for lines in ledgers.values() for line in lines}
    assert set(copies) <= known, "a mail went out that no ledger knows"

    duplicates = sum(len(mails) - 1 for mails in copies.values())
    print(
        f"{len(kills)} kills, {len(storm.sent)} events sent, {len(storm.promised)} promised, "
        f"{len(incidents)} incidents, {len(copies)} pages, {duplicates} of them duplicates"
    )
    report = until(lambda: _calm(server), "engine with nothing overdue")
    assert report["parked"] == 0, report
    assert report["spooledBytes"] == 0, report


def _kill_and_start(server: Server, times: int, chance: random.Random) -> list[float]:
    """When it was killed. Most of the time while it serves, sometimes while it still starts."""
    kills = []
    for number in range(times):
        if number % 7 == 6:
            time.sleep(chance.uniform(0.2, 2))
        else:
            server.wait_ready(60)
            time.sleep(chance.uniform(0, 0.8))
        server.kill9()
        kills.append(time.time())
        server.start(wait=False)
    server.wait_ready(60)
    return kills


def _all_ended(server: Server, incidents: dict[str, int]) -> dict[int, list[dict[str, Any]]] | None:
    ledgers: dict[int, list[dict[str, Any]]] = {}
    for number in incidents.values():
        lines = server.ledger(number)
        if len(lines) < 2 or any(line["state"] in ("SCHEDULED", "SENDING") for line in lines):
            return None
        ledgers[number] = lines
    return ledgers


def _told_at_least_once_and_no_more_than_kills_explain(
    line: dict[str, Any], mails: list[Mail], kills: list[float]
) -> None:
    assert mails, f"never sent: {line}"
    assert {mail.recipient for mail in mails} == {line["target"]}
    during = [at for at in kills if mails[0].at <= at <= mails[-1].at]
    assert len(mails) <= 1 + len(during), f"{len(mails)} copies, but {len(during)} kills meanwhile: {line}"


def _calm(server: Server) -> dict[str, Any] | None:
    report = server.readiness()
    late = [what for what, overdue in report["overdue"].items() if overdue["rows"]]
    return report if report["ready"] and not late else None

"""The real Icinga 2 and Nagios 4: a problem pages, an acknowledgement there accepts, a recovery resolves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import Server
from tests.e2e.mailserver import MailServer, until
from tests.e2e.monitors import Monitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
def server(make_server: MakeServer) -> Server:
    """On SQLite only: what differs between the databases is not in the messages."""
    return make_server(None, time_scale=20)


@pytest.fixture(params=["ICINGA", "NAGIOS"])
def monitor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Monitor]:
    program = request.getfixturevalue("icinga2" if request.param == "ICINGA" else "nagios4")
    made = Monitor(request.param, program, tmp_path / "monitor")
    yield made
    if made.process:
        made.stop()


def test_a_problem_its_acknowledgement_and_its_recovery(
    server: Server, mail_server: MailServer, monitor: Monitor
) -> None:
    source = server.source(server.policy((server.user("Bo"),), minutes=5), monitor.kind)
    # No key in the URL: it stands in the XML, as the contact's pager.
    monitor.start(f"{server.url}/api/v1/events/{monitor.kind.lower()}", source["integrationKey"])

    monitor.result(2, "DISK CRITICAL - 1 % free")
    incident = until(lambda: next(iter(server.incidents()), None), "incident", seconds=60)
    assert incident["incidentKey"] == "db-1/disk"
    assert incident["summary"] == "db-1/disk is CRITICAL: DISK CRITICAL - 1 % free"
    assert "10.0.0.11" in incident["details"]
    assert source["integrationKey"] not in str(server.incident(incident["id"]))
    mail_server.wait("bo@people.test", "alert", seconds=30)

    monitor.acknowledge("sam", "growing the disk")
    server.wait_status(incident["id"], "ACCEPTED", seconds=60)
    assert "growing the disk" in str(server.timeline(incident["id"]))

    monitor.result(0, "DISK OK")
    server.wait_status(incident["id"], "RESOLVED", seconds=60)
    mail_server.wait("bo@people.test", "resolved", seconds=30)
    assert [event["effect"] for event in _told(server, source)] == ["OPEN", "ACCEPT", "RESOLVE"]


def _told(server: Server, source: dict[str, Any]) -> list[dict[str, Any]]:
    return [event for event in server.events(source["id"]) if event["effect"] != "DROP"]

"""What can go wrong with mail, and that the ledger shows every bit of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import OWNER, Server
from tests.e2e.mailserver import DROP, NO_SUCH_MAILBOX, SPAM, TEMPORARY, MailServer, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

BO, CY = "bo@people.test", "cy@people.test"


@pytest.fixture
def patient(make_server: MakeServer, server_database: str | None) -> tuple[Server, str, int, int]:
    """Bo first, Cy ten minutes (30 seconds here) later: (server, integration key, Bo, Cy)."""
    server = make_server(server_database, time_scale=20)
    bo, cy = server.user("Bo"), server.user("Cy")
    source = server.source(server.policy((bo,), (cy,), minutes=10))
    return server, source["integrationKey"], bo, cy


def test_a_temporary_refusal_is_tried_again(
    patient: tuple[Server, str, int, int], mail_server: MailServer
) -> None:
    server, key, bo, _ = patient
    mail_server.says[BO] = TEMPORARY
    assert server.event(key, "disk") == 200
    number = server.only_incident()["id"]
    until(lambda: _tries(mail_server, BO) >= 2, "second try")
    mail_server.says.clear()
    mail_server.wait(BO, "alert")

    page = _line(server, number, lambda line: line["state"] == "SENT")
    assert page["user"]["id"] == bo
    outcomes = [attempt["outcome"] for attempt in page["attempts"]]
    assert outcomes == ["TEMPORARY"] * (len(outcomes) - 1) + ["SENT"]
    assert len(outcomes) >= 3
    assert "451 4.3.0" in page["attempts"][0]["answer"]
    assert [attempt["number"] for attempt in page["attempts"]] == list(range(1, len(outcomes) + 1))
    assert len(mail_server.to(BO)) == 1
    assert not mail_server.to(CY), "a delay is no reason to go on to the next level"


def test_a_wrong_address_fails_over_at_once_and_is_marked(
    patient: tuple[Server, str, int, int], mail_server: MailServer
) -> None:
    server, key, bo, cy = patient
    mail_server.says[BO] = NO_SUCH_MAILBOX
    assert server.event(key, "disk") == 200
    number = server.only_incident()["id"]
    mail_server.wait(CY, "alert", seconds=15)  # long before Bo's ten minutes are over

    lines = server.ledger(number)
    bounced = next(line for line in lines if line["user"]["id"] == bo)
    assert bounced["state"] == "FAILED"
    assert bounced["status"] == "ERROR"
    assert "550 5.1.1 no such mailbox" in bounced["errorMessage"]
    assert [attempt["outcome"] for attempt in bounced["attempts"]] == ["PERMANENT"]
    assert [line["level"] for line in lines if line["user"]["id"] == cy] == [2]
    assert "LevelReachedNobodyLogEntry" in _kinds(server, number)

    # The next incident no longer tries the address, and says so instead.
    assert server.event(key, "memory") == 200
    mail_server.wait(CY, "alert", count=2, seconds=15)
    second = server.incidents()[0]["id"]
    assert second != number
    assert _tries(mail_server, BO) == 1
    assert "NotToldLogEntry" in _kinds(server, second)
    assert any("BOUNCED" in entry["text"] for entry in server.timeline(second)), server.timeline(second)


def test_a_refusal_that_is_not_the_addresss_fault_does_not_silence_the_person(
    patient: tuple[Server, str, int, int], mail_server: MailServer
) -> None:
    server, key, _, _ = patient
    mail_server.says[BO] = SPAM
    assert server.event(key, "disk") == 200
    mail_server.wait(CY, "alert", seconds=15)
    mail_server.says.clear()

    assert server.event(key, "memory") == 200
    mail_server.wait(BO, "alert")


def test_a_mail_server_that_is_away_gets_the_page_when_it_is_back(
    patient: tuple[Server, str, int, int], mail_server: MailServer
) -> None:
    server, key, _, _ = patient
    mail_server.stop()
    assert server.event(key, "disk") == 200
    number = server.only_incident()["id"]
    _line(server, number, lambda line: len(line["attempts"]) >= 2)
    assert server.readiness()["ready"], "a mail server that is away is no reason to restart Tocsin"
    mail_server.start()
    mail_server.wait(BO, "alert")

    page = _line(server, number, lambda line: line["state"] == "SENT")
    first = page["attempts"][0]
    assert first["outcome"] == "TEMPORARY"
    assert first["answer"], "the ledger does not say why"
    assert len(mail_server.to(BO)) == 1


def test_a_connection_lost_after_the_mail_was_taken_is_unknown_and_sent_again(
    patient: tuple[Server, str, int, int], mail_server: MailServer
) -> None:
    server, key, _, _ = patient
    mail_server.says[BO] = DROP
    assert server.event(key, "disk") == 200
    number = server.only_incident()["id"]
    mail_server.wait(BO, "alert")
    mail_server.says.clear()

    page = _line(server, number, lambda line: line["state"] == "SENT")
    outcomes = [attempt["outcome"] for attempt in page["attempts"]]
    assert outcomes[0] == "UNKNOWN"
    assert outcomes[-1] == "SENT"
    copies = mail_server.to(BO)
    assert len(copies) == len(outcomes)
    assert {mail.notification for mail in copies} == {page["id"]}
    assert len({str(mail.message["Message-ID"]) for mail in copies}) == 1, (
        "a mail program cannot tell them the same"
    )


def test_a_slow_mail_server_delays_nobody_else(
    make_server: MakeServer, server_database: str | None, mail_server: MailServer
) -> None:
    server = make_server(server_database)
    users = tuple(server.user(name) for name in ("Bo", "Cy", "Di", "Ed"))
    source = server.source(server.policy(users, minutes=10))
    mail_server.slow_seconds = 2
    assert server.event(source["integrationKey"], "disk") == 200
    mails = [mail_server.wait(f"{name}@people.test", "alert")[0] for name in ("bo", "cy", "di", "ed")]
    arrivals = sorted(mail.at for mail in mails)
    assert arrivals[-1] - arrivals[0] < 2, "they were sent one after the other"


def test_low_priority_stays_on_its_first_level(
    make_server: MakeServer, server_database: str | None, mail_server: MailServer
) -> None:
    server = make_server(server_database, time_scale=60)
    bo, cy = server.user("Bo"), server.user("Cy")
    policy = server.policy((bo,), (cy,), minutes=1)
    low = server.source(policy, incidentPriorityRule="LOW")
    high = server.source(policy)
    assert server.event(low["integrationKey"], "disk") == 200
    number = server.only_incident()["id"]
    mail_server.wait(BO, "alert")
    # One of high priority, opened later, has gone all the way: so this one would have, too.
    assert server.event(high["integrationKey"], "disk") == 200
    mail_server.wait(CY, "alert")
    other = server.incidents()[0]["id"]
    until(lambda: "EscalationEndedLogEntry" in _kinds(server, other), "end of the other's escalation")

    assert [line["user"]["id"] for line in server.ledger(number)] == [bo]
    assert server.incident(number)["status"] == "PENDING"
    assert len(mail_server.to(CY, "alert")) == 1


def test_an_incident_is_resolved_after_its_time(
    make_server: MakeServer, server_database: str | None, mail_server: MailServer
) -> None:
    server = make_server(server_database, time_scale=200)
    bo = server.user("Bo")
    source = server.source(server.policy((bo,), minutes=60), autoResolutionTimeout="PT10M")
    assert server.event(source["integrationKey"], "disk") == 200
    number = server.only_incident()["id"]
    mail_server.wait(BO, "alert")
    incident = server.wait_status(number, "RESOLVED")
    assert incident["resolvedByType"] == "SYSTEM"
    mail_server.wait(BO, "resolved")
    assert "IncidentAutoResolvedLogEntry" in _kinds(server, number)


def test_when_nobody_can_be_reached_the_owner_is_told(
    patient: tuple[Server, str, int, int], mail_server: MailServer
) -> None:
    server, key, _, _ = patient
    mail_server.says.update({BO: NO_SUCH_MAILBOX, CY: NO_SUCH_MAILBOX})
    assert server.event(key, "disk") == 200
    number = server.only_incident()["id"]
    mail_server.wait(OWNER, "fallback", seconds=15)

    line = _line(server, number, lambda line: line["purpose"] == "FALLBACK" and line["state"] == "SENT")
    assert line["target"] == OWNER
    kinds = _kinds(server, number)
    assert kinds.count("LevelReachedNobodyLogEntry") == 2
    assert "FallbackToldLogEntry" in kinds
    assert server.incident(number)["status"] == "PENDING"


def _line(server: Server, number: int, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first line of the ledger that is `wanted`, once there is one."""
    return until(lambda: next(filter(wanted, server.ledger(number)), None), "such a line in the ledger")


def _kinds(server: Server, number: int) -> list[str]:
    return [entry["logEntryType"] for entry in server.timeline(number)]


def _tries(mail_server: MailServer, address: str) -> int:
    return sum(recipient == address for _, recipient, _ in tuple(mail_server.tries))

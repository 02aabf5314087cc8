"""The story that everything is for: an unmodified Alertmanager, real mail, two people.

Also with the power failing between every two steps of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.alertmanager import Alertmanager
from tests.e2e.conftest import MakeServer
from tests.e2e.harness import Server, link, reply
from tests.e2e.mailserver import Mail, MailServer, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

BO, CY = "bo@people.test", "cy@people.test"


@dataclass
class Story:
    """Bo is asked first, Cy second; `between` happens between every two steps."""

    server: Server
    mails: MailServer
    alertmanager: Alertmanager
    bo: int
    cy: int
    between: Callable[[], None]
    calm: bool

    def fire(self) -> dict[str, Any]:
        """The alert fires; its incident."""
        self.alertmanager.fire("DiskFull", instance="db1")
        self.between()
        incident = self.server.only_incident()
        assert incident["summary"] == "DiskFull on db1"
        return incident

    def first_then_second(self) -> tuple[Mail, Mail]:
        """Bo's page, and Cy's after Bo did not react."""
        first = self.mails.wait(BO, "alert")[0]
        assert not self.mails.to(CY), "the second level was told together with the first"
        self.between()
        second = self.mails.wait(CY, "alert", seconds=30)[0]
        self.between()
        return first, second

    def resolve(self, number: int) -> None:
        """The alert is over: both hear of it."""
        self.between()
        self.alertmanager.resolve("DiskFull", instance="db1")
        self.between()
        self.server.wait_status(number, "RESOLVED", seconds=60)
        self.between()
        self.mails.wait(BO, "resolved")
        self.mails.wait(CY, "resolved")


@pytest.fixture(params=["calm", "kill -9 between the steps"])
def story(
    request: pytest.FixtureRequest,
    alertmanager: str,
    make_server: MakeServer,
    server_database: str | None,
    mail_server: MailServer,
    tmp_path: Path,
) -> Iterator[Story]:
    calm = request.param == "calm"
    server = make_server(server_database, time_scale=20)
    bo, cy = server.user("Bo"), server.user("Cy")
    source = server.source(server.policy((bo,), (cy,), minutes=1 if calm else 3), "PROMETHEUS")
    assert source["integrationUrl"] == f"{server.url}/api/v1/events/prometheus/{source['integrationKey']}"
    manager = Alertmanager(alertmanager, tmp_path / "alertmanager", source["integrationUrl"])
    manager.start()
    yield Story(server, mail_server, manager, bo, cy, (lambda: None) if calm else server.restart, calm)
    manager.stop()


def test_the_second_responder_answers_by_mail(story: Story) -> None:
    server, mails = story.server, story.mails
    number = story.fire()["id"]
    _, second = story.first_then_second()

    reply(server, second, "ack")
    story.between()
    incident = server.incident(number)
    assert incident["status"] == "ACCEPTED"
    assert incident["acknowledgedBy"]["id"] == story.cy
    assert incident["assignedTo"]["id"] == story.cy

    story.resolve(number)
    assert all(mail.subject for mail in mails.mails)
    _ledger_tells_the_story(story, number, ("EMAIL", "ack", "ACCEPT"))
    kinds = [entry["logEntryType"] for entry in server.timeline(number)]
    assert kinds.count("IncidentAssignedBySystemLogEntry") == 2
    assert "UserResponseLogEntry" in kinds
    assert "AlertSourceResponseLogEntry" in kinds


def test_the_second_responder_answers_by_the_link(story: Story) -> None:
    server = story.server
    number = story.fire()["id"]
    first, second = story.first_then_second()

    with httpx2.Client(trust_env=False, timeout=20) as browser:
        shown = browser.get(link(second, "accept"))
        assert shown.status_code == 200
        assert "DiskFull on db1" in shown.text
        assert server.incident(number)["status"] == "PENDING", "a mail scanner that follows links accepted"
        story.between()

        done = browser.post(link(second, "accept"), data={"do": "accept"}, follow_redirects=True)
        assert done.status_code == 200
        story.between()
        assert server.incident(number)["acknowledgedBy"]["id"] == story.cy

        late = browser.post(link(first, "accept"), data={"do": "accept"}, follow_redirects=True)
        assert "already handled by cy test" in late.text.casefold()
        assert server.incident(number)["acknowledgedBy"]["id"] == story.cy

    story.resolve(number)
    _ledger_tells_the_story(story, number, ("LINK", "accept", "ACCEPTED"))


def _ledger_tells_the_story(story: Story, number: int, answer: tuple[str, str, str]) -> None:
    """`answer` is Cy's; by the link Bo answered too, too late."""

    def settled() -> list[dict[str, Any]] | None:
        lines = story.server.ledger(number)
        return lines if all(line["state"] != "SENDING" for line in lines) else None

    lines = until(settled, "settled ledger")
    what = [(line["user"]["id"], line["purpose"], line["level"], _outcome(story, line)) for line in lines]
    assert sorted(what) == sorted(
        [
            (story.bo, "ALERT", 1, "ANSWERED" if answer[0] == "LINK" else "SENT"),
            (story.cy, "ALERT", 2, "ANSWERED"),
            (story.bo, "RESOLVED", 2, "SENT"),
            (story.cy, "RESOLVED", 2, "SENT"),
        ]
    )
    for line in lines:
        copies = [mail for mail in story.mails.mails if mail.notification == line["id"]]
        assert 1 <= len(copies) <= len(line["attempts"])
        assert {mail.recipient for mail in copies} == {line["target"]}
    page = next(line for line in lines if (line["user"]["id"], line["purpose"]) == (story.cy, "ALERT"))
    assert [(said["via"], said["text"], said["outcome"]) for said in page["replies"]] == [answer]


def _outcome(story: Story, line: dict[str, Any]) -> str:
    """How a message ended; also where the power failed after it left and before that was written down."""
    last, expected = line["attempts"][-1], "ANSWERED" if line["replies"] else "SENT"
    if "outcome" in last:
        assert line["status"] == "SUCCESS"
        assert last["outcome"] == "SENT"
        assert last["answer"].startswith("250")
        return str(line["state"])
    unknown = line["state"] == "ANSWERED" or str(line.get("reason")).startswith("may have arrived")
    return expected if unknown and not story.calm else str(line["state"])

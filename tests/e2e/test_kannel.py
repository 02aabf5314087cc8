"""Short messages through a real gateway, out and back: proof of a number, page, report, answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MakeServer
from tests.e2e.harness import Server
from tests.e2e.kannel import OUR_NUMBER, PASSWORD, Kannel, Text
from tests.e2e.mailserver import until

pytestmark = pytest.mark.e2e

ANN, STRANGER = "+491701234567", "+491709999999"


class Story:
    """Ann with a telephone, behind Kannel."""

    def __init__(self, server: Server, gateway: Kannel) -> None:
        self.server = server
        self.gateway = gateway
        self.seen = 0

    def next_text(self) -> Text:
        """The next short message that the carrier gets."""
        until(lambda: len(self.gateway.inbox()) > self.seen, "short message")
        self.seen += 1
        return self.gateway.inbox()[self.seen - 1]

    def prove(self) -> None:
        """Ann enters her number, gets a code, and gives it back."""
        base = f"/users/{self.server.owner_id}/contacts/phone-numbers"
        contact = self.server.api("POST", base, {"target": ANN, "regionCode": "DE"})["id"]
        self.server.api("POST", f"{base}/{contact}/verification", {"channel": "SMS"})
        code = re.search(r"\b\d{4,8}\b", self.next_text().text)
        assert code
        self.server.api("PUT", f"{base}/{contact}/verification", {"channel": "SMS", "code": code[0]})

    def page(self, summary: str) -> tuple[int, Text]:
        """An incident that Ann is told of."""
        policy = self.server.policy((self.server.owner_id,), minutes=30)
        source = self.server.source(policy)
        assert self.server.event(source["integrationKey"], summary, summary=summary) < 300
        number = until(
            lambda: [i["id"] for i in self.server.incidents() if i["summary"] == summary], "incident"
        )[0]
        return number, self.next_text()

    def line(self, number: int) -> dict[str, Any]:
        """The line of the ledger for the short message."""
        return next(line for line in self.server.ledger(number) if line["method"] == "SMS")


@pytest.fixture
def story(kannel: Path, make_server: MakeServer, tmp_path: Path) -> Iterator[Story]:
    server = make_server(more={"TOCSIN_ALLOW_PRIVATE_TARGETS": "127.0.0.0/8"})
    gateway = Kannel(kannel, tmp_path / "kannel")
    wanted = {
        "channel": "SMS",
        "type": "http",
        "name": "Kannel",
        "params": {
            "url": gateway.sendsms,
            "secret": PASSWORD,
            "method": "GET",
            "sender": OUR_NUMBER,
        },
    }
    gateway.callback_url = server.api("POST", "/channel-providers", wanted)["callbackUrl"]
    gateway.start()
    made = Story(server, gateway)
    made.prove()
    rules = [{"delay": 0, "method": "SMS"}]
    me = server.api("GET", f"/users/{server.owner_id}")
    server.api("PUT", f"/users/{server.owner_id}", {**me, "notificationPreferences": rules})
    yield made
    gateway.stop()


def test_a_page_goes_out_its_report_and_its_answer_come_back(story: Story) -> None:
    number, text = story.page("Größe überschritten: 5 € & mehr")
    assert (text.sender, text.to) == (OUR_NUMBER, ANN)
    assert text.text.startswith(f"PENDING #{number}: Größe überschritten: 5 € & mehr\n")

    until(lambda: story.line(number)["state"] == "DELIVERED", "the carrier's report in the ledger")

    code = re.search(r"ack (\d+)", text.text)
    assert code
    story.gateway.answers(ANN, f"'Ack {code[1]}' ")
    incident = story.server.wait_status(number, "ACCEPTED")
    assert incident["acknowledgedBy"]["id"] == story.server.owner_id
    assert f"#{number}" in story.next_text().text

    story.gateway.answers(ANN, "2")
    story.server.wait_status(number, "RESOLVED")
    assert f"#{number}" in story.next_text().text

    # A stranger gets no answer and changes nothing; Ann is told that she was not understood.
    number, _ = story.page("Disk full")
    story.gateway.answers(STRANGER, "ack")
    story.gateway.answers(ANN, "what is this")
    assert story.next_text().to == ANN
    assert story.server.incident(number)["status"] == "PENDING"


def test_what_the_gsm_alphabet_lacks_and_what_is_long_arrives_too(story: Story) -> None:
    number, text = story.page("Диск полон на db-1")
    assert text.text.startswith(f"PENDING #{number}: Диск полон на db-1\n")
    long = " ".join(["The disk is full."] * 12)
    _, text = story.page(long)
    assert long in text.text

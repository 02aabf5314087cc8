"""A mail server's reply becomes a receipt; only a wrong address bounces."""

from __future__ import annotations

from typing import Literal

import pytest

from tocsin.channels.email import channel
from tocsin.plugins import MailAnswer, NetworkFailure


@pytest.mark.parametrize(
    "code, text, outcome",
    [
        (250, "2.0.0 Ok: queued as 4F1B2", "SENT"),
        (252, "cannot verify", "SENT"),
        (421, "4.3.2 closing", "TEMPORARY"),
        (450, "4.2.0 greylisted", "TEMPORARY"),
        (452, "4.2.2 mailbox full", "TEMPORARY"),
        (550, "5.1.1 no such user", "PERMANENT"),
        (552, "5.2.2 mailbox full", "PERMANENT"),
        (354, "go on", "UNKNOWN"),
        (0, "", "UNKNOWN"),
    ],
)
def test_outcomes(code: int, text: str, outcome: str) -> None:
    receipt = channel.read(MailAnswer(code=code, text=text))
    assert receipt.outcome == outcome
    assert receipt.answer == f"{code} {text}".strip()


@pytest.mark.parametrize("sent, outcome", [("NO", "TEMPORARY"), ("MAYBE", "UNKNOWN")])
def test_network_failures(sent: Literal["NO", "MAYBE"], outcome: str) -> None:
    receipt = channel.read(NetworkFailure(reason="connection lost", sent=sent))
    assert (receipt.outcome, receipt.answer, receipt.bounced) == (outcome, "connection lost", False)


@pytest.mark.parametrize(
    "code, text",
    [
        (550, "5.1.1 <ann@example.com>: Recipient address rejected: User unknown"),
        (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
        (550, "5.2.1 The email account that you tried to reach is disabled"),
        (550, "No such user here"),
        (554, "delivery error: dd This user doesn't have an account; unknown user"),
        (550, "<ann@example.com> does not exist"),
        (551, "User not local"),
        (553, "mailbox name not allowed"),
        (550, "5.0.0 unknown user"),
        (556, "5.1.10 domain accepts no mail"),
    ],
)
def test_a_wrong_address_bounces(code: int, text: str) -> None:
    assert channel.read(MailAnswer(code=code, text=text, step="RCPT")).bounced


@pytest.mark.parametrize(
    "code, text",
    [
        (550, "5.7.1 rejected by policy"),
        (554, "5.7.1 Service unavailable; client host 192.0.2.5.1.1 blocked using zen"),
        (550, "Message rejected as spam"),
        (550, "SPF check failed"),
        (552, "5.2.2 mailbox full"),
        (552, "5.3.4 message too big"),
        (553, "5.7.1 sender address not owned by user"),
        (553, "5.6.7 the mail server takes no such address"),
        (535, "5.7.8 authentication failed"),
        (530, "5.7.0 authentication required"),
        (550, "5.4.1 recipient address rejected: access denied"),
        (550, "5.1.8 bad sender's system address"),
        (450, "4.1.1 user unknown in local table"),
        (250, "2.1.5 user unknown"),
    ],
)
def test_policy_quota_and_login_do_not_silence_a_person(code: int, text: str) -> None:
    assert not channel.read(MailAnswer(code=code, text=text, step="RCPT")).bounced


def test_what_was_said_to_our_own_address_is_not_the_receivers_fault() -> None:
    text = "5.1.0 address rejected"
    assert channel.read(MailAnswer(code=550, text=text, step="RCPT")).bounced
    assert not channel.read(MailAnswer(code=550, text=text, step="MAIL")).bounced


def test_the_servers_words_are_kept_on_one_line_and_short() -> None:
    receipt = channel.read(MailAnswer(code=550, text="first\r\nsecond\x00 " + "x" * 5000))
    assert receipt.answer.startswith("550 first second x")
    assert len(receipt.answer) == 500

"""Delivery reports, as mail servers of several makes write them."""

from __future__ import annotations

import pytest

from tocsin.channels.mail_replies import Bounce, read_bounce, read_reply

POSTFIX = b"""\
Return-Path: <>
From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounce+41x8c@example.com
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

<ann@example.org>: host mx.example.org[192.0.2.1] said: 550 5.1.1 User unknown

--B
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
X-Postfix-Queue-ID: 4F1B2
Arrival-Date: Mon, 23 Nov 2026 19:04:05 +0100 (CET)

Final-Recipient: rfc822; Ann@Example.org
Original-Recipient: rfc822;ann@example.org
Action: ACTION
Status: STATUS
Remote-MTA: dns; mx.example.org
Diagnostic-Code: smtp; DIAGNOSTIC

--B
Content-Description: Undelivered Message
Content-Type: message/rfc822

Subject: [PENDING] Disk full on db-1 (#123)

ack

--B--
"""


def report(action: str, status: str, diagnostic: str) -> Bounce | None:
    raw = POSTFIX.replace(b"ACTION", action.encode()).replace(b"STATUS", status.encode())
    return read_bounce(raw.replace(b"DIAGNOSTIC", diagnostic.encode()))


def test_a_report_of_failure() -> None:
    assert report("failed", "5.1.1", "550 5.1.1 User unknown\n    in virtual mailbox table") == Bounce(
        action="FAILED",
        status="5.1.1",
        diagnostic="550 5.1.1 User unknown in virtual mailbox table",
        recipient="ann@example.org",
        address_fault=True,
    )


@pytest.mark.parametrize(
    "status, diagnostic, fault",
    [
        ("5.0.0", "550 unknown user", True),
        ("5.0.0", "550 5.1.1 gone", True),
        ("5.2.1", "550 disabled", True),
        ("5.2.2 (mailbox full)", "552 5.2.2 quota exceeded", False),
        ("5.7.1", "550 5.7.1 blocked", False),
        ("5.4.7", "x-unix; expired", False),
    ],
)
def test_which_failures_mean_that_the_address_is_wrong(status: str, diagnostic: str, fault: bool) -> None:
    bounce = report("failed", status, diagnostic)
    assert bounce is not None
    assert (bounce.action, bounce.address_fault) == ("FAILED", fault)


def test_a_delay_is_no_failure() -> None:
    bounce = report("delayed", "4.1.1", "450 4.1.1 user unknown, trying again")
    assert bounce is not None
    assert (bounce.action, bounce.address_fault) == ("DELAYED", False)


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_good_news_is_no_bounce(action: str) -> None:
    assert report(action, "2.1.5", "250 ok") is None


def test_a_bounce_is_never_taken_for_a_reply() -> None:
    assert read_reply(POSTFIX).action == "AUTO"


QMAIL = b"""\
From: MAILER-DAEMON@example.net
To: bounce+41x8c@example.com
Subject: failure notice

Hi. This is the qmail-send program at example.net.

<ann@example.org>:
Sorry, no mailbox here by that name. (#5.1.1)
"""
EXIM = b"""\
From: Mail Delivery System <Mailer-Daemon@example.net>
To: bounce+41x8c@example.com
X-Failed-Recipients: Ann@example.org
Subject: Mail delivery failed: returning message to sender

A message that you sent could not be delivered.

  ann@example.org
    host mx.example.org [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<ann@example.org>:
    550 No such user here
"""
DELAY = b"""\
From: Mail Delivery System <Mailer-Daemon@example.net>
Subject: Warning: message delayed 24 hours

    451 4.7.1 try again later
"""


@pytest.mark.parametrize(
    "raw, action, status, fault",
    [(QMAIL, "FAILED", "5.1.1", True), (EXIM, "FAILED", "", True), (DELAY, "DELAYED", "4.7.1", False)],
    ids=["qmail", "exim", "delay"],
)
def test_reports_in_prose(raw: bytes, action: str, status: str, fault: bool) -> None:
    bounce = read_bounce(raw)
    assert bounce is not None
    assert (bounce.action, bounce.status, bounce.address_fault) == (action, status, fault)


def test_the_failed_recipient_of_a_report_in_prose() -> None:
    bounce = read_bounce(EXIM)
    assert bounce is not None
    assert bounce.recipient == "ann@example.org"
    assert bounce.diagnostic == "550 No such user here"


def test_a_report_without_envelope_sender_needs_no_daemon() -> None:
    raw = b"From: Exchange <x@example.net>\nSubject: Undeliverable: Disk full\n\n550 5.7.1 blocked\n"
    assert read_bounce(raw, "someone@example.net") is None
    bounce = read_bounce(raw, "")
    assert bounce is not None
    assert bounce.status == "5.7.1"


@pytest.mark.parametrize(
    "raw",
    [
        b"From: ann@example.org\nSubject: Re: Disk full\n\nack\n",
        b"From: ann@example.org\nSubject: Abwesend\nAuto-Submitted: auto-replied\n\nTel. 555 123 450\n",
        b"From: ann@example.org\nSubject: Out of office\n\nCall 555 1234, room 5.1.1.\n",
    ],
)
def test_people_and_absence_notes_are_no_bounces(raw: bytes) -> None:
    assert read_bounce(raw) is None
    assert read_bounce(raw, "") is None

"""The headers make one conversation of an incident, and keep machines from answering."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.examples import SENDER, page, rendered
from tocsin.channels.email import channel


def test_who_to_whom() -> None:
    request = channel.render(page(), SENDER)
    assert (request.sender, request.recipient) == ("bounce+41x8c@example.com", "ann@example.com")
    head = rendered(page()).head
    assert head["From"] == "Tocsin <tocsin@example.com>"
    assert head["To"] == "Ann Miller <ann@example.com>"
    assert head["Reply-To"] == "reply+41x8c@example.com"
    assert head["Date"] == "Mon, 23 Nov 2026 18:04:05 +0000"


def test_the_sender_may_have_a_name() -> None:
    assert rendered(page(), "Alarm Müller <a@example.com>").head["From"] == "Alarm Müller <a@example.com>"


def test_every_mail_about_an_incident_refers_to_the_same_id() -> None:
    first, second = rendered(page()).head, rendered(page(message_id="<42.resolved@example.com>")).head
    assert first["Message-ID"] != second["Message-ID"]
    for head in (first, second):
        assert head["References"] == head["In-Reply-To"] == "<incident.123.7@example.com>"


def test_a_mail_does_not_refer_to_itself() -> None:
    head = rendered(page(thread_id="<41.alert@example.com>")).head
    assert "References" not in head
    assert "In-Reply-To" not in head


def test_machines_are_asked_not_to_answer_but_bounces_are_wanted() -> None:
    head = rendered(page()).head
    assert head["Auto-Submitted"] == "auto-generated"
    suppressed = head["X-Auto-Response-Suppress"].split(", ")
    assert "OOF" in suppressed
    assert "NDR" not in suppressed
    assert "All" not in suppressed


def test_unsubscribing_takes_one_click() -> None:
    head = rendered(page()).head
    assert head["List-Unsubscribe"] == "<https://t.example.com/u/41x8c>"
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_needs_https() -> None:
    head = rendered(page(unsubscribe_url="http://10.0.0.1/u/1")).head
    assert head["List-Unsubscribe"] == "<http://10.0.0.1/u/1>"
    assert "List-Unsubscribe-Post" not in head


@pytest.mark.parametrize(
    "about, changes, urgent",
    [
        ({}, {}, True),
        ({"priority": "LOW"}, {}, False),
        ({}, {"purpose": "FALLBACK"}, True),
        ({}, {"purpose": "ESCALATED"}, True),
        ({"status": "ACCEPTED"}, {"purpose": "ACCEPTED"}, False),
        ({"status": "RESOLVED"}, {"purpose": "RESOLVED"}, False),
        ({}, {"purpose": "NOTICE", "headline": "x"}, False),
    ],
)
def test_only_what_asks_for_somebody_now_is_urgent(
    about: dict[str, Any], changes: dict[str, Any], urgent: bool
) -> None:
    head = rendered(page(about, **changes)).head
    assert (head["X-Priority"], head["Importance"]) == (("1", "high") if urgent else (None, None))


def test_stored_ids_cannot_smuggle_headers() -> None:
    message = page(
        message_id="<a@b>\r\nBcc: eve@example.com",
        thread_id="<t@b>\r\nBcc: eve@example.com",
        reply_to="r@b\r\nBcc: eve@example.com",
        unsubscribe_url="https://x/\r\nBcc: eve@example.com",
        to="ann@example.com\r\nBcc: eve@example.com",
    )
    assert rendered(message, "a@b\r\nBcc: eve@example.com").names == rendered(page()).names

"""A mail carries everything the message says, whole and unharmed, to any mail program."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.examples import ANSWERS, SENDER, Seen, page, rendered
from tocsin.channels.email import channel
from tocsin.channels.mail_content import MAX_DETAILS, MAX_LISTED
from tocsin.channels.mail_replies import read_reply
from tocsin.channels.mail_words import mail_words
from tocsin.core.incidents import Image, Link
from tocsin.core.messages import Message
from tocsin.languages import OFFERED
from tocsin.plugins import Channel
from tocsin.plugins.addresses import wire_address

ANY_TEXT = st.text(max_size=300)
HOSTILE = st.text(alphabet="ab <>\"'&;/=:\r\n\t\0\x1b.-_?äß€😀\u2028\ud800", max_size=120)


def test_it_is_a_channel() -> None:
    registered: Channel = channel
    assert registered.method == "EMAIL"


def test_both_bodies_say_what_the_incident_is_about() -> None:
    mail = rendered(page())
    for body in (mail.text, Seen(mail.html).text):
        for said in (
            "Pending · High priority",
            "Disk full on db-1",
            "Filesystem / is 98 % full.",
            "Prometheus Frankfurt",
            "Database on-call",
            "Mon 23 Nov 2026, 19:04 CET",
            "Grafana",
            "Disk usage",
            "severity: critical",
            "If nobody accepts, level 2 (Bo Ruiz) is told at 19:09.",
        ):
            assert said in body


def test_the_answers_are_links_in_both_bodies() -> None:
    mail = rendered(page())
    seen = Seen(mail.html)
    for url in (ANSWERS.accept, ANSWERS.resolve, ANSWERS.escalate, "https://grafana.example.com/d/1?x=1&y=2"):
        assert url in seen.hrefs
        assert url in mail.text


def test_nothing_is_loaded_from_elsewhere() -> None:
    html = rendered(page()).html
    assert {"img", "link", "script", "iframe"}.isdisjoint(Seen(html).tags)
    assert "url(" not in html


def test_the_text_keeps_its_lines_and_indentation() -> None:
    details = "first\r\n  second\n\n. alone\n.\nFrom here\ntrailing \r\n=3D\n" + "x" * 3000 + " ä€😀"
    mail = rendered(page({"details": details}))
    expected = details.replace("\r\n", "\n")
    assert expected in mail.text
    assert "first<br>\n&nbsp; second<br>\n<br>\n. alone" in mail.html


def test_an_update_says_who_did_it_and_asks_for_nothing() -> None:
    about = {"status": "ACCEPTED"}
    mail = rendered(
        page(about, purpose="ACCEPTED", text="Bo Ruiz", answers=None, reply_to=None, next_step="")
    )
    assert mail.head["Subject"] == "[ACCEPTED] Disk full on db-1 (#123)"
    assert "Accepted by Bo Ruiz" in mail.text
    assert "Accepted by Bo Ruiz" in Seen(mail.html).text
    assert "Escalate" not in mail.text
    assert ANSWERS.accept not in mail.html


def test_an_update_says_it_once() -> None:
    sentence = "Resolved by Bo Ruiz. Nothing more happens."
    mail = rendered(page({"status": "RESOLVED"}, purpose="RESOLVED", text="Bo Ruiz", next_step=sentence))
    assert mail.text.count("Resolved by Bo Ruiz") == 1


def test_an_escalation_is_announced_as_one() -> None:
    mail = rendered(page(purpose="ESCALATED", text="Bo Ruiz"))
    assert mail.head["Subject"] == "[ESCALATED] Disk full on db-1 (#123)"
    assert "Escalated by Bo Ruiz" in mail.text


def test_the_fallback_says_why_it_is_told() -> None:
    mail = rendered(page(purpose="FALLBACK", text="Bo Ruiz: mailbox full"))
    why = "Nobody of the escalation policy “Database on-call” could be reached, so you are told instead."
    for body in (mail.text, Seen(mail.html).text):
        assert why in body
        assert "Bo Ruiz: mailbox full" in body


@pytest.mark.parametrize(
    "purpose, button", [("INVITATION", "Choose a password"), ("NOTICE", "Open")], ids=str
)
def test_a_mail_about_no_incident_has_a_headline_a_text_and_a_link(purpose: str, button: str) -> None:
    message = page(
        purpose=purpose,
        headline="Ann invites you to Tocsin",
        text="Hello,\n\nyou are on call.",
        incident_url="https://t.example.com/join/1",
    )
    mail = rendered(message)
    seen = Seen(mail.html)
    assert mail.head["Subject"] == "Ann invites you to Tocsin"
    assert "https://t.example.com/join/1" in seen.hrefs
    assert f"{button}: https://t.example.com/join/1" in mail.text
    assert "you are on call." in mail.text
    assert "Disk full" not in mail.text
    assert ANSWERS.accept not in seen.hrefs


def test_the_way_out_says_whether_it_is_out_of_one_incident_or_of_all_mails() -> None:
    for purpose, words in (("ALERT", "this address"), ("SUBSCRIPTION", "from this incident")):
        mail = rendered(page(purpose=purpose, headline="Kept informed"))
        assert f"Unsubscribe {words}: https://t.example.com/u/41x8c" in mail.text
        assert f"Unsubscribe {words}" in Seen(mail.html).text


def test_german() -> None:
    mail = rendered(page(language="de", next_step="Übernimmt niemand, wird Bo Ruiz benachrichtigt."))
    assert mail.head["Subject"] == "[OFFEN] Disk full on db-1 (#123)"
    for body in (mail.text, Seen(mail.html).text):
        for said in (
            "Offen · Hohe Priorität",
            "Mo. 23. Nov. 2026, 19:04 CET",
            "Annehmen",
            "Eskalationskette",
        ):
            assert said in body
    assert '<html lang="de">' in mail.html


@pytest.mark.parametrize(
    "zone, shown",
    [
        ("America/New_York", "13:04 EST"),
        ("Asia/Dubai", "22:04 UTC+04"),
        ("UTC", "18:04 UTC"),
        ("Mars/Olympus", "18:04 UTC"),
        ("../etc/passwd", "18:04 UTC"),
        ("", "18:04 UTC"),
    ],
)
def test_times_are_the_persons(zone: str, shown: str) -> None:
    assert shown in rendered(page(timezone=zone)).text


@pytest.mark.parametrize("language", OFFERED)
def test_the_words_that_a_mail_suggests_are_understood(language: str) -> None:
    suggested = re.findall(r"[“„](\w+)[”“]", mail_words(language).reply)
    actions = [read_reply(f"Subject: Re\n\n{word}\n".encode()).action for word in suggested]
    assert actions == ["ACCEPT", "RESOLVE", "ESCALATE"]
    assert suggested[0] in rendered(page(language=language)).text


def test_replying_is_suggested_only_where_a_reply_is_heard() -> None:
    assert mail_words("en").reply in rendered(page()).text
    assert mail_words("en").reply not in rendered(page(reply_to=None)).text


def test_huge_details_are_cut_and_it_says_so() -> None:
    mail = rendered(page({"details": "x" * (MAX_DETAILS + 1)}))
    note = mail_words("en").cut.format(limit=MAX_DETAILS)
    assert "x" * MAX_DETAILS in mail.text
    assert "x" * (MAX_DETAILS + 1) not in mail.text
    assert note in mail.text
    assert note in Seen(mail.html).text
    assert note not in rendered(page({"details": "x" * MAX_DETAILS})).text


def test_long_lists_are_cut_and_it_says_so() -> None:
    labels = tuple((f"label{n}", "x") for n in range(MAX_LISTED + 5))
    mail = rendered(page({"labels": labels}))
    assert f"label{MAX_LISTED - 1}: x" in mail.text
    assert f"label{MAX_LISTED}: x" not in mail.text
    assert "and 5 more" in mail.text


@pytest.mark.parametrize("href", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", ""])
def test_only_web_addresses_become_links(href: str) -> None:
    about = {"links": (Link(href=href, text="look"),), "images": (Image(src=href, alt="see"),)}
    seen = Seen(rendered(page(about)).html)
    assert href not in seen.hrefs
    assert "look" in seen.text
    assert "see" in seen.text


@given(hostile=HOSTILE)
@settings(max_examples=150)
def test_no_text_becomes_markup(hostile: str) -> None:
    """Whatever a tool writes, the elements and attributes of the page stay the same."""

    def shaped(text: str) -> Seen:
        about = {
            "summary": f"a{text}",
            "details": f"a{text}b",
            "source": f"a{text}",
            "policy": f"a{text}",
            "labels": ((f"a{text}", f"b{text}"),),
            "links": (Link(href=f"https://x/{text}", text=f"a{text}"),),
        }
        return Seen(rendered(page(about, purpose="FALLBACK", text=f"a{text}b", next_step=f"a{text}")).html)

    plain, seen = shaped("x"), shaped(hostile)
    assert [tag for tag in seen.tags if tag != "br"] == [tag for tag in plain.tags if tag != "br"]
    assert seen.attributes == plain.attributes


@given(text=ANY_TEXT, name=ANY_TEXT)
@settings(max_examples=150)
def test_no_text_becomes_a_header(text: str, name: str) -> None:
    message = page({"summary": f"{text}\r\nBcc: eve@example.com"}, name=name, text=text)
    mail = rendered(message)
    assert mail.names == rendered(page()).names
    assert "Bcc" not in mail.head
    expected = " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text).split())
    assert mail.head["Subject"].startswith(f"[PENDING] {expected[:100]}")


@given(summary=st.text(max_size=5000), details=st.text(alphabet="a.\r\n =\t😀", max_size=2000))
@settings(max_examples=100)
def test_the_bytes_are_fit_for_smtp(summary: str, details: str) -> None:
    """Lines end in CRLF and are short enough; the bodies and headers are ASCII."""
    raw = channel.render(page({"summary": summary, "details": details}), SENDER).raw
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 998
    assert raw.endswith(b"--\r\n")


@pytest.mark.parametrize(
    "summary", ["=?utf-8?q?not=20encoded?=", "Größe überschritten 😀 " * 9, '"quoted" <x>']
)
def test_a_summary_arrives_as_it_was_written(summary: str) -> None:
    assert rendered(page({"summary": summary})).head["Subject"] == f"[PENDING] {summary.strip()} (#123)"


def test_encoded_words_keep_to_the_length_of_rfc_2047() -> None:
    raw = channel.render(page({"summary": "ß😀" * 200}, name="Ö" * 90), SENDER).raw
    encoded = [line for line in raw.split(b"\r\n") if b"=?utf-8?" in line]
    assert len(encoded) > 10
    assert max(map(len, encoded)) <= 76


def test_a_long_summary_is_whole_in_the_body_only() -> None:
    summary = "word " * 500
    mail = rendered(page({"summary": summary}))
    assert len(mail.head["Subject"]) < 230
    assert mail.head["Subject"].endswith("… (#123)")
    assert summary.strip() in mail.text


@pytest.mark.parametrize("name", ["Ann Müller", 'Ann "the man" O\'Neil, Jr.', "Dr. Ann (ops)", "张伟", ""])
def test_the_receivers_name_arrives(name: str) -> None:
    to = rendered(page(name=name)).head["To"].addresses[0]
    assert (to.display_name, to.addr_spec) == (name, "ann@example.com")


def test_rendering_is_deterministic() -> None:
    assert channel.render(page(), SENDER).raw == channel.render(page(), SENDER).raw
    other = rendered(page(message_id="<42.alert@example.com>")).head.get_boundary()
    assert other != rendered(page()).head.get_boundary()


def test_a_body_cannot_forge_the_boundary() -> None:
    boundary = rendered(page()).head.get_boundary()
    mail = rendered(page({"details": f"--{boundary}--\r\n\r\nthe rest"}))
    assert "the rest" in mail.text
    assert mail.head.get_boundary() == boundary


@pytest.mark.parametrize(
    "address, wire",
    [
        ("ann@example.com", "ann@example.com"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("jörg@example.com", "jörg@example.com"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
        ("a@b.c>\r\nBcc: <eve@example.com", "a@b.cBcc:eve@example.com"),
    ],
)
def test_addresses_in_their_wire_form(address: str, wire: str) -> None:
    assert wire_address(address) == wire


def test_an_international_address_is_kept() -> None:
    request = channel.render(page(to="jörg@bücher.example"), SENDER)
    assert request.recipient == "jörg@xn--bcher-kva.example"
    assert "To: Ann Miller <jörg@xn--bcher-kva.example>".encode() in request.raw


def test_without_extras_there_is_still_a_mail() -> None:
    message: Message = page(
        {"details": "", "links": (), "images": (), "labels": (), "summary": ""},
        answers=None,
        reply_to=None,
        bounce_to=None,
        unsubscribe_url=None,
        incident_url=None,
        next_step="",
        thread_id=None,
        message_id="",
    )
    mail = rendered(message)
    assert mail.head["Subject"] == "[PENDING] #123 (#123)"
    assert mail.head["Message-ID"] == "<41@example.com>"
    assert "References" not in mail.head
    assert channel.render(message, "Alarms <alarms@example.com>").sender == "alarms@example.com"

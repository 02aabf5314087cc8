"""What people answer to a page, past everything that mail programs add to it."""

from __future__ import annotations

import email.policy
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.examples import SENDER, page
from tocsin.channels.email import channel
from tocsin.channels.mail_replies import (
    Reply,
    ReplyAction,
    bounce_address,
    read_address,
    read_bounce,
    read_reply,
    reply_address,
)

WORDS: dict[ReplyAction, list[str]] = {
    "ACCEPT": ["ack", "accept", "acknowledge", "akzeptieren", "annehmen", "1"],
    "RESOLVE": ["resolve", "resolved", "close", "fixed", "gelöst", "erledigt", "2"],
    "ESCALATE": ["escalate", "eskalieren", "weiter", "3"],
}
PAIRS = [(word, action) for action, words in WORDS.items() for word in words]
QUOTED = "\n".join(
    f"> {line}" for line in ("Pending · High priority · #123", "", "Accept: https://x", "resolve")
)


def reply(text: str, html: str = "", **headers: str) -> Reply:
    """What we make of a mail with these bodies."""
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = "Ann Müller <Ann@Example.com>"
    mail["Subject"] = "Re: [PENDING] Disk full on db-1 (#123)"
    mail["Message-ID"] = "<r1@example.com>"
    for name, content in headers.items():
        mail[name.replace("_", "-")] = content
    if text or not html:
        mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html") if text else mail.set_content(html, subtype="html")
    return read_reply(mail.as_bytes())


@pytest.mark.parametrize("word, action", PAIRS)
def test_every_word(word: str, action: ReplyAction) -> None:
    assert reply(f"{word}\n\n{QUOTED}") == Reply(
        action=action, line=word, sender="ann@example.com", message_id="<r1@example.com>"
    )


@given(
    pair=st.sampled_from(PAIRS),
    before=st.sampled_from(["", "\n\n", " \n", "> quoted\n", "\ufeff", "  ", "\u200b"]),
    left=st.sampled_from(["", '"', "“", "'", "*", "- ", "(", "_"]),
    right=st.sampled_from(["", '"', "”", "!", ".", "...", " 👍", ", thanks", " please!", " - Danke", "_"]),
    case=st.sampled_from([str.upper, str.lower, str.title]),
    after=st.sampled_from(
        ["", "\n-- \nAnn\nresolve", "\n\nMore text, escalate", f"\n\nOn Monday Bo wrote:\n{QUOTED}"]
    ),
)
def test_words_are_understood_in_any_dress(
    pair: tuple[str, str], before: str, left: str, right: str, case: Callable[[str], str], after: str
) -> None:
    word, action = pair
    assert reply(f"{before}{left}{case(word)}{right}{after}").action == action


@pytest.mark.parametrize(
    "line",
    [
        "close, but not yet",
        "resolve this? no!",
        "not resolved",
        "don't ack",
        "1 of 3 servers is back",
        "ack 198",
        "acknowledged by the vendor, still broken",
        "12",
        "Who is on call?",
        "weiter unten steht mehr",
    ],
)
def test_a_sentence_is_no_command(line: str) -> None:
    """A wrong resolve is final, so whoever writes more than the word is asked again."""
    answered = reply(line)
    assert (answered.action, answered.line) == ("UNKNOWN", line)


@pytest.mark.parametrize(
    "text, line",
    [
        (f"On Mon, 23 Nov 2026 at 19:04, Tocsin <t@example.com> wrote:\n{QUOTED}\n\nack", "ack"),
        (f"On Mon, 23 Nov 2026 at 19:04, Tocsin\n<tocsin@example.com> wrote:\n{QUOTED}\n\nack", "ack"),
        (f"Am 23.11.2026 um 19:04 schrieb Tocsin:\n{QUOTED}\nack\n", "ack"),
        (f"Am Mo., 23. Nov. 2026 um 19:04 Uhr schrieb Tocsin <\nt@example.com>:\n{QUOTED}\nack\n", "ack"),
        ("-----Original Message-----\nFrom: Tocsin\n\nresolve", ""),
        ("-----Ursprüngliche Nachricht-----\nVon: Tocsin\n\nresolve", ""),
        ("Von: Tocsin <t@example.com>\nGesendet: Montag\n\nresolve", ""),
        ("*From:* Tocsin <t@example.com>\n\nresolve", ""),
        ("________________________________\nFrom: Tocsin\n\nresolve", ""),
        ("-- \nresolve", ""),
        ("Sent from my iPhone\n\nresolve", ""),
        ("Von meinem iPhone gesendet\n\nresolve", ""),
        (QUOTED, ""),
        ("", ""),
    ],
)
def test_only_their_own_words_count(text: str, line: str) -> None:
    assert reply(text).line == line


@pytest.mark.parametrize(
    "html",
    [
        "<div>ack</div><blockquote>resolve</blockquote>",
        "<html><head><style>p{}</style><title>resolve</title></head><body><p>&nbsp;</p><p><b>Ack</b>!</p></body>",
        '<div dir="ltr">ack</div><br><div class="gmail_quote">On Mon Bo wrote:<blockquote>x</blockquote></div>',
        "<blockquote>resolve<blockquote>close</blockquote></blockquote><p>a<i>ck</i></p>",
        "<head><meta charset=utf-8><body>ack<br>resolve",
        "ack<!-- resolve --><script>resolve</script>",
        "<div>ack</div><![ if x]><div>resolve</div>",
        "<![if !mso]><div>ack</div><![endif]>",
    ],
)
def test_mail_that_is_html_only(html: str) -> None:
    assert reply("", html).action == "ACCEPT"


def test_the_plain_text_wins_over_html_and_attachments() -> None:
    mail = EmailMessage()
    mail.set_content("ack")
    mail.add_alternative("<p>resolve</p>", subtype="html")
    mail.add_attachment("escalate", filename="x.txt")
    assert read_reply(mail.as_bytes()).action == "ACCEPT"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain; charset=no-such-charset\n\nerledigt",
        b"Content-Type: text/plain; charset=hex\n\nerledigt",
        b"Content-Type: text/plain; charset=iso-8859-1\n\ngel\xf6st",
        b"Content-Type: text/plain; charset=utf-8\n\ngelo\xcc\x88st",
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nZml4ZWQ",
        b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\ngel=C3=B6st",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nfixed",
        b"Subject: =?utf-8?b?a?=\nFrom: =?x?b?abcde?=\n\nfixed",
        b"\nfixed",
    ],
)
def test_broken_and_encoded_mails(raw: bytes) -> None:
    assert read_reply(raw).action == "RESOLVE"


@pytest.mark.parametrize(
    "name, content",
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated (vacation)"),
        ("X-Autoreply", "yes"),
        ("X-Autorespond", "ack"),
        ("Precedence", "bulk"),
        ("Precedence", "auto_reply"),
        ("Return-Path", "<>"),
    ],
)
def test_automatic_replies_mean_nothing(name: str, content: str) -> None:
    assert reply("ack", **{name: content}).action == "AUTO"


@pytest.mark.parametrize(
    "subject",
    [
        "Out of Office: Disk full",
        "Automatic reply: Disk full",
        "Automatische Antwort: x",
        "Abwesenheitsnotiz: x",
    ],
)
def test_absence_notes_mean_nothing(subject: str) -> None:
    raw = f"From: ann@example.com\nSubject: {subject}\n\nack\n".encode()
    assert read_reply(raw).action == "AUTO"


def test_a_mail_without_envelope_sender_is_from_a_machine() -> None:
    assert read_reply(b"Subject: Re\n\nack", envelope_sender="").action == "AUTO"
    assert read_reply(b"Subject: Re\n\nack", envelope_sender="ann@example.com").action == "ACCEPT"


def test_people_say_so_explicitly_too() -> None:
    assert reply("ack", **{"Auto-Submitted": "no"}).action == "ACCEPT"


def test_our_own_mails_are_automatic() -> None:
    """A loop through a mailing list or a forwarding rule ends here."""
    assert read_reply(channel.render(page(), SENDER).raw).action == "AUTO"


@given(raw=st.binary(max_size=400))
def test_no_bytes_break_it(raw: bytes) -> None:
    read_reply(raw)
    read_bounce(raw, "")


@given(
    name=st.sampled_from(["From", "Subject", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted"]),
    content=st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\n\r"), max_size=80),
    body=st.text(alphabet="<>!-[]/&;#x= \"'aAbr\n", max_size=200),
)
def test_no_header_or_html_breaks_it(name: str, content: str, body: str) -> None:
    for kind in ("plain", "html"):
        raw = f"{name}: {content}\nContent-Type: text/{kind}\n\n{body}".encode("latin-1")
        read_reply(raw)
        read_bounce(raw, "")


def test_parts_nested_beyond_reason() -> None:
    raw = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(5000))
    assert read_reply(raw + b"\nack").action == "UNKNOWN"
    assert read_bounce(raw, "") is None


# Addresses.


def test_addresses_lead_back_to_the_notification() -> None:
    for kind, build in (("REPLY", reply_address), ("BOUNCE", bounce_address)):
        address = build("41x8c1f0a7be0d2", "example.com")
        for written in (address, address.upper(), f"<{address}>", f" {address.title()}. "):
            own = read_address(written)
            assert own is not None
            assert (own.kind, own.token, own.domain) == (kind, "41x8c1f0a7be0d2", "example.com")


@pytest.mark.parametrize(
    "address",
    ["reply@example.com", "reply+@example.com", "replay+1x@example.com", "reply+1_2@example.com", "", "x"],
)
def test_other_addresses_are_not_ours(address: str) -> None:
    assert read_address(address) is None

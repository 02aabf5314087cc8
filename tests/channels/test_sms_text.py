"""A short message fits knowingly: its alphabet, its segments, and what is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.channels.examples import page
from tocsin.channels.sms_text import encoding_of, fit, measure, page_text, spelt


@pytest.mark.parametrize(
    "text, encoding, segments, free",
    [
        ("", "GSM7", 1, 160),
        ("a" * 160, "GSM7", 1, 0),
        ("a" * 161, "GSM7", 2, 145),
        ("a" * 306, "GSM7", 2, 0),
        ("a" * 307, "GSM7", 3, 152),
        ("€" * 80, "GSM7", 1, 0),
        ("€" * 81, "GSM7", 2, 152 - 10 + 1),
        ("ж" * 70, "UCS2", 1, 0),
        ("ж" * 71, "UCS2", 2, 63),
        ("😀" * 35, "UCS2", 1, 0),
        ("äöüß ÄÖÜ ñ à", "GSM7", 1, 148),
        ("ç", "UCS2", 1, 69),
    ],
)
def test_a_text_is_measured_as_carriers_bill_it(text: str, encoding: str, segments: int, free: int) -> None:
    measured = measure(text)
    assert (measured.encoding, measured.segments, measured.free) == (encoding, segments, free)


def test_a_pair_is_never_divided_between_two_messages() -> None:
    # 152 letters leave one place of 153: the euro sign with its escape goes into the second message.
    assert measure("a" * 152 + "€" + "a" * 20).free == 153 - 22
    # 67 places: 33 faces take 66, the next does not fit into what is left.
    assert measure("😀" * 36).free == 67 - 6


def test_it_says_which_characters_make_it_dear() -> None:
    assert measure("Grüße, Łódź – Łask").foreign == "Łóźdź–".replace("dź", "")


@pytest.mark.parametrize(
    "letters, expected",
    [
        ("AS_WRITTEN", "“Łódź” – 5 µs…"),
        ("PUNCTUATION", '"Łódź" - 5 µs...'),
        ("PLAIN", '"Lodz" - 5 us...'),
    ],
)
def test_transliteration_is_a_choice(letters: str, expected: str) -> None:
    assert spelt("“Łódź” – 5 µs…", letters) == expected  # type: ignore[arg-type]


def test_what_has_no_likeness_becomes_a_question_mark() -> None:
    assert spelt("ok 漢 😀", "PLAIN") == "ok ? ?"


def test_umlauts_stay() -> None:
    assert spelt("Störung: Größe überschritten", "PLAIN") == "Störung: Größe überschritten"


@given(st.text(max_size=800), st.sampled_from(["AS_WRITTEN", "PUNCTUATION", "PLAIN"]), st.integers(1, 4))
def test_whatever_the_text_it_fits(text: str, letters: str, segments: int) -> None:
    short = fit(text, segments, letters)  # type: ignore[arg-type]
    assert short.segments <= segments
    assert short.cut or short.text == spelt(text, letters)  # type: ignore[arg-type]
    if letters == "PLAIN":
        assert short.encoding == "GSM7"


@given(st.text(alphabet="abcdefghij \n{}€", max_size=400))
def test_plain_text_is_never_changed(text: str) -> None:
    assert encoding_of(text) == "GSM7"
    assert spelt(text, "PLAIN") == text


def test_a_page_says_state_number_summary_source_and_how_to_answer() -> None:
    assert page_text(page(reply_code="7")).text == (
        "PENDING #123: Disk full on db-1\nPrometheus Frankfurt\nReply ack 7, resolve 7 or escalate 7"
    )


def test_the_same_in_german() -> None:
    short = page_text(page(language="de", reply_code="7"))
    assert short.text == (
        "OFFEN #123: Disk full on db-1\nPrometheus Frankfurt\nAntwort: annehmen 7, lösen 7 oder eskalieren 7"
    )
    assert (short.encoding, short.segments) == ("GSM7", 1)


def test_a_long_summary_is_cut_and_the_answers_stay() -> None:
    short = page_text(page({"summary": "x" * 2000}), segments=1)
    assert short.text.startswith("PENDING #123: xxx")
    assert "...\nReply 1 ack" in short.text
    assert "Prometheus" not in short.text
    assert (short.segments, short.free, short.cut) == (1, 0, True)


def test_the_source_goes_before_the_summary_is_cut() -> None:
    summary = "x" * 95
    short = page_text(page({"summary": summary}), segments=1)
    assert summary in short.text
    assert short.cut


def test_an_empty_summary_says_so() -> None:
    assert "no summary provided" in page_text(page({"summary": " \n"})).text


def test_an_update_asks_for_no_answer() -> None:
    update = page(purpose="RESOLVED", answers=None, text="Bo Ruiz")
    assert page_text(update).text == "RESOLVED #123: Disk full on db-1\nPrometheus Frankfurt"


def test_a_notice_is_its_text() -> None:
    notice = page(purpose="NOTICE", headline="Your code", text="4711")
    assert page_text(notice).text == "Your code: 4711"


def test_a_code_comes_without_a_heading() -> None:
    sent = page(
        purpose="VERIFICATION", headline="Your code for Tocsin", text="4711 is your code.", code="4711"
    )
    assert page_text(sent).text == "4711 is your code."


def test_a_test_page_has_the_link_that_answers_it_however_long_its_text() -> None:
    for text in ("Please open the link.", "word " * 300):
        sent = page_text(page(purpose="TEST", subject={}, headline="A test", text=text))
        assert sent.text.endswith("\nhttps://t.example.com/r/41x8c?do=accept")
        assert sent.segments <= 3


def test_where_no_answer_is_heard_there_is_a_link_instead() -> None:
    sent = page_text(page({"summary": "x" * 2000}, reply_code="7"), heard=False)
    assert sent.text.endswith("...\nhttps://t.example.com/r/41x8c?do=accept")
    assert "Reply" not in sent.text
    assert "http" not in page_text(page(reply_code="7")).text
    assert "http" not in page_text(page(purpose="RESOLVED", answers=None), heard=False).text

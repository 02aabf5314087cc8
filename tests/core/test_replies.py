"""What people mean when they answer: forgiving, and never a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.replies import ACTIONS, reply_words, understand


def said(text: str) -> tuple[str, int | None]:
    understood = understand(text)
    return understood.meaning, understood.code


@pytest.mark.parametrize(
    "text", ["1", "ack", " ACK ", "'ack'", "Ack!", "a", "ok", "Übernehmen", "uebernehmen", "bestätigt"]
)
def test_an_answer_without_a_code_accepts(text: str) -> None:
    assert said(text) == ("ACCEPT", None)


@pytest.mark.parametrize(
    "text", ["ack198", "ack 198", "'198a'", "198 a", "1 198", "ACK  198  ", "“ack #198”", "1-198"]
)
def test_an_answer_with_a_code_names_its_incident(text: str) -> None:
    assert said(text) == ("ACCEPT", 198)


@pytest.mark.parametrize(
    "text, meaning",
    [
        ("2", "RESOLVE"),
        ("close", "RESOLVE"),
        ("gelöst", "RESOLVE"),
        ("geloest", "RESOLVE"),
        ("schließen", "RESOLVE"),
        ("3", "ESCALATE"),
        ("weiterleiten", "ESCALATE"),
        ("0", "REPEAT"),
        ("STOP", "STOP"),
        ("start", "START"),
        ("hilfe", "HELP"),
    ],
)
def test_words_and_digits_in_both_languages(text: str, meaning: str) -> None:
    assert said(text) == (meaning, None)


@pytest.mark.parametrize(
    "text", ["", "   ", "?", "14", "hello", "198", "4", "what is this", "stop 4", "ack 1 2", "x1"]
)
def test_what_fits_nothing_is_not_guessed_at(text: str) -> None:
    assert said(text) == ("NOT_UNDERSTOOD", None)


def test_a_sentence_that_begins_with_an_answer_is_one() -> None:
    assert said("ack, I am on my way") == ("ACCEPT", None)


@given(st.text())
def test_any_text_is_read_without_a_fault(text: str) -> None:
    assert said(text)[0]


@given(
    st.sampled_from([(meaning, word) for meaning in ACTIONS for word in reply_words()[meaning]]),
    st.integers(min_value=1, max_value=10**6),
    st.sampled_from(["{w}{c}", "{w} {c}", "{c}{w}", "'{w} {c}' ", "{w}: #{c}."]),
    st.booleans(),
)
def test_every_word_goes_with_a_code_in_either_order(
    spoken: tuple[str, str], code: int, form: str, loud: bool
) -> None:
    meaning, word = spoken
    text = form.format(w=word.upper() if loud else word, c=code)
    assert said(text) == (meaning, code)

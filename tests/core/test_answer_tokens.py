"""The token in a message: ours, for one notification, and harmless to mail servers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tocsin.auth.answer_tokens import answer_token, read_answer_token

SECRET = "s" * 32


@given(st.integers(1, 10**15))
def test_it_survives_a_mail_servers_folding(number: int) -> None:
    token = answer_token(SECRET, number)
    assert token == token.lower()
    assert token.isalnum()
    assert len(f"bounce+{token}") <= 64, "the local part of an address may have 64 characters"
    assert read_answer_token(SECRET, f" {token.upper()}\n") == number


@given(st.integers(1, 10**6), st.data())
def test_any_change_spoils_it(number: int, data: st.DataObject) -> None:
    token = answer_token(SECRET, number)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("0123456789abcdefx"))
    changed = token[:at] + other + token[at + 1 :]
    assert read_answer_token(SECRET, changed) == (number if changed == token else None)


def test_another_installations_token_is_not_ours() -> None:
    assert read_answer_token("t" * 32, answer_token(SECRET, 5)) is None


@given(st.text(max_size=60))
def test_nonsense_is_refused(text: str) -> None:
    assert read_answer_token(SECRET, text) is None


def test_digits_that_are_no_digits() -> None:
    assert read_answer_token(SECRET, "²x0") is None
    assert read_answer_token(SECRET, "9" * 19 + "x0") is None
    assert read_answer_token(SECRET, "1xé") is None

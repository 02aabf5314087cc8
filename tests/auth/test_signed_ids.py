"""Tokens that lie in mails, at providers and in other products stay good from release to release."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tocsin.auth.answer_tokens import answer_token, read_answer_token
from tocsin.auth.callback_tokens import callback_url, read_callback_token
from tocsin.auth.hook_tokens import hook_connection, hook_token

SECRET = "s" * 32
Read = Callable[[str, str], int | None]
ANSWER = "41x7b018552c08b5aff8aa86c03be1b4d08"
CALLBACK = "41x353f99af96ac5ac503f8497715553be04e24ee1c"
HOOK = "41x1125954cccab8b46a6757f391376595b"
READERS: list[tuple[Read, str]] = [
    (read_answer_token, ANSWER),
    (read_callback_token, CALLBACK),
    (hook_connection, HOOK),
]


def test_tokens_are_what_they_were() -> None:
    assert answer_token(SECRET, 41) == ANSWER
    assert callback_url("https://t.example", SECRET, 41) == f"https://t.example/callbacks/{CALLBACK}"
    assert hook_token(SECRET, 41) == HOOK


@pytest.mark.parametrize(("read", "token"), READERS)
def test_a_token_is_read_by_its_own_reader_alone(read: Read, token: str) -> None:
    assert read(SECRET, token) == 41
    assert read(SECRET, f" {token.upper()} ") == 41, "mail servers fold case"
    assert read("t" * 32, token) is None
    for wrong in ("", "41", "41x", token[:-1], f"42{token[2:]}", f"²{token}", "9" * 30 + token[2:]):
        assert read(SECRET, wrong) is None
    assert [other(SECRET, token) for other, _ in READERS].count(41) == 1

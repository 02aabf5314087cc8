"""Stored secrets open only with the same key, for the same purpose, unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.auth.vault import CannotOpen, Vault
from tocsin.kit.chance import SeededChance


def vault(secret: str = "k" * 32) -> Vault:
    return Vault(secret, SeededChance(1))


@given(st.text())
def test_what_was_sealed_opens_for_the_same_purpose(text: str) -> None:
    sealed = vault().seal(text, "connector")
    assert vault().open(sealed, "connector") == text
    assert not text or len(text) < 4 or text not in sealed


@pytest.mark.parametrize("secret, purpose", [("x" * 32, "connector"), ("k" * 32, "provider")])
def test_another_key_or_purpose_does_not_open_it(secret: str, purpose: str) -> None:
    sealed = vault().seal("token", "connector")
    with pytest.raises(CannotOpen):
        vault(secret).open(sealed, purpose)


@pytest.mark.parametrize("damaged", ["", "v1:", "v1:AAAA", "plain text", "v1:" + "A" * 60])
def test_damage_is_noticed(damaged: str) -> None:
    with pytest.raises(CannotOpen):
        vault().open(damaged, "connector")


def test_the_same_text_is_sealed_differently_each_time() -> None:
    one = vault()
    assert one.seal("token", "connector") != one.seal("token", "connector")

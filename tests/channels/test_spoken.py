"""What a call says, and what its keys mean."""

from __future__ import annotations

import pytest

from tests.channels.examples import PAGE, page
from tocsin.channels.spoken import MOST_SPOKEN, after, call, digit


def test_a_call_says_state_priority_summary_source_and_the_menu() -> None:
    said = call(PAGE)
    assert said.lines == (
        "This is Tocsin.",
        "Incident 123 is open. High priority.",
        "Disk full on db-1",
        "Reported by Prometheus Frankfurt.",
    )
    assert said.menu == (
        "To acknowledge, press 1. To resolve, press 2. To escalate, press 3. To hear this again, press 0."
    )


def test_it_speaks_german() -> None:
    said = call(page(language="de"))
    assert said.lines[1] == "Vorfall 123 ist offen. Hohe Priorität."
    assert "drücken Sie die 1" in said.menu


def test_an_empty_summary_is_said_to_be_empty() -> None:
    assert "no summary provided" in call(page({"summary": ""})).lines


def test_a_long_summary_is_not_read_to_its_end() -> None:
    assert max(len(line) for line in call(page({"summary": "word " * 500})).lines) <= MOST_SPOKEN


def test_an_update_has_no_menu() -> None:
    said = call(page(purpose="RESOLVED", answers=None))
    assert not said.menu
    assert said.lines[1].startswith("Incident 123 was resolved")


def test_a_code_is_spelt_out_twice() -> None:
    said = call(page(purpose="VERIFICATION", code="4711", subject={}, text="Your code: 4711", answers=None))
    assert said.lines == ("This is Tocsin.", "Your code is 4, 7, 1, 1.", "Your code is 4, 7, 1, 1.")


@pytest.mark.parametrize(
    "pressed, meaning",
    [
        ("1", "ACCEPT"),
        ("2", "RESOLVE"),
        ("3", "ESCALATE"),
        ("0", "REPEAT"),
        ("7", "WRONG"),
        ("*", "WRONG"),
        ("", "NONE"),
        (" ", "NONE"),
        ("12", "ACCEPT"),
    ],
)
def test_digits(pressed: str, meaning: str) -> None:
    assert digit(pressed) == meaning


def test_a_wrong_digit_is_said_to_be_one_before_the_menu_comes_again() -> None:
    assert after("9", "en") == "That digit means nothing here."
    assert after("9", "de") == "Diese Ziffer hat hier keine Bedeutung."
    assert not after("0", "en")

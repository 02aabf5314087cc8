"""Telephone numbers as people write them."""

from __future__ import annotations

import pytest

from tocsin.core.phones import comparable, read_phone, region_of, shown_phone
from tocsin.kit.errors import BadInput


@pytest.mark.parametrize("text", ["0170 1234567", "+49 (170) 123 45 67", "0049 170 1234567", "+491701234567"])
def test_the_same_number_is_the_same_however_it_is_written(text: str) -> None:
    phone = read_phone(text, "DE", "target")
    assert (phone.target, phone.region_code) == ("+491701234567", "DE")


def test_a_number_with_its_country_code_names_its_country() -> None:
    assert read_phone("+1 202 555 0123", "DE", "target").region_code == "US"


@pytest.mark.parametrize("text", ["", "12", "hello", "+49 170 1234567890123", "0" * 50])
def test_what_cannot_be_a_number_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_phone(text, "DE", "mobile.number")
    assert refused.value.problems[0].path == "mobile.number"


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        read_phone("0170 1234567", "XX", "target")
    assert refused.value.problems[0].path == "regionCode"


def test_what_providers_report_is_comparable() -> None:
    assert comparable("491701234567") == comparable("00491701234567") == "+491701234567"
    assert comparable("TOCSIN") == "TOCSIN"


def test_numbers_are_shown_in_groups() -> None:
    assert shown_phone("+491701234567") == "+49 170 1234567"
    assert shown_phone("ann") == "ann"
    assert (region_of("+4930123456"), region_of("x")) == ("DE", "")

"""Telephone numbers: read as people write them, kept as +491701234567."""

from __future__ import annotations

import phonenumbers

from tocsin.kit.errors import BadInput
from tocsin.kit.value import value

DEFAULT_REGION = "DE"
LONGEST = 40
_SHORTEST = 8
"""With the plus sign: no subscriber of any country has a shorter one."""
_FORMAT = phonenumbers.PhoneNumberFormat


@value
class Phone:
    """A valid number."""

    target: str
    """+491701234567."""
    region_code: str
    """ISO 3166 code of its country."""


def read_phone(text: str, region_code: str | None, path: str) -> Phone:
    """The number somebody wrote. Raises BadInput at `path`."""
    region = (region_code or DEFAULT_REGION).strip().upper()
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise BadInput.at(_beside(path), f"{region_code!r} is no country code; use one as DE or US")
    if len(text) > LONGEST:
        raise BadInput.at(path, "is too long for a telephone number")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise BadInput.at(path, f"{text!r} is no telephone number; write it as +49 170 1234567") from None
    # Not `is_valid_number`: numbering plans change faster than our releases, and the code proves the number.
    target = phonenumbers.format_number(number, _FORMAT.E164)
    if not phonenumbers.is_possible_number(number) or len(target) < _SHORTEST:
        raise BadInput.at(path, f"{text!r} cannot be a number of {region}; write it as +49 170 1234567")
    country = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return Phone(
        target=target,
        region_code=phonenumbers.region_code_for_number(number) or country,
    )


def shown_phone(target: str) -> str:
    """+49 170 1234567; what cannot be read stays as it is."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(target, None), _FORMAT.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return target


def comparable(address: str) -> str:
    """The form in which a number that a provider reports equals the one that we keep."""
    try:
        plus = address if address.startswith("+") else f"+{address.removeprefix('00')}"
        return phonenumbers.format_number(phonenumbers.parse(plus, None), _FORMAT.E164)
    except phonenumbers.NumberParseException:
        return address


def region_of(target: str) -> str:
    """The country of a number; nothing when unknown."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(target, None)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _beside(path: str) -> str:
    """The field next to `path` that names the country."""
    return f"{path.rpartition('.')[0]}.regionCode".lstrip(".")

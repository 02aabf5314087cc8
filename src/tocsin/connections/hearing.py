"""What the products that report back share: their secrets, and the numbers in our buttons."""

from __future__ import annotations

from tocsin.kit.chance import same
from tocsin.kit.errors import Forbidden

LONGEST_COMMENT = 10_000
_MOST_DIGITS = 18
"""Of an incident's number: what the databases hold."""


def demand_secret(given: str, secret: str) -> None:
    """Raises Forbidden unless a request carries the connector's webhook secret. Without one none does."""
    if not secret or not same(given, secret):
        raise Forbidden("the request does not carry the connector's webhook secret")


def demand_signature(given: str, wanted: str, secret: str) -> None:
    """Raises Forbidden unless a request is signed with the connector's webhook secret."""
    if not secret or not same(given, wanted):
        raise Forbidden("the request is not signed with the connector's webhook secret")


def incident_number(text: str) -> int | None:
    """The number of an incident in a button of ours; None for any other text."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None

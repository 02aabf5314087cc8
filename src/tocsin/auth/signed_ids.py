"""An id with a signature behind it: `12x5f18…`. Nothing about it needs to be stored.

Lower-case letters and digits only, because mail servers fold the local part of an address.
"""

from __future__ import annotations

import hashlib
import hmac

from tocsin.kit.chance import same

_LONGEST_ID = 18
"""Digits that a 64-bit id surely holds."""


def issue(secret: str, purpose: str, number: int, digits: int) -> str:
    """The token of an id, good for nothing but its purpose."""
    return f"{number}x{signature(secret, f'{purpose}{number}', digits)}"


def read(secret: str, purpose: str, token: str, digits: int) -> int | None:
    """The id that a token is for, None when we did not make it for this purpose."""
    parts = split(token)
    if parts is None:
        return None
    number, given = parts
    return number if same(given, signature(secret, f"{purpose}{number}", digits)) else None


def split(token: str) -> tuple[int, str] | None:
    """The id and the signature to be checked; None for what cannot be such a token."""
    number, _, signature = token.strip().lower().partition("x")
    if not number.isascii() or not number.isdigit() or len(number) > _LONGEST_ID:
        return None
    return int(number), signature


def signature(secret: str, text: str, digits: int) -> str:
    """The first `digits` hexadecimal digits of the HMAC-SHA256 of `text`."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:digits]

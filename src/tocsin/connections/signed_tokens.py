"""Tokens that another product signs (JWT with RS256, RFC 7519) with keys that it publishes (JWKS, RFC 7517)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from tocsin.kit.errors import Forbidden
from tocsin.plugins.said import fields_of, text_at, within

SKEW_SECONDS = 300
"""How far two clocks may be apart."""
_LONGEST = 8_192


def claims_of(
    token: str, published: Any, *, issuer: str, audience: str, now: datetime
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What a token says, and the published key that signed it. Raises Forbidden for one that is not valid now."""
    head, _, rest = token[:_LONGEST].partition(".")
    body, _, sealed = rest.partition(".")
    key = _key(published, fields_of(_bytes(head)))
    numbers = RSAPublicNumbers(
        int.from_bytes(_bytes(text_at(key, "e"))), int.from_bytes(_bytes(text_at(key, "n")))
    )
    try:
        numbers.public_key().verify(_bytes(sealed), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise Forbidden("the signature of the token is wrong") from None
    claims = fields_of(_bytes(body))
    if (claims.get("iss"), claims.get("aud")) != (issuer, audience):
        raise Forbidden("the token is of somebody else, or for somebody else")
    ends, begins = claims.get("exp"), claims.get("nbf", 0)
    clock = now.timestamp()
    if not isinstance(ends, int | float) or not isinstance(begins, int | float):
        raise Forbidden("the token does not say how long it is valid")
    if not begins - SKEW_SECONDS <= clock < ends + SKEW_SECONDS:
        raise Forbidden("the token is not valid now")
    return claims, key


def _key(published: Any, header: Mapping[str, Any]) -> Mapping[str, Any]:
    listed = within(published, "keys")
    wanted = header.get("kid")
    if header.get("alg") == "RS256" and isinstance(wanted, str) and isinstance(listed, list):
        for key in listed:
            if text_at(key, "kid") == wanted and text_at(key, "kty") == "RSA" and isinstance(key, dict):
                return key
    raise Forbidden("the token is signed with no key that is published")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Forbidden("the token cannot be read") from None

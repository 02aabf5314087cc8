"""JSON Web Tokens (RFC 7515, 7519) as providers ask for them and send them: signed, and checked.

Signatures are deterministic, so that rendering a request twice gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tocsin.kit.chance import same
from tocsin.kit.errors import BadInput
from tocsin.kit.value import dumps, loads

_PEM = re.compile(r"-----BEGIN ([A-Z ]{1,40})-----([A-Za-z0-9+/=\s]{1,10000})-----END \1-----")

SigningKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of a base64url text, padded or not. Raises ValueError."""
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ValueError("this is no base64url") from None


@lru_cache(maxsize=64)
def private_key(pem: str) -> SigningKey:
    """A private key in PEM, on P-256 or RSA. Raises ValueError when it is none."""
    try:
        text = _lines(pem)
        # Whether the primes of an RSA key are primes is its maker's affair, and takes a tenth of a second.
        key = load_pem_private_key(text, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("this is no private key in PEM without a password") from None
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        return key
    raise ValueError("only RSA keys and keys on the curve P-256 sign tokens here")


def signed_token(key: SigningKey, claims: Mapping[str, Any], **header: str) -> str:
    """A token with these claims: ES256 with a key on P-256, RS256 with an RSA key."""
    algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
    head = {"alg": algorithm, "typ": "JWT", **header}
    text = f"{base64url(dumps(head).encode())}.{base64url(dumps(dict(claims)).encode())}"
    return f"{text}.{base64url(_signature(key, text.encode()))}"


def read_token(token: str, secret: str) -> Mapping[str, Any] | None:
    """The claims of a token that was signed with HS256 and this secret; None for any other text."""
    text, _, signature = token.rpartition(".")
    head, _, claims = text.partition(".")
    right = base64url(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())
    if not secret or not same(right, signature.rstrip("=")):
        return None
    try:
        header, said = loads(from_base64url(head)), loads(from_base64url(claims))
    except (ValueError, BadInput):
        return None
    if not isinstance(header, dict) or header.get("alg") != "HS256" or not isinstance(said, dict):
        return None
    return said


def _lines(pem: str) -> bytes:
    """A PEM text with its line ends, which forms and environments take away."""
    found = _PEM.search(pem.replace("\\n", "\n"))
    if found is None:
        raise ValueError("no PEM")
    body = "\n".join(textwrap.wrap("".join(found[2].split()), 64))
    return f"-----BEGIN {found[1]}-----\n{body}\n-----END {found[1]}-----\n".encode()


def _signature(key: SigningKey, text: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(text, ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")

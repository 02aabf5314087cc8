"""Web Push without a library: a payload that only the browser can read, from a sender it knows.

RFC 8291 (message encryption, content encoding aes128gcm of RFC 8188) and RFC 8292 (VAPID). The key
and salt that each message needs are derived from fresh random bytes, our private key and the message
itself: two messages never share them, even if chance were poor.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tocsin.channels.tokens import base64url, from_base64url, signed_token
from tocsin.kit.value import value

MOST_PAYLOAD = 3993
"""Bytes: what push services take is 4096 with the header and the padding (RFC 8291, section 4)."""
TOKEN_HOURS = 12
"""How long a VAPID token holds; at most 24 are allowed."""

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RECORD = 4096
_LAST_RECORD = b"\x02"


@value
class Subscription:
    """Where one browser takes pushes, as its PushSubscription says."""

    endpoint: str
    p256dh: str
    """The browser's public key."""
    auth: str
    """The secret it shares with us."""


@value
class Seed:
    """The chance in one message: our key for it, and its salt."""

    private: int
    salt: bytes


def key_from(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """A private key that 32 or more secret bytes determine."""
    return ec.derive_private_key(_scalar(secret, b"tocsin vapid key"), _CURVE)


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key as 65 bytes: what a browser takes as `applicationServerKey`."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_text(key: ec.EllipticCurvePrivateKey) -> str:
    """The private key as 43 characters, as other tools write VAPID keys."""
    return base64url(key.private_numbers().private_value.to_bytes(32, "big"))


def key_of(text: str) -> ec.EllipticCurvePrivateKey:
    """The private key that `key_text` wrote. Raises ValueError."""
    scalar = int.from_bytes(from_base64url(text), "big")
    if not 0 < scalar < _ORDER:
        raise ValueError("this is no private VAPID key")
    return ec.derive_private_key(scalar, _CURVE)


def seed_for(
    key: ec.EllipticCurvePrivateKey, subscription: Subscription, payload: bytes, entropy: bytes = b""
) -> Seed:
    """Chance for one message that nobody without our key can guess."""
    secret = key.private_numbers().private_value.to_bytes(32, "big") + entropy
    context = b"\0".join((subscription.endpoint.encode(), subscription.auth.encode(), payload))
    return Seed(
        private=_scalar(secret, b"tocsin push key\0" + context),
        salt=_hkdf(secret, b"", b"tocsin push salt\0" + context, 16),
    )


def encrypt(payload: bytes, subscription: Subscription, seed: Seed) -> bytes:
    """The body of a push. Raises ValueError for a subscription whose keys are none, or too much to say."""
    if len(payload) > MOST_PAYLOAD:
        raise ValueError(f"a push holds {MOST_PAYLOAD} bytes, this one has {len(payload)}")
    theirs_raw, auth = from_base64url(subscription.p256dh), from_base64url(subscription.auth)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, theirs_raw)
    ours = ec.derive_private_key(seed.private, _CURVE)
    ours_raw = public_bytes(ours)
    shared = ours.exchange(ec.ECDH(), theirs)
    material = _hkdf(shared, auth, b"WebPush: info\0" + theirs_raw + ours_raw, 32)
    content_key = _hkdf(material, seed.salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(material, seed.salt, b"Content-Encoding: nonce\0", 12)
    header = seed.salt + _RECORD.to_bytes(4, "big") + bytes([len(ours_raw)]) + ours_raw
    return header + AESGCM(content_key).encrypt(nonce, payload + _LAST_RECORD, None)


def authorization(key: ec.EllipticCurvePrivateKey, endpoint: str, contact: str, now: datetime) -> str:
    """The Authorization header that says who sends: `vapid t=...,k=...`.

    `contact` is a `mailto:` or `https:` address for the push service's operator.
    """
    where = urlsplit(endpoint)
    expires = now + timedelta(hours=TOKEN_HOURS)
    claims = {"aud": f"{where.scheme}://{where.netloc}", "exp": int(expires.timestamp()), "sub": contact}
    return f"vapid t={signed_token(key, claims)},k={base64url(public_bytes(key))}"


def _scalar(secret: bytes, info: bytes) -> int:
    """A number in [1, order): 48 bytes taken modulo, so that none is likelier than another."""
    return int.from_bytes(_hkdf(secret, b"", info, 48), "big") % (_ORDER - 1) + 1


def _hkdf(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)

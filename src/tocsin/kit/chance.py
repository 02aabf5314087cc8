"""The one place that asks the machine for chance. Everybody else is handed a `Chance`."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import secrets
import uuid
from typing import Protocol

_KEY_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"


class Chance(Protocol):
    """A source of chance."""

    def bytes(self, count: int) -> bytes:
        """`count` random bytes."""
        ...

    def unit(self) -> float:
        """A number in [0, 1)."""
        ...


class SystemChance:
    """The machine's cryptographic randomness."""

    def bytes(self, count: int) -> bytes:
        """`count` unguessable bytes."""
        return secrets.token_bytes(count)

    def unit(self) -> float:
        """A number in [0, 1), for jitter."""
        return random.random()


class SeededChance:
    """Repeatable chance for tests and the simulator."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        """`count` bytes that the seed determines."""
        return self._random.randbytes(count)

    def unit(self) -> float:
        """A number in [0, 1) that the seed determines."""
        return self._random.random()


def token(chance: Chance, size: int = 24) -> str:
    """An unguessable, URL-safe token of `size` bytes."""
    return base64.urlsafe_b64encode(chance.bytes(size)).rstrip(b"=").decode()


def short_key(chance: Chance, length: int = 12) -> str:
    """A key for people to read, as given to incidents without one."""
    return "".join(_KEY_ALPHABET[byte % len(_KEY_ALPHABET)] for byte in chance.bytes(length))


def integration_key(chance: Chance, tag: str) -> str:
    """The key of an alert source in the product's form: `il1` + tag + 46 hexadecimal digits."""
    return f"il1{tag}{chance.bytes(23).hex()}"


def heartbeat_key(chance: Chance, interval_sec: int) -> str:
    """The key of a heartbeat monitor in the product's form, which tells the interval."""
    return f"ih2:{interval_sec}:tocsin:{token(chance, 9)}:{chance.bytes(20).hex()}"


def uuid_text(chance: Chance) -> str:
    """A random UUID."""
    return str(uuid.UUID(bytes=chance.bytes(16), version=4))


def digest(secret: str) -> str:
    """What we store instead of a random secret: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())

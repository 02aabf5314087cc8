"""Passwords: argon2id."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tocsin.kit.errors import BadInput

SHORTEST = 8
_hasher = PasswordHasher()


@cache
def _nobody() -> str:
    """A hash for users who do not exist. Hashing is slow by design, and a start need not wait for it."""
    return _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """The hash to store. Raises BadInput for a password that is too short."""
    if len(password) < SHORTEST:
        raise BadInput.at("password", f"use at least {SHORTEST} characters")
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long when there is no such user or no password."""
    try:
        _hasher.verify(stored or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None

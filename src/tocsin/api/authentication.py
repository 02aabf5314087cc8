"""Who is calling: an API key (with or without a scheme), or user name and password."""

from __future__ import annotations

import base64
import binascii
import threading
from datetime import datetime, timedelta

from tocsin.api.errors import TooMany
from tocsin.auth import api_keys
from tocsin.auth.passwords import verify_password
from tocsin.auth.throttle import Windows
from tocsin.core.access import Caller
from tocsin.deployment import Deployment
from tocsin.kit.chance import digest
from tocsin.kit.errors import Forbidden, Unauthenticated
from tocsin.store import people
from tocsin.store.database import Transaction

REMEMBERED_FOR = timedelta(minutes=1)
REMEMBERED_MOST = 1_000
GUESSES_A_MINUTE = 10


class Authenticator:
    """Turns an Authorization header into a caller, and counts requests per key."""

    def __init__(self, deployment: Deployment) -> None:
        self._db = deployment.db
        self._clock = deployment.clock
        self._requests = Windows(deployment.limits.api)
        self._guesses = Windows(GUESSES_A_MINUTE)
        self._verified = _Remembered()

    def caller(self, header: str | None) -> Caller:
        """The caller. Raises Unauthenticated, Forbidden for an unknown key, TooMany."""
        if not header or not header.strip():
            raise Unauthenticated("send an API key: Authorization: Bearer <key>", code="UNAUTHORIZED")
        if not self._requests.allow(digest(header), self._clock.now()):
            raise TooMany("too many requests with this key; try again in the next minute")
        scheme, _, rest = header.strip().partition(" ")
        if scheme.lower() == "basic":
            return self._by_password(rest.strip())
        key = rest if scheme.lower() == "bearer" else header
        with self._db.read() as tx:
            found = api_keys.holder(tx, key)
        if found is None:
            raise Forbidden("the API key is unknown or was revoked", code="KEY_ERROR")
        if found.unnoted:
            with self._db.write() as tx:
                api_keys.note_use(tx, key)
        return found.caller

    def _by_password(self, encoded: str) -> Caller:
        login, password = _credentials(encoded)
        with self._db.read() as tx:
            now, (caller, stored) = tx.now, self._stored(tx, login)
        # No transaction is open from here on: argon2 takes its time on purpose.
        proof = digest(f"{stored}:{encoded}")
        if not (stored and self._verified.knows(proof, now)):
            if not self._guesses.allow(login.casefold(), now):
                raise TooMany("too many wrong passwords for this user; try again in the next minute")
            if not verify_password(stored, password):
                raise Unauthenticated("the user name or the password is wrong", code="UNAUTHORIZED")
            self._verified.note(proof, now)
        if caller is None:
            raise Unauthenticated("the user name or the password is wrong", code="UNAUTHORIZED")
        return caller

    @staticmethod
    def _stored(tx: Transaction, login: str) -> tuple[Caller | None, str | None]:
        """The user behind `name` or `name@tenant`, with the password hash."""
        for name in (login, login.rpartition("@")[0]):
            found = people.by_login(tx, name) if name else None
            if found:
                user, stored = found
                return Caller(user_id=user.id, name=user.name, role=user.role), stored
        return None, None


class _Remembered:
    """Proofs verified a moment ago: argon2 is slow on purpose, and clients send Basic each time.

    A proof contains the stored hash, so a changed password is asked for at once.
    """

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def knows(self, proof: str, now: datetime) -> bool:
        """Whether the proof was verified within the last minute."""
        return self._until.get(proof, now) > now

    def note(self, proof: str, now: datetime) -> None:
        """Remember a verified proof."""
        with self._lock:
            if len(self._until) >= REMEMBERED_MOST:
                self._until = {}
            self._until[proof] = now + REMEMBERED_FOR


def _credentials(encoded: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthenticated("the Basic credentials cannot be read", code="UNAUTHORIZED") from None
    login, _, password = text.partition(":")
    return login, password

"""Secrets of others that we must be able to use: encrypted at rest, with a key outside the database.

The key is derived from the deployment's secret key, so that a copy of the database alone is worthless.
Each sealed text is bound to what it is for: copied into another row, it does not open.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tocsin.kit.chance import Chance
from tocsin.kit.errors import TocsinError

MASK = "********"
"""What is shown in place of a secret; sent back, it means: as before."""
_MARK = "v1:"
_NONCE_BYTES = 12


class CannotOpen(TocsinError):
    """A stored secret was sealed with another secret key; it has to be entered again."""

    code = "SECRET_KEY_CHANGED"


@dataclass(frozen=True)
class Vault:
    """Seals and opens secrets."""

    secret: str
    """The deployment's secret key."""
    chance: Chance

    def seal(self, text: str, purpose: str) -> str:
        """The text encrypted, to be opened only for the same `purpose` (as in "connector")."""
        nonce = self.chance.bytes(_NONCE_BYTES)
        sealed = self._cipher().encrypt(nonce, text.encode(), purpose.encode())
        return _MARK + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> str:
        """The text. Raises CannotOpen when the key, the purpose or the text is another."""
        try:
            raw = base64.urlsafe_b64decode(sealed.removeprefix(_MARK))
            plain = self._cipher().decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        except (ValueError, InvalidTag):
            raise CannotOpen(
                "a stored secret cannot be read with the present TOCSIN_SECRET_KEY: enter it again"
            ) from None
        return plain.decode()

    def _cipher(self) -> AESGCM:
        return AESGCM(hashlib.sha256(b"tocsin vault\0" + self.secret.encode()).digest())

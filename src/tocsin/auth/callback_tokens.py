"""The secret part of the URL under which a provider reports to us.

It names the provider and is signed: nothing is stored, and whoever does not know it cannot speak for
the provider, even if the provider signs nothing.
"""

from __future__ import annotations

from tocsin.auth import signed_ids
from tocsin.kit.chance import same

_SIGNATURE_DIGITS = 40


def callback_url(public_url: str, secret: str, provider_id: int) -> str:
    """Where a provider reports to us."""
    return f"{public_url}/callbacks/{provider_id}x{_signature(secret, provider_id)}"


def read_callback_token(secret: str, token: str) -> int | None:
    """The provider that a token is for, None when we did not make it."""
    parts = signed_ids.split(token)
    if parts is None:
        return None
    number, signature = parts
    return number if same(signature, _signature(secret, number)) else None


def _signature(secret: str, provider_id: int) -> str:
    return signed_ids.signature(secret, f"callback:{provider_id}", _SIGNATURE_DIGITS)

"""The secret part of the URL under which a provider reports to us.

It names the provider and is signed: nothing is stored, and whoever does not know it cannot speak for
the provider, even if the provider signs nothing.
"""

from __future__ import annotations

from tocsin.auth import signed_ids

_PURPOSE, _DIGITS = "callback:", 40


def callback_url(public_url: str, secret: str, provider_id: int) -> str:
    """Where a provider reports to us."""
    return f"{public_url}/callbacks/{signed_ids.issue(secret, _PURPOSE, provider_id, _DIGITS)}"


def read_callback_token(secret: str, token: str) -> int | None:
    """The provider that a token is for, None when we did not make it."""
    return signed_ids.read(secret, _PURPOSE, token, _DIGITS)

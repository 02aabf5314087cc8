"""The secret part of the address where another product reports back: a signed connection id. Nothing is stored."""

from __future__ import annotations

from tocsin.auth import signed_ids

_PURPOSE, _DIGITS = "hook ", 32
PATH = "/api/hooks/"


def hook_token(secret: str, connection_id: int) -> str:
    """The token for a connection's address."""
    return signed_ids.issue(secret, _PURPOSE, connection_id, _DIGITS)


def hook_url(public_url: str, secret: str, connection_id: int) -> str:
    """Where a connection's product reports back."""
    return f"{public_url}{PATH}{hook_token(secret, connection_id)}"


def hook_connection(secret: str, token: str) -> int | None:
    """The connection that a token is for; None for a token that is not ours."""
    return signed_ids.read(secret, _PURPOSE, token, _DIGITS)

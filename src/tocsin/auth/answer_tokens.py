"""The token in a message that lets its receiver answer without signing in.

It names the notification, and so the person and the incident, and is signed: nothing is stored,
and a message sent again carries the same token. Lower-case letters and digits only, because mail
servers fold the local part of an address.
"""

from __future__ import annotations

from tocsin.auth import signed_ids
from tocsin.kit.chance import same

_SIGNATURE_DIGITS = 32


def answer_token(secret: str, notification_id: int) -> str:
    """The token of a notification."""
    return f"{notification_id}x{_signature(secret, notification_id)}"


def read_answer_token(secret: str, token: str) -> int | None:
    """The notification that a token is for, None when we did not make it."""
    parts = signed_ids.split(token)
    if parts is None:
        return None
    number, signature = parts
    return number if same(signature, _signature(secret, number)) else None


def _signature(secret: str, notification_id: int) -> str:
    return signed_ids.signature(secret, f"answer:{notification_id}", _SIGNATURE_DIGITS)

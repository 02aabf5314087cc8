"""The token in a message that lets its receiver answer without signing in.

It names the notification, and so the person and the incident, and is signed: nothing is stored,
and a message sent again carries the same token. Lower-case letters and digits only, because mail
servers fold the local part of an address.
"""

from __future__ import annotations

from tocsin.auth import signed_ids

_PURPOSE, _DIGITS = "answer:", 32


def answer_token(secret: str, notification_id: int) -> str:
    """The token of a notification."""
    return signed_ids.issue(secret, _PURPOSE, notification_id, _DIGITS)


def read_answer_token(secret: str, token: str) -> int | None:
    """The notification that a token is for, None when we did not make it."""
    return signed_ids.read(secret, _PURPOSE, token, _DIGITS)

"""Codes that prove an address: made from a stored nonce, so that the code itself lies nowhere in clear."""

from __future__ import annotations

from tocsin.auth import signed_ids

DIGITS = 6


def verification_code(secret: str, contact_id: int, method: str, nonce: str) -> str:
    """Six digits that nobody can guess who does not know the deployment's secret key."""
    signed = signed_ids.signature(secret, f"verify:{contact_id}:{method}:{nonce}", 16)
    return f"{int(signed, 16) % 10**DIGITS:0{DIGITS}d}"

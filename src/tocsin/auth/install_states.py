"""The `state` of an installation (OAuth 2, RFC 6749 section 10.12): signed, for one connector, one user, ten minutes.

Nothing is stored. It comes back through the browser of whoever began, and is good for nobody else.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.auth import signed_ids
from tocsin.kit.chance import same

LASTS = timedelta(minutes=10)
_DIGITS = 32


def install_state(secret: str, connector_id: int, user_id: int, now: datetime) -> str:
    """The state for a user who installs a connector's app now."""
    until = int((now + LASTS).timestamp())
    return f"{connector_id}x{until}x{_signature(secret, connector_id, user_id, until)}"


def installing(secret: str, state: str, user_id: int, now: datetime) -> int | None:
    """The connector of a state; None for one that is not this user's, is over, or is not ours."""
    outer = signed_ids.split(state)
    inner = signed_ids.split(outer[1]) if outer else None
    if outer is None or inner is None or inner[0] < now.timestamp():
        return None
    right = _signature(secret, outer[0], user_id, inner[0])
    return outer[0] if same(inner[1], right) else None


def _signature(secret: str, connector_id: int, user_id: int, until: int) -> str:
    return signed_ids.signature(secret, f"install {connector_id} {user_id} {until}", _DIGITS)

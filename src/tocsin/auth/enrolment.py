"""Codes that somebody hands back from a chat, and so proves that the chat is theirs: `12x1763380800x5f18…`.

A code names the user and until when it counts, and is signed for one provider: nothing is stored. Letters,
digits and a length that Telegram takes in a link (64 characters).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.auth import signed_ids
from tocsin.auth.provider_params import opened, plugin_of
from tocsin.auth.vault import CannotOpen, Vault
from tocsin.core.people import Method
from tocsin.core.providers import ChannelProvider
from tocsin.kit.chance import same
from tocsin.kit.errors import BadInput
from tocsin.kit.value import value
from tocsin.store import providers
from tocsin.store.database import Transaction

CODE_LASTS = timedelta(minutes=15)
_SIGNATURE_DIGITS = 32


def enrolment_code(secret: str, provider_id: int, user_id: int, now: datetime) -> str:
    """A code for a user to hand back through a provider, good for a quarter of an hour."""
    until = int((now + CODE_LASTS).timestamp())
    return f"{user_id}x{until}x{_signature(secret, provider_id, user_id, until)}"


def read_enrolment_code(secret: str, provider_id: int, code: str, now: datetime) -> int | None:
    """The user whom a code names; None when we did not make it, or when it no longer counts."""
    named = signed_ids.split(code)
    dated = signed_ids.split(named[1]) if named else None
    if named is None or dated is None:
        return None
    user_id, (until, signature) = named[0], dated
    genuine = same(signature, _signature(secret, provider_id, user_id, until))
    return user_id if genuine and now.timestamp() < until else None


@value
class Offer:
    """A way to make one's chat an address without typing its number."""

    channel: Method
    name: str
    """Of the provider: whose bot is written to."""
    command: str
    """What to write to it."""
    url: str
    """The link that writes it; "" where there is none."""
    expires_at: datetime


def offers(tx: Transaction, vault: Vault, secret: str, user_id: int) -> list[Offer]:
    """What the providers in use offer to a user, each with a fresh code."""
    return [offer for p in providers.active(tx) if (offer := _offer(tx, vault, secret, user_id, p))]


def _offer(
    tx: Transaction, vault: Vault, secret: str, user_id: int, provider: ChannelProvider
) -> Offer | None:
    try:
        config = opened(vault, provider)
    except (BadInput, CannotOpen):
        # A provider that cannot be used hears nobody.
        return None
    code = enrolment_code(secret, provider.id, user_id, tx.now)
    way = plugin_of(provider).enrolment(code, config)
    if way is None:
        return None
    return Offer(
        channel=provider.channel,
        name=provider.name,
        command=way.command,
        url=way.url,
        expires_at=tx.now + CODE_LASTS,
    )


def _signature(secret: str, provider_id: int, user_id: int, until: int) -> str:
    return signed_ids.signature(secret, f"enrol:{provider_id}:{user_id}:{until}", _SIGNATURE_DIGITS)

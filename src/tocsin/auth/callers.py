"""The telephone numbers that our messages and calls come from."""

from __future__ import annotations

from tocsin.auth.provider_params import opened, plugin_of
from tocsin.auth.vault import CannotOpen, Vault
from tocsin.kit.errors import BadInput
from tocsin.store import providers
from tocsin.store.database import Transaction


def callers(tx: Transaction, vault: Vault) -> dict[str, tuple[str, ...]]:
    """The numbers of the providers in use, with the channels of each: SMS, VOICE, WHATSAPP."""
    numbers: dict[str, tuple[str, ...]] = {}
    for provider in providers.active(tx):
        try:
            config = opened(vault, provider)
        except (BadInput, CannotOpen):
            # A provider that cannot be used calls nobody.
            continue
        for number in plugin_of(provider).callers(config):
            numbers[number] = tuple(dict.fromkeys((*numbers.get(number, ()), provider.channel)))
    return numbers

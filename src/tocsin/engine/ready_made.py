"""Providers that need no account anywhere (Web Push): set up at the first start, with keys of their own."""

from __future__ import annotations

from tocsin import plugins
from tocsin.auth.provider_params import sealed
from tocsin.auth.vault import Vault
from tocsin.core.providers import ChannelProvider
from tocsin.engine.messages import Addresses
from tocsin.kit.chance import Chance
from tocsin.kit.value import encode, replace
from tocsin.store import documents, facts
from tocsin.store.database import Database
from tocsin.store.kinds import PROVIDERS

_FACT = "ready-made providers"
_SEED_BYTES = 64


def set_up(db: Database, vault: Vault, chance: Chance, where: Addresses) -> None:
    """Store what was not there at an earlier start; one that an administrator deleted stays deleted."""
    contact = (
        where.public_url if where.public_url.startswith("https:") else f"mailto:tocsin@{where.mail_domain}"
    )
    with db.write() as tx:
        done = list(facts.get(tx, _FACT) or ())
        for (method, kind), plugin in sorted(plugins.providers().items()):
            name = f"{method} {kind}"
            config = None if name in done else plugin.ready_made(chance.bytes(_SEED_BYTES), contact)
            if config is None:
                continue
            fresh = ChannelProvider(channel=method, type=kind, name=plugin.name)
            params = sealed(vault, fresh, encode(plugin.config, config), {})
            documents.insert(tx, PROVIDERS, replace(fresh, params=params))
            done.append(name)
            facts.put(tx, _FACT, done)

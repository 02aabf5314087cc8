"""A provider's settings as they are stored (secrets sealed), used (in clear) and shown (masked)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from tocsin.auth.vault import MASK, Vault
from tocsin.core.providers import ChannelProvider
from tocsin.kit.errors import BadInput, Problem
from tocsin.kit.value import decode, dumps, encode, loads
from tocsin.languages import Filled, msgid
from tocsin.plugins import Provider, providers

_NO_SUCH_SETTING = msgid("there is no such setting; there are: {known}")


def plugin_of(provider: ChannelProvider) -> Provider:
    """The plugin that speaks for a provider. Raises BadInput when it is not installed."""
    found = providers().get((provider.channel, provider.type))
    if found is None:
        known = sorted(kind for method, kind in providers() if method == provider.channel)
        allowed = ", ".join(known) or f"none for {provider.channel}"
        raise BadInput.at("type", f"{provider.type!r} is not available; use one of: {allowed}")
    return found


def sealed(
    vault: Vault, provider: ChannelProvider, wanted: Mapping[str, Any], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The settings for storing. Secrets left out or masked stay what they were. Raises BadInput."""
    plugin = plugin_of(provider)
    _check_names(plugin, wanted)
    clear = dict(wanted)
    for name in plugin.secret_fields & before.keys():
        if name not in clear or _is_masked(clear[name]):
            clear[name] = _open(vault, provider, before[name])
    config = _decoded(plugin, clear)
    stored: dict[str, Any] = encode(plugin.config, config)
    for name in plugin.secret_fields & stored.keys():
        stored[name] = vault.seal(dumps(stored[name]), _purpose(provider))
    return stored


def opened(vault: Vault, provider: ChannelProvider) -> Any:
    """The plugin's own config value. Raises BadInput, CannotOpen."""
    return _decoded(plugin_of(provider), clear(vault, provider))


def clear(vault: Vault, provider: ChannelProvider) -> dict[str, Any]:
    """The settings with their secrets, for their owner. Raises CannotOpen."""
    secret = plugin_of(provider).secret_fields
    return {
        name: _open(vault, provider, kept) if name in secret else kept
        for name, kept in provider.params.items()
    }


def masked(provider: ChannelProvider) -> dict[str, Any]:
    """The settings for everybody else."""
    plugin = providers().get((provider.channel, provider.type))
    if plugin is None:
        return {}
    return {name: MASK if name in plugin.secret_fields else kept for name, kept in provider.params.items()}


def _open(vault: Vault, provider: ChannelProvider, kept: Any) -> Any:
    return loads(vault.open(str(kept), _purpose(provider)))


def _purpose(provider: ChannelProvider) -> str:
    return f"channel provider {provider.channel} {provider.type}"


def _is_masked(given: Any) -> bool:
    return bool(given == MASK)


def _check_names(plugin: Provider, wanted: Mapping[str, Any]) -> None:
    """A setting that is misspelt would leave its default in force, such as a public server instead of one's own."""
    known = {to_camel(field.name): field.name for field in dataclasses.fields(plugin.config)}
    unknown = wanted.keys() - known.keys() - set(known.values())
    if unknown:
        words = Filled(_NO_SUCH_SETTING, known=", ".join(known))
        raise BadInput(*(Problem(f"params.{name}", words) for name in sorted(unknown)))


def _decoded(plugin: Provider, params: Mapping[str, Any]) -> Any:
    try:
        return decode(plugin.config, dict(params))
    except BadInput as wrong:
        raise BadInput(
            *(Problem(f"params.{p.path}".rstrip("."), p.message) for p in wrong.problems)
        ) from None

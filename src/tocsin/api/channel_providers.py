"""Channel providers: the accounts that carry text messages, calls, pushes and chats. For administrators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from starlette.responses import Response

from tocsin.api.call import Call, Calling
from tocsin.api.parameters import Id, Paging
from tocsin.api.routing import Resource
from tocsin.auth import proofs
from tocsin.auth.callback_tokens import callback_url
from tocsin.auth.provider_params import clear, masked, plugin_of, sealed
from tocsin.auth.vault import CannotOpen
from tocsin.core.phones import comparable
from tocsin.core.providers import DEFAULT_REPORT_SECONDS, ChannelProvider
from tocsin.kit.errors import BadInput
from tocsin.kit.value import Ge, Le, MaxLen, MinLen, adapter, field, replace, value
from tocsin.plugins import providers
from tocsin.store import documents, people
from tocsin.store import providers as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import PROVIDERS

channel_providers = Resource("channel-providers")
Word = Annotated[str, MinLen(1), MaxLen(40)]


@value
class ChannelProviderWire:
    """An account with a provider."""

    id: int | None = None
    channel: Word
    """What it carries: SMS, VOICE, PUSH, TELEGRAM and so on."""
    type: Word
    """Who carries it: `twilio`. See `/channel-providers/types`."""
    name: Annotated[str, MaxLen(255)] | None = None
    position: Annotated[int, Ge(0), Le(1000)] | None = None
    """The lowest of a channel is tried first; new ones come last."""
    active: bool | None = None
    params: dict[str, Any] = field(default_factory=dict)
    """The provider's settings; secret ones show as `********`, except to the account's owner.

    Sent back so, or left out, they stay as they are.
    """
    report_seconds: Annotated[int, Ge(0), Le(3600)] | None = None
    """How long a delivery report may take before the next provider tries; 0: for ever."""
    callback_url: str | None = None
    """Read only: where the provider reports deliveries and answers. It is a secret."""
    paused_until: datetime | None = None
    """Read only: the provider asked us to wait."""
    pause_reason: str | None = None


@value
class ProviderType:
    """A kind of provider that can be configured."""

    channel: str
    type: str
    name: str
    secret_fields: tuple[str, ...]
    """Which params are secret."""
    schema: dict[str, Any]
    """The JSON schema of its params."""


@value
class TestRequest:
    """Where to send a test."""

    to: Annotated[str, MaxLen(4000)] | None = None
    """The address; the caller's own, if left out."""


@value
class Accepted:
    """A message is on its way."""

    notification_id: int
    """Its line in `/users/{id}/notifications`."""


@channel_providers.get("", "MANAGE_CONNECTORS")
def list_channel_providers(call: Call, page: Paging) -> list[ChannelProviderWire]:
    """Every provider, in order of their ids."""
    with call.read() as tx:
        return _shown(tx, call, documents.listing(tx, PROVIDERS, page.start, page.count))


@channel_providers.post("", "MANAGE_CONNECTORS")
def create_channel_provider(
    call: Call, body: Annotated[ChannelProviderWire, Body()], response: Response
) -> ChannelProviderWire:
    """Add a provider. It carries messages as soon as this is answered."""
    with call.write() as tx:
        fresh = _read(call, body, ChannelProvider(channel=body.channel, type=body.type))
        created = stored.create(tx, fresh, body.position)
        shown = _shown(tx, call, [created])[0]
    response.headers["location"] = call.location("channel-providers", created.id)
    return shown


@channel_providers.get("/types", "MANAGE_CONNECTORS")
def list_provider_types(call: Call) -> list[ProviderType]:
    """What can be configured, with the schema of its params: for forms."""
    del call
    return [
        ProviderType(
            channel=plugin.method,
            type=plugin.type,
            name=plugin.name,
            secret_fields=tuple(sorted(plugin.secret_fields)),
            schema=adapter(plugin.config).json_schema(by_alias=True),
        )
        for _, plugin in sorted(providers().items())
    ]


@channel_providers.get("/{id}", "MANAGE_CONNECTORS")
def get_channel_provider(call: Call, number: Id) -> ChannelProviderWire:
    """One provider."""
    with call.read() as tx:
        return _shown(tx, call, [documents.get(tx, PROVIDERS, number)])[0]


@channel_providers.put("/{id}", "MANAGE_CONNECTORS")
def update_channel_provider(
    call: Call, number: Id, body: Annotated[ChannelProviderWire, Body()]
) -> ChannelProviderWire:
    """Change a provider; its channel and type stay."""
    with call.write() as tx:
        before = documents.get(tx, PROVIDERS, number)
        if (body.channel.upper(), body.type.lower()) != (before.channel, before.type):
            raise BadInput.at("type", f"stays {before.channel} {before.type}: add another provider instead")
        changed = stored.change(tx, _read(call, body, before))
        return _shown(tx, call, [changed])[0]


@channel_providers.delete("/{id}", "MANAGE_CONNECTORS")
def delete_channel_provider(call: Call, number: Id) -> None:
    """Delete a provider. What it was to send goes to the next of its channel."""
    with call.write() as tx:
        stored.remove(tx, number)


@channel_providers.post("/{id}/test", "MANAGE_CONNECTORS", status_code=202)
def try_channel_provider(
    call: Call, number: Id, body: Annotated[TestRequest | None, Body()] = None
) -> Accepted:
    """Send a test message through this very provider."""
    with call.write() as tx:
        provider = documents.get(tx, PROVIDERS, number)
        plugin = plugin_of(provider)
        caller = people.one(tx, call.caller.user_id)
        wanted = [body.to, comparable(body.to)] if body and body.to else [c.target for c in caller.contacts]
        target = next((to for to in wanted if plugin.takes(to)), None)
        if target is None:
            raise BadInput.at("to", f"give an address that {plugin.name} can send to")
        return Accepted(notification_id=proofs.send_through(tx, caller, provider, target))


def _read(call: Calling, body: ChannelProviderWire, before: ChannelProvider) -> ChannelProvider:
    """What the body makes of a provider. Raises BadInput."""
    named = replace(before, channel=body.channel.upper(), type=body.type.lower())
    plugin = plugin_of(named)
    return replace(
        named,
        name=(body.name or before.name or plugin.name).strip(),
        position=before.position if body.position is None else body.position,
        active=before.active if body.active is None else body.active,
        report_seconds=_report_seconds(body, before),
        params=sealed(call.deployment.vault, named, body.params, before.params),
    )


def _report_seconds(body: ChannelProviderWire, before: ChannelProvider) -> int:
    if body.report_seconds is not None:
        return body.report_seconds
    return before.report_seconds if before.id else DEFAULT_REPORT_SECONDS


def _shown(tx: Transaction, call: Calling, found: Iterable[ChannelProvider]) -> list[ChannelProviderWire]:
    found = list(found)
    paused = stored.paused(tx, [provider.id for provider in found])
    return [
        ChannelProviderWire(
            id=provider.id,
            channel=provider.channel,
            type=provider.type,
            name=provider.name,
            position=provider.position,
            active=provider.active,
            params=_params(call, provider),
            report_seconds=provider.report_seconds,
            callback_url=callback_url(call.deployment.public_url, call.deployment.secret, provider.id),
            paused_until=paused[provider.id][0] if provider.id in paused else None,
            pause_reason=paused[provider.id][1] if provider.id in paused else None,
        )
        for provider in found
    ]


def _params(call: Calling, provider: ChannelProvider) -> dict[str, Any]:
    if call.caller.role == "OWNER" and (provider.channel, provider.type) in providers():
        try:
            return clear(call.deployment.vault, provider)
        except CannotOpen:
            return masked(provider)
    return masked(provider)

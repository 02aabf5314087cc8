"""Channels: the accounts that carry text messages, calls, pushes and chats, in the order they are tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.responses import Response

from tocsin.auth import proofs
from tocsin.auth.callback_tokens import callback_url
from tocsin.auth.provider_params import masked, plugin_of, sealed
from tocsin.core.providers import ChannelProvider
from tocsin.kit.errors import BadInput, NotFound, Problem
from tocsin.kit.value import replace
from tocsin.plugins import Provider, providers
from tocsin.store import documents, people
from tocsin.store import providers as stored
from tocsin.store.database import Transaction
from tocsin.store.kinds import PROVIDERS
from tocsin.web import settings_form
from tocsin.web.declare import Page
from tocsin.web.pages.sent import lead
from tocsin.web.show import Problems, page, problems_by_field
from tocsin.web.visit import Visit, see_other


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A provider and how it is."""

    provider: ChannelProvider
    kind: str
    """What it is called; its type when the plugin is gone."""
    paused_until: datetime | None
    why: str


def show_list(visit: Visit) -> Response:
    """Every provider, by channel and in order."""
    with visit.deployment.db.read() as tx:
        found = documents.listing(tx, PROVIDERS)
        paused = stored.paused(tx, [provider.id for provider in found])
    shown = [
        Shown(
            provider=provider,
            kind=_name(provider),
            paused_until=paused.get(provider.id, (None, ""))[0],
            why=paused.get(provider.id, (None, ""))[1],
        )
        for provider in sorted(found, key=lambda p: (p.channel, p.position, p.id))
    ]
    groups: dict[str, list[Shown]] = {}
    for one in shown:
        groups.setdefault(one.provider.channel, []).append(one)
    return page(visit, "channels.html", groups=groups)


def choose(visit: Visit) -> Response:
    """Which provider is to be added."""
    kinds = sorted(providers().values(), key=lambda plugin: (plugin.method, plugin.name))
    return page(visit, "channel_kinds.html", kinds=kinds)


def begin(visit: Visit) -> Response:
    """The settings of a new one. Raises NotFound."""
    return _form(visit, _blank(visit), Problems())


def create(visit: Visit) -> Response:
    """Add it: it carries messages at once. Raises NotFound."""
    blank = _blank(visit)
    try:
        with visit.deployment.db.write() as tx:
            made = stored.create(tx, _read(visit, blank))
    except BadInput as wrong:
        return _form(visit, blank, problems_by_field(wrong))
    return see_other(f"/channels/{made.id}/edit?said=created")


def edit(visit: Visit) -> Response:
    """The settings of one. Raises NotFound."""
    with visit.deployment.db.read() as tx:
        return _form(visit, documents.get(tx, PROVIDERS, visit.number("id")), Problems())


def save(visit: Visit) -> Response:
    """Change the settings; secrets left empty stay. Raises NotFound."""
    try:
        with visit.deployment.db.write() as tx:
            before = documents.get(tx, PROVIDERS, visit.number("id"))
            stored.change(tx, _read(visit, before))
    except BadInput as wrong:
        return _form(visit, before, problems_by_field(wrong))
    return see_other("/channels?said=saved")


def act(visit: Visit) -> Response:
    """Delete it, try it, or move it up. Raises NotFound, BadInput."""
    verb, said = str(visit.request.path_params["verb"]), "saved"
    if verb == "test":
        return _test(visit)
    with visit.deployment.db.write() as tx:
        provider = documents.get(tx, PROVIDERS, visit.number("id"))
        match verb:
            case "delete":
                stored.remove(tx, provider.id)
                said = "deleted"
            case "first":
                _move_first(tx, provider)
            case _:
                raise NotFound("there is no such action")
    return see_other(f"/channels?said={said}")


def _test(visit: Visit) -> Response:
    """Send a test through this very provider, to an address of the visitor's that it takes."""
    with visit.deployment.db.write() as tx:
        provider = documents.get(tx, PROVIDERS, visit.number("id"))
        plugin, person = plugin_of(provider), people.one(tx, visit.someone.id)
        target = next((c.target for c in person.contacts if plugin.takes(c.target)), None)
        if target is None:
            why = "you have no address that this provider can send to: add one to your profile"
            raise BadInput.at("", why)
        return lead(proofs.send_through(tx, person, provider, target))


def _move_first(tx: Transaction, provider: ChannelProvider) -> None:
    """Let it be tried before the others of its channel."""
    same = [p for p in documents.listing(tx, PROVIDERS) if p.channel == provider.channel]
    rest = sorted((p for p in same if p.id != provider.id), key=lambda p: (p.position, p.id))
    for position, one in enumerate([provider, *rest]):
        if one.position != position:
            documents.save(tx, PROVIDERS, replace(one, position=position))
    tx.wake("providers", "deliveries")


def _blank(visit: Visit) -> ChannelProvider:
    method = str(visit.request.path_params["method"]).upper()
    kind = str(visit.request.path_params["type"]).lower()
    if (method, kind) not in providers():
        raise NotFound("there is no such provider")
    return ChannelProvider(channel=method, type=kind)


def _read(visit: Visit, before: ChannelProvider) -> ChannelProvider:
    """The provider as the form wants it. Raises BadInput."""
    plugin = plugin_of(before)
    wanted = settings_form.read(visit, _fields(plugin, before))
    seconds = visit.said("report_seconds", 5) or "0"
    if not seconds.isdecimal() or int(seconds) > 3600:
        raise BadInput(Problem("report_seconds", "write seconds, at most 3600"))
    return replace(
        before,
        name=visit.said("name", 255) or plugin.name,
        active=visit.said("active") == "on",
        report_seconds=int(seconds) if plugin.reports else before.report_seconds,
        params=sealed(visit.deployment.vault, before, wanted, before.params),
    )


def _fields(plugin: Provider, provider: ChannelProvider) -> list[settings_form.Field]:
    return settings_form.fields(plugin.config, plugin.secret_fields, masked(provider))


def _form(visit: Visit, provider: ChannelProvider, problems: Problems) -> Response:
    plugin = plugin_of(provider)
    deployment = visit.deployment
    return page(
        visit,
        "channel_edit.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK,
        provider=provider,
        kind=plugin.name,
        reports=plugin.reports,
        fields=settings_form.typed(visit, _fields(plugin, provider)),
        problems=settings_form.by_field(problems),
        report_seconds=visit.form.get("report_seconds", provider.report_seconds),
        callback=callback_url(deployment.public_url, deployment.secret, provider.id) if provider.id else "",
        name=visit.said("name", 255) or provider.name or plugin.name,
        active=visit.said("active") == "on" if visit.form else provider.active,
    )


def _name(provider: ChannelProvider) -> str:
    found = providers().get((provider.channel, provider.type))
    return found.name if found else provider.type


def pages() -> list[Page]:
    """The routes of this file."""
    return [
        Page(path="/channels", action="MANAGE_CONNECTORS", get=show_list),
        Page(path="/channels/new", action="MANAGE_CONNECTORS", get=choose),
        Page(
            path="/channels/new/{method}/{type}",
            action="MANAGE_CONNECTORS",
            get=begin,
            post=create,
            fields=200,
        ),
        Page(path="/channels/{id}/edit", action="MANAGE_CONNECTORS", get=edit, post=save, fields=200),
        Page(path="/channels/{id}/{verb}", action="MANAGE_CONNECTORS", post=act),
    ]

"""What a plugin is, and where plugins are found.

A channel turns a message into a request value and the answer into a receipt; an integration turns
a payload into events; a connection type turns an occasion into requests. None opens a socket: `net`
performs requests. Third parties register theirs under the same entry-point groups as ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from tocsin.core.people import Method
from tocsin.plugins.channel import (
    AccessToken,
    Answered,
    Callback,
    Channel,
    Enrolment,
    Heard,
    HttpReply,
    Provider,
    ProviderDefaults,
    Reply,
    Report,
    Sending,
    Updates,
)
from tocsin.plugins.connection import (
    Choice,
    ConnectionDefaults,
    ConnectionType,
    Errand,
    HookHeard,
    Installation,
    Offered,
    Ordered,
    OwnField,
    Told,
)
from tocsin.plugins.integration import Inbound, Integration
from tocsin.plugins.network import (
    Answer,
    HttpAnswer,
    HttpRequest,
    MailAnswer,
    MailRequest,
    NetworkFailure,
    Request,
    ValueClass,
    reaching,
)

__all__ = [
    "AccessToken",
    "Answer",
    "Answered",
    "Callback",
    "Channel",
    "Choice",
    "ConnectionDefaults",
    "ConnectionType",
    "Enrolment",
    "Errand",
    "Heard",
    "HookHeard",
    "HttpAnswer",
    "HttpReply",
    "HttpRequest",
    "Inbound",
    "Installation",
    "Integration",
    "MailAnswer",
    "MailRequest",
    "NetworkFailure",
    "Offered",
    "Ordered",
    "OwnField",
    "Provider",
    "ProviderDefaults",
    "Reply",
    "Report",
    "Request",
    "Sending",
    "Told",
    "Updates",
    "ValueClass",
    "channels",
    "connection_types",
    "integrations",
    "providers",
    "reaching",
    "telling",
]

MAX_HEADER = 255


@cache
def channels() -> Mapping[str, Channel]:
    """Every registered channel by its method."""
    return {plugin.method: plugin for plugin in _load("tocsin.channels")}


@cache
def providers() -> Mapping[tuple[Method, str], Provider]:
    """Every registered provider by its method and type."""
    return {(plugin.method, plugin.type): plugin for plugin in _load("tocsin.providers")}


@cache
def integrations() -> Mapping[str, Integration]:
    """Every registered integration by its type."""
    return {plugin.type: plugin for plugin in _load("tocsin.integrations")}


@cache
def _telling_names() -> frozenset[bytes]:
    return frozenset(name.encode() for tool in integrations().values() for name in tool.headers)


def telling(sent: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Of a request's headers, by lower-case name, those that say something to an integration."""
    names = _telling_names()
    return {name.decode(): said[:MAX_HEADER].decode("latin-1") for name, said in sent if name in names}


@cache
def connection_types() -> Mapping[str, ConnectionType]:
    """Every registered connection type by its name."""
    return {plugin.type: plugin for plugin in _load("tocsin.connections")}


def _load(group: str) -> list[Any]:
    return [entry.load() for entry in entry_points(group=group)]

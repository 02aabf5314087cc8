"""What a plugin is, and where plugins are found.

A channel turns a message into a request value and the answer into a receipt; an integration turns
a payload into events. Neither opens a socket: `net` performs requests. Third parties register
theirs under the same entry-point groups as ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol

from tocsin.core.delivery import Receipt
from tocsin.core.events import Event
from tocsin.core.messages import Message
from tocsin.core.people import Method
from tocsin.kit.value import field, value


@value
class MailRequest:
    """Hand this over by SMTP."""

    sender: str
    """The envelope sender."""
    recipient: str
    raw: bytes
    """The whole message, with CRLF line ends."""


@value
class MailAnswer:
    """What the mail server said last: a reply code of RFC 5321 and its text."""

    code: int
    text: str
    step: Literal["MAIL", "RCPT", "DATA"] = "DATA"
    """What it answered to: the sender, the recipient or the message."""


@value
class HttpRequest:
    """Ask a web server."""

    url: str
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timeout_seconds: float = 20.0
    """For the whole exchange."""
    private_targets: tuple[str, ...] = ()
    """Private networks (CIDR) that this one request may reach besides those of the settings."""


@value
class HttpAnswer:
    """What a web server answered: its status, and the beginning of its body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    body: bytes = b""


@value
class NetworkFailure:
    """No answer came. `sent` tells whether the message may have left before that."""

    reason: str
    sent: Literal["NO", "MAYBE"]


Request = MailRequest | HttpRequest
Answer = MailAnswer | HttpAnswer | NetworkFailure


class Channel(Protocol):
    """One way to tell a person something."""

    method: Method

    def render(self, message: Message, sender: str) -> Request:
        """The request that sends `message` from the address `sender`. Deterministic."""
        ...

    def read(self, answer: Answer) -> Receipt:
        """What the provider's answer means."""
        ...


@value
class Inbound:
    """A payload as a tool sent it."""

    body: bytes
    content_type: str = ""
    query: Mapping[str, str] = field(default_factory=dict)


class Integration(Protocol):
    """How one kind of tool reports."""

    type: str
    """The product's name for it: PROMETHEUS."""
    name: str

    def parse(self, inbound: Inbound) -> tuple[Event, ...]:
        """The events in a payload. Raises BadInput when there are none to be made out."""
        ...


@cache
def channels() -> Mapping[str, Channel]:
    """Every registered channel by its method."""
    return {plugin.method: plugin for plugin in _load("tocsin.channels")}


@cache
def integrations() -> Mapping[str, Integration]:
    """Every registered integration by its type."""
    return {plugin.type: plugin for plugin in _load("tocsin.integrations")}


def _load(group: str) -> list[Any]:
    return [entry.load() for entry in entry_points(group=group)]

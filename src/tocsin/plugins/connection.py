"""How incidents are carried to other products."""

from __future__ import annotations

from typing import Any, Protocol

from tocsin.core.connections import Occasion, Outcome, Remote
from tocsin.kit.value import value
from tocsin.plugins.network import Answer, Request, ValueClass


@value
class Errand:
    """What a connection type needs to tell one occasion."""

    occasion: Occasion
    params: Any
    """An instance of the type's class of parameters."""
    connector: Any = None
    """An instance of the type's class of connector parameters; None where it has none."""
    remote: Remote | None = None
    """What the incident is over there already; None before the first success."""


class ConnectionType(Protocol):
    """One product that incidents are carried to. Pure: requests out, answers in."""

    type: str
    """The product's name for it: `jira`."""
    name: str
    connector: ValueClass | None
    """A `@value` class: the parameters of a connector; None where a connection needs no connector."""
    params: ValueClass
    """A `@value` class: the parameters of a connection; its schema draws the form."""
    secrets: frozenset[str]
    """The names of parameters, of either, that are kept sealed and shown masked."""
    updates: bool
    """Whether later occasions change what the first one made (a ticket, a message)."""

    def proceed(self, errand: Errand, answers: tuple[Answer, ...]) -> Request | Outcome:
        """The next request, given the answers to those before, or how it ended. Deterministic."""
        ...

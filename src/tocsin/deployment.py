"""What the edges (API, pages, engine) share of one running Tocsin. Built in `app`, once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tocsin.auth.vault import Vault
from tocsin.core.heartbeats import Heard, Signal
from tocsin.kit.chance import Chance
from tocsin.kit.clock import Clock
from tocsin.kit.errors import NotFound
from tocsin.plugins import Answer, Callback, HttpReply, Request
from tocsin.store.database import Database
from tocsin.store.intake import Outcome, Parse, Payload


class Intake(Protocol):
    """Where events and pings go in: durable when it answers."""

    @property
    def parse(self) -> Parse:
        """How it reads payloads."""
        ...

    async def receive(self, payload: Payload) -> Outcome:
        """Store and process a payload. Raises Overloaded when too much is waiting."""
        ...

    async def ping(self, signal: Signal) -> Heard:
        """Note what a job says; what became of it. Raises Overloaded."""
        ...


Ask = Callable[[Request], Coroutine[Any, Any, Answer]]


class Health(Protocol):
    """How the engine is."""

    def report(self) -> Mapping[str, Any]:
        """`ready` (bool), the loops with the age of their last beat, and what is overdue."""
        ...


class Callbacks(Protocol):
    """Where providers report to us, and where people's answers come in."""

    async def receive(self, token: str, callback: Callback) -> HttpReply:
        """Process a call durably; what to give back. Raises NotFound, Forbidden, BadInput."""
        ...


class NoCallbacks:
    """Nobody is expected to call: without an engine nothing was sent."""

    async def receive(self, token: str, callback: Callback) -> HttpReply:
        """Refuse."""
        del token, callback
        raise NotFound("there is no such address")


@dataclass(frozen=True, kw_only=True)
class RateLimits:
    """Requests a minute and key; 0 is off."""

    api: int = 0
    events: int = 0
    pings: int = 0


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One running Tocsin."""

    db: Database
    clock: Clock
    chance: Chance
    secret: str
    """Signs answer tokens."""
    public_url: str
    """Without a slash at the end."""
    mail_domain: str
    smtp_configured: bool
    time_scale: float
    limits: RateLimits
    intake: Intake
    health: Health
    ask: Ask
    """Performs a request of a plugin: to try a connector, to list what another product offers."""
    callbacks: Callbacks = field(default_factory=NoCallbacks)

    @property
    def vault(self) -> Vault:
        """Seals and opens the secrets of others."""
        return Vault(self.secret, self.chance)

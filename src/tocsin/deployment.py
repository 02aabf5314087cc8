"""What the edges (API, pages, engine) share of one running Tocsin. Built in `app`, once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tocsin.core.heartbeats import Heard, Signal
from tocsin.kit.chance import Chance
from tocsin.kit.clock import Clock
from tocsin.plugins import Answer, Request
from tocsin.store.database import Database
from tocsin.store.intake import Outcome, Payload


class Intake(Protocol):
    """Where events and pings go in: durable when it answers."""

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

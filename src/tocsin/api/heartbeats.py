"""Where jobs say that they are alive. Raw routes: the key is the secret."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api import dialect
from tocsin.api.arriving import usable
from tocsin.api.errors import TooMany, respond
from tocsin.api.routing import RawRoute, read_body
from tocsin.auth.throttle import Windows
from tocsin.core.heartbeats import Heard, Signal
from tocsin.deployment import Deployment
from tocsin.integrations.pings import read_ping
from tocsin.kit.errors import BadInput

METHODS = ["GET", "HEAD", "POST"]


class Pings:
    """The way of every ping, whatever address it came to: counted, then heard."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._windows = Windows(deployment.limits.pings)

    async def hear(self, signal: Signal) -> Heard:
        """Note a signal. Raises TooMany, Overloaded."""
        if not usable(signal.key):
            return "UNKNOWN"
        counted = f"{signal.key}/{signal.slug or ''}"
        if not self._windows.allow(counted, self._deployment.clock.now()):
            raise TooMany("this heartbeat was pinged too often in this minute")
        return await self._deployment.intake.ping(signal)


class HeartbeatRoutes:
    """The heartbeat routes of one process."""

    def __init__(self, pings: Pings) -> None:
        self._pings = pings

    def routes(self) -> list[BaseRoute]:
        """Both dialects."""
        return [
            route
            for base in (dialect.V1_PREFIX, dialect.CURRENT_PREFIX)
            for route in (
                RawRoute(base + "/heartbeats/{key}", self._ping, action="PUBLIC", methods=METHODS),
                RawRoute(base + "/heartbeats/{key}/ping", self._ping, action="PUBLIC", methods=["POST"]),
                RawRoute(base + "/pings/{key}", self._ping, action="PUBLIC", methods=METHODS),
                RawRoute(base + "/pings/{key}/{verb}", self._ping, action="PUBLIC", methods=METHODS),
            )
        ]

    async def _ping(self, request: Request) -> Response:
        body = await read_body(request)
        signal = read_ping(
            request.path_params["key"].strip(),
            request.path_params.get("verb", ""),
            request.query_params,
            method=request.method,
            body=body,
        )
        if await self._pings.hear(signal) != "HEARD":
            raise BadInput.at("", "no heartbeat has this key", code="UNKNOWN_KEY")
        return respond({}, 202)

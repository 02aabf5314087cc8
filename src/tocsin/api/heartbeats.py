"""Where jobs say that they are alive. Raw routes: the key is the secret, the body does not matter."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tocsin.api import dialect
from tocsin.api.errors import TooMany, respond
from tocsin.api.routing import RawRoute, read_body
from tocsin.auth.throttle import Windows
from tocsin.deployment import Deployment
from tocsin.kit.errors import BadInput

MAX_KEY = 255


class HeartbeatRoutes:
    """The heartbeat routes of one process."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._windows = Windows(deployment.limits.pings)

    def routes(self) -> list[BaseRoute]:
        """Both dialects."""
        return [
            route
            for base in (dialect.V1_PREFIX, dialect.CURRENT_PREFIX)
            for route in (
                RawRoute(
                    base + "/heartbeats/{key}", self._ping, action="PUBLIC", methods=["GET", "HEAD", "POST"]
                ),
                RawRoute(base + "/heartbeats/{key}/ping", self._ping, action="PUBLIC", methods=["POST"]),
            )
        ]

    async def _ping(self, request: Request) -> Response:
        await read_body(request)
        key = request.path_params["key"].strip()
        if not self._windows.allow(key, self._deployment.clock.now()):
            raise TooMany("this heartbeat was pinged too often in this minute")
        usable = key and len(key) <= MAX_KEY and "\0" not in key
        if not usable or not await self._deployment.intake.ping(key):
            raise BadInput.at("", "no heartbeat has this key", code="UNKNOWN_KEY")
        return respond({}, 202)
